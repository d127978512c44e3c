"""A calibration as lines for a terminal."""

from __future__ import annotations

from itertools import product
from typing import cast

from litebert.artifact import Artifact
from litebert.calibration import Calibration, setting_name
from litebert.exit_rules import Rule
from litebert.promise import KNOBS, PROMISED, keep_promise
from litebert.targets import Target
from litebert.tools.aligned import aligned
from litebert.tools.few_texts import FEW_TEXTS, little_proof, standard_error

_LIMITS_PERCENT = (0.5, 1.0, 2.0)  # the usual ones


def calibration_lines(calibration: Calibration, target: Target, rule: Rule) -> list[str]:
    """The settings, a line each; a setting that changes nothing against the one before is left out."""
    header = (rule.parameters[0].name, "accuracy", "agreement", "layers", "compute", "ms", "answers by layer")
    cells = [header]
    for number, row in enumerate(calibration.rows):
        if number == 0 or row.exits != calibration.rows[number - 1].exits:
            exits = " ".join(
                f"{each.layer}:{count}" for each, count in zip(target.exits, row.exits, strict=True)
            )
            cells.append(
                (
                    setting_name(row),
                    "" if row.accuracy is None else f"{row.accuracy:.2%}",
                    f"{row.agreement:.2%}",
                    f"{row.mean_layers:.2f}",
                    f"{row.compute_share:.3f}",
                    f"{row.latency_ms:.2f}",
                    exits,
                )
            )
    return [
        *(f"  {line}" for line in aligned(cells)),
        "  agreement: the share of answers equal to full depth's; layers, ms: means of a text;",
        "  compute: the share of full depth's; answers by layer: LAYER:TEXTS, layers count from 0",
    ]


def target_lines(artifact: Artifact, target: str, calibration: Calibration) -> list[str]:
    """A target's settings, those that it promises, and a warning where few texts prove little."""
    rule = cast("Rule", artifact.exit_rule)  # without one nothing is calibrated
    little = little_proof(calibration.examples, calibration.rows[0].accuracy)
    return [
        *calibration_lines(calibration, artifact.targets[target], rule),
        f"  {PROMISED}, for the one limit that you chose beforehand:",
        *(
            f"    {keep_promise(calibration, rule, knob, percent).reason}"
            for knob, percent in product(KNOBS, _LIMITS_PERCENT)
        ),
        *([f"  {little}"] if little else []),
    ]


def texts_of(calibration: Calibration) -> str:
    """The texts of a calibration in words: number, mean length, and the error of the accuracies."""
    others = f", thresholds searched on {calibration.searched} others" if calibration.searched else ""
    accuracy, error = calibration.rows[0].accuracy, ""
    if accuracy is not None and calibration.examples >= FEW_TEXTS:  # of fewer a line says it below
        points = 100 * standard_error(accuracy, calibration.examples)
        error = f"; standard error of the accuracy {points:.1f} points"
    return f"{calibration.examples} texts of {calibration.tokens} tokens on average{others}{error}"
