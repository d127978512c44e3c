"""A calibration as lines for a terminal."""

from __future__ import annotations

from litebert.calibration import Calibration, setting_name
from litebert.exit_rules import Rule
from litebert.targets import Target
from litebert.tools.aligned import aligned


def calibration_lines(calibration: Calibration, target: Target, rule: Rule) -> list[str]:
    """The table, a line per setting; repeated settings, which change nothing, are left out."""
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
