"""Exit settings measured on the user's own text with the artifact itself, and written into it.

Quantization shifts entropies, so thresholds that were chosen for a float model are not this graph's.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import Artifact, manifest_digest, open_artifact
from litebert.backends import installed_engines
from litebert.calibration import Calibration, Row, mean
from litebert.errors import InputError
from litebert.exits import RULES, Rule, Setting, uncertainty
from litebert.fields import MANIFEST
from litebert.loading import exit_latencies_ms
from litebert.runner import Model
from litebert.targets import Exit, Target
from litebert.threshold_search import search_thresholds
from litebert.tokenizer import Text
from litebert.whole_file import write_whole

_STEPS = 20  # rows of an entropy rule's table, beside full depth; chosen before any text is seen
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
        texts: texts or pairs as the model will meet them; a few hundred at least: see promise.py.
        labels: the number of each text's label; without them answers are compared with the last layer's.
        shares: for each of these shares of compute (above 0, up to 1) a row is added with one threshold per
            exit, searched for the best accuracy there (agreement without labels). A random half of the texts
            is spent on that: the table says what the other half gives.
        progress: called with texts done and all texts.

    Returns:
        The table of each target.

    Raises:
        InputError: no early exits, no texts, regression, labels that do not fit, or a share out of range.
        ArtifactError: the artifact is damaged, or was replaced meanwhile.
        MissingExtraError: no engine for it is installed.
    """
    artifact = open_artifact(path)
    if (artifact.path / MANIFEST).is_symlink():
        raise InputError(
            f"{artifact.path / MANIFEST}: a link, as in a hub's cache, whose files must not change; "
            "calibrate a copy without links (hf download NAME --local-dir FOLDER)"
        )
    if artifact.exit_rule is None:
        raise InputError(
            f"{path}: has no early exits to calibrate; add them to the student with litebert-exits, and "
            "export it again"
        )
    kind = artifact.task.problem_type
    if kind != "single-label":
        raise InputError(
            f"{path}: its answers are {kind}, and calibration needs single-label; choose the values of the "
            f"rule {artifact.exit_rule} yourself"
        )
    rule = RULES[artifact.exit_rule]
    wrong = [share for share in shares if not 0 < share <= 1]
    if len(texts) < (2 if shares else 1) or wrong or (shares and not rule.per_exit):
        found = (
            f"a share of compute of {wrong[0]}" if wrong else f"{len(texts)} texts and the rule {rule.name}"
        )
        raise InputError(
            f"{found}; expected texts, to search two or more, shares above 0 up to 1 and an entropy rule"
        )
    if labels is not None and (
        len(labels) != len(texts) or not {*labels} <= {*range(len(artifact.task.labels))}
    ):
        raise InputError(
            f"{len(labels)} labels with the numbers {sorted({*labels})[:9]} for {len(texts)} texts; expected "
            f"one each, from 0 to {len(artifact.task.labels) - 1}"
        )
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
    times = exit_latencies_ms(model, encodings[:: max(1, len(encodings) // _TIMED_TEXTS)])
    return tabulate(
        rule,
        target.exits,
        np.array(logits),
        None if labels is None else np.array(labels),
        np.array([len(encoding.input_ids) for encoding in encodings]),
        times,
        shares,
    )


def tabulate(
    rule: Rule,
    exits: Sequence[Exit],
    logits: NDArray[np.float32],
    labels: NDArray[np.int64] | None,
    tokens: NDArray[np.int64],
    times: Sequence[float],
    shares: Sequence[float],
) -> Calibration:
    """The table of texts whose logits at every exit are known.

    Args:
        rule: of the artifact.
        exits: of the target.
        logits: [texts, exits, labels].
        labels: [texts], or None.
        tokens: [texts] their lengths.
        times: milliseconds of an answer at each exit.
        shares: as `calibrate`.
    """
    outcomes = _Outcomes(logits, labels)
    scale = math.log(logits.shape[2]) if rule.name == "raw-entropy-below" else 1.0
    settings = [Setting(rule, values) for values in _grid(rule, len(exits) - 1, scale)]
    searched, measured = np.array([], int), np.arange(len(logits))
    if shares:
        searched, measured = np.array_split(np.random.default_rng(0).permutation(len(logits)), 2)
        settings = _with_searched(settings, outcomes.of(searched), exits, shares, scale)
    table = outcomes.of(measured)
    return Calibration(
        examples=len(measured),
        searched=len(searched),
        tokens=max(1, round(float(tokens[measured].mean()))),
        exit_accuracy=tuple(float(share) for share in table.right.mean(axis=0)),
        rows=tuple(_row(setting, table, exits, times) for setting in settings),
    )


@dataclass(frozen=True)
class _Outcomes:
    """What some texts got at every exit: logits [texts, exits, labels], and their labels [texts] if known."""

    logits: NDArray[np.float32]
    labels: NDArray[np.int64] | None

    def of(self, texts: NDArray[np.int64]) -> _Outcomes:
        """Those of a part of the texts."""
        return _Outcomes(self.logits[texts], None if self.labels is None else self.labels[texts])

    @property
    def answers(self) -> NDArray[np.int64]:
        """[texts, exits] the best label."""
        return self.logits.argmax(axis=2)

    @property
    def same(self) -> NDArray[np.bool_]:
        """[texts, exits] whether it is the last layer's."""
        return self.answers == self.answers[:, -1:]

    @property
    def right(self) -> NDArray[np.bool_]:
        """[texts, exits] whether it is the text's, or without labels the last layer's."""
        return self.same if self.labels is None else self.answers == self.labels[:, None]

    def exits(self, setting: Setting) -> NDArray[np.int64]:
        """[texts] the exit that answers."""
        return np.array([_exit(history, setting) for history in self.logits.tolist()])


def _row(setting: Setting, outcomes: _Outcomes, exits: Sequence[Exit], times: Sequence[float]) -> Row:
    left = outcomes.exits(setting)
    texts = np.arange(len(left))
    same, right = outcomes.same[texts, left], outcomes.right[texts, left]
    labelled = outcomes.labels is not None
    counts = np.bincount(left, minlength=len(exits)).tolist()
    return Row(
        values=setting.values,
        accuracy=float(right.mean()) if labelled else None,
        agreement=float(same.mean()),
        changed=int((~same).sum()),
        spoiled=int((outcomes.right[:, -1] & ~right).sum()) if labelled else None,
        mean_layers=mean(counts, [each.layer + 1 for each in exits]),
        exits=tuple(counts),
        compute_share=mean(counts, [each.compute_share for each in exits]),
        latency_ms=mean(counts, times),
    )


def _grid(rule: Rule, early: int, scale: float) -> list[tuple[float, ...]]:
    """Settings from full depth on, each leaving no later than the one before."""
    if not rule.per_exit:
        return [(0.0,), *((float(patience),) for patience in range(early, 0, -1))]
    return [(step * scale / _STEPS,) * early for step in range(_STEPS + 1)]


def _with_searched(
    settings: Sequence[Setting],
    outcomes: _Outcomes,
    exits: Sequence[Exit],
    shares: Sequence[float],
    scale: float,
) -> list[Setting]:
    """The settings, and one searched for each share, by the compute they take of these texts, most first.

    Thresholds and order are fitted to these texts, so only others may be asked what they give.
    """
    costs = np.array([each.compute_share for each in exits])
    unsure = np.array([[uncertainty(each) for each in history[:-1]] for history in outcomes.logits.tolist()])
    quality = (outcomes.right.astype(np.float64) + outcomes.same) / 2  # agreement is less a matter of chance
    searched = [
        Setting(settings[0].rule, tuple(float(value) * scale for value in found))
        for found in (search_thresholds(unsure, quality, costs, share) for share in shares)
    ]
    return sorted([*settings, *searched], key=lambda setting: -costs[outcomes.exits(setting)].mean())


def _exit(history: Sequence[Sequence[float]], setting: Setting) -> int:
    """The exit that answers a text whose logits at all exits are known."""
    for number in range(len(history) - 1):
        if setting.leaves(history[: number + 1]):
            return number
    return len(history) - 1


def _write(artifact: Artifact, tables: Mapping[str, Calibration]) -> None:
    """Puts the tables into the manifest, in one step."""
    manifest = artifact.reread_manifest()
    for target, table in tables.items():
        manifest["targets"][target]["calibration"] = dataclasses.asdict(table)
    manifest["digest"] = manifest_digest(manifest)
    write_whole(artifact.path / MANIFEST, json.dumps(manifest, sort_keys=True, indent=1) + "\n")
