"""Exit settings measured on the user's own text with the artifact itself, and written into it.

Quantization shifts entropies, so thresholds that were chosen for a float model are not this graph's.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from litebert.artifact import Artifact, manifest_digest, open_artifact, read_manifest
from litebert.backends import installed_engines
from litebert.calibration import Calibration, Row, mean
from litebert.errors import InputError
from litebert.exits import RULES, Rule, Setting, uncertainty
from litebert.fields import MANIFEST, NEW_MANIFEST
from litebert.runner import Model
from litebert.targets import Target
from litebert.threshold_search import search_thresholds
from litebert.tokenizer import Text

_STEPS = 20  # rows of the table of an entropy rule, beside full depth
_TIMED_TEXTS = 40


def calibrate(
    path: str | Path,
    texts: Sequence[Text],
    labels: Sequence[int] | None = None,
    shares: Sequence[float] = (),
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Calibration]:
    """Measures every target that an installed engine can run, and writes the tables into the manifest.

    Args:
        path: an artifact with early exits.
        texts: texts or pairs as the model will meet them; a few hundred at least.
        labels: the number of each text's label; without them answers are compared with the last layer's.
        shares: for each of these shares of compute (above 0, up to 1) a row is added with one threshold per
            exit, searched for the best accuracy there (agreement without labels).
        progress: called with texts done and all texts.

    Returns:
        The table of each target.

    Raises:
        InputError: no early exits, no texts, regression, or a share out of range.
        MissingExtraError: no engine for it is installed.
    """
    artifact = open_artifact(path)
    if artifact.exit_rule is None or artifact.task.problem_type != "single-label":
        raise InputError(
            f"{path}: calibration needs early exits and one label per text; this artifact has not"
        )
    rule = RULES[artifact.exit_rule]
    wrong = [share for share in shares if not 0 < share <= 1]
    if not texts or wrong or (shares and not rule.per_exit):
        found = (
            f"a share of compute of {wrong[0]}" if wrong else f"{len(texts)} texts and the rule {rule.name}"
        )
        raise InputError(f"{found}; expected texts, shares above 0 up to 1, and for those an entropy rule")
    tables = {}
    for engine in installed_engines(artifact.targets):
        with Model(artifact, engine.name, threads=1, preload=True) as model:
            tables[engine.target] = _measure(
                model, artifact.targets[engine.target], rule, texts, labels, shares, progress
            )
    _write(artifact, tables)
    return tables


def _measure(
    model: Model,
    target: Target,
    rule: Rule,
    texts: Sequence[Text],
    labels: Sequence[int] | None,
    shares: Sequence[float],
    progress: Callable[[int, int], None] | None,
) -> Calibration:
    encodings = [model.encode(text) for text in texts]
    logits = []
    for done, encoding in enumerate(encodings, start=1):
        logits.append(model.exit_logits([encoding])[0])
        if progress is not None:
            progress(done, len(encodings))
    histories = np.array(logits).tolist()  # [texts][exits][labels]
    answers = np.array(logits).argmax(axis=2)
    same = answers == answers[:, -1:]
    right = same if labels is None else answers == np.array(labels)[:, None]
    times = model.exit_latencies_ms(encodings[:: max(1, len(encodings) // _TIMED_TEXTS)])
    layers = [each.layer + 1 for each in target.exits]
    costs = [each.compute_share for each in target.exits]

    def row(values: tuple[float, ...]) -> Row:
        setting = Setting(rule, values)
        left = np.array([_exit(history, setting) for history in histories])
        texts_ = np.arange(len(left))
        exits = np.bincount(left, minlength=len(layers)).tolist()
        return Row(
            values=values,
            accuracy=None if labels is None else float(right[texts_, left].mean()),
            agreement=float(same[texts_, left].mean()),
            mean_layers=mean(exits, layers),
            exits=tuple(exits),
            compute_share=mean(exits, costs),
            latency_ms=mean(exits, times),
        )

    early = len(layers) - 1
    unsure = np.array([[uncertainty(each) for each in history[:-1]] for history in histories])
    scale = math.log(len(model.labels)) if rule.name == "raw-entropy-below" else 1.0
    quality = (right.astype(np.float64) + same) / 2  # agreement is less a matter of chance
    searched = [
        tuple(float(value) * scale for value in search_thresholds(unsure, quality, np.array(costs), share))
        for share in shares
    ]
    rows = [row(values) for values in [*_grid(rule, early, scale), *searched]]
    return Calibration(
        examples=len(texts),
        tokens=max(1, round(sum(len(encoding.input_ids) for encoding in encodings) / len(encodings))),
        exit_accuracy=tuple(float(share) for share in right.mean(axis=0)),
        rows=tuple(sorted(rows, key=lambda each: -each.compute_share)),
    )


def _grid(rule: Rule, early: int, scale: float) -> list[tuple[float, ...]]:
    """Settings from full depth on."""
    if not rule.per_exit:
        return [(float(patience),) for patience in range(early + 1)]
    return [(step * scale / _STEPS,) * early for step in range(_STEPS + 1)]


def _exit(history: Sequence[Sequence[float]], setting: Setting) -> int:
    """The exit that answers a text whose logits at all exits are known."""
    for number in range(len(history) - 1):
        if setting.leaves(history[: number + 1]):
            return number
    return len(history) - 1


def _write(artifact: Artifact, tables: Mapping[str, Calibration]) -> None:
    """Puts the tables into the manifest, in one step."""
    manifest = read_manifest(artifact.path)
    for target, table in tables.items():
        manifest["targets"][target]["calibration"] = dataclasses.asdict(table)
    manifest["digest"] = manifest_digest(manifest)
    partial = artifact.path / NEW_MANIFEST
    try:
        partial.write_text(json.dumps(manifest, sort_keys=True, indent=1) + "\n", encoding="utf-8")
        os.replace(partial, artifact.path / MANIFEST)  # noqa: PTH105 - Path.replace is the same
    finally:
        partial.unlink(missing_ok=True)
