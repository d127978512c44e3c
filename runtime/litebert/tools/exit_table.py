"""The table of exit settings that texts give whose logits at every exit are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from litebert.calibration import Calibration, Row, mean
from litebert.exit_rules import Rule, uncertainty
from litebert.exit_settings import Setting
from litebert.targets import Exit
from litebert.tools.threshold_search import search_thresholds


def tabulate(
    rule: Rule,
    exits: Sequence[Exit],
    logits: NDArray[np.float32],
    labels: NDArray[np.int64] | None,
    tokens: NDArray[np.int64],
    times: Sequence[float],
    shares: Sequence[float],
    step: Callable[[float], object] = lambda done: None,
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
        step: called with each further share of this work, 0 to 1.
    """
    outcomes = _Outcomes(logits, labels)
    grid = rule.grid(len(exits) - 1, logits.shape[2]) if rule.grid is not None else []
    settings = [Setting(rule, values) for values in grid]
    searched, measured = np.array([], int), np.arange(len(logits))
    if shares and rule.entropy is not None:
        scale = rule.entropy.scale(logits.shape[2])
        searched, measured = np.array_split(np.random.default_rng(0).permutation(len(logits)), 2)
        settings = _with_searched(settings, outcomes.of(searched), exits, shares, scale, step)
    table, rows = outcomes.of(measured), []
    for setting in settings:
        rows.append(_row(setting, table, exits, times))
        step(1 / len(settings) / (1 + len(shares)))
    return Calibration(
        examples=len(measured),
        searched=len(searched),
        tokens=max(1, round(float(tokens[measured].mean()))),
        exit_accuracy=tuple(float(share) for share in table.right.mean(axis=0)),
        rows=tuple(rows),
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


def _with_searched(
    settings: Sequence[Setting],
    outcomes: _Outcomes,
    exits: Sequence[Exit],
    shares: Sequence[float],
    scale: float,
    step: Callable[[float], object],
) -> list[Setting]:
    """The settings, and one searched for each share, by the compute they take of these texts, most first.

    Thresholds and order are fitted to these texts, so only others may be asked what they give.
    """
    costs = np.array([each.compute_share for each in exits])
    unsure = np.array([[uncertainty(each) for each in history[:-1]] for history in outcomes.logits.tolist()])
    quality = (outcomes.right.astype(np.float64) + outcomes.same) / 2  # agreement is less a matter of chance
    searched = [
        Setting(settings[0].rule, tuple(float(value) * scale for value in found))
        for found in (
            search_thresholds(unsure, quality, costs, share, lambda done: step(done / (1 + len(shares))))
            for share in shares
        )
    ]
    return sorted([*settings, *searched], key=lambda setting: -costs[outcomes.exits(setting)].mean())


def _exit(history: Sequence[Sequence[float]], setting: Setting) -> int:
    """The exit that answers a text whose logits at all exits are known."""
    for number in range(len(history) - 1):
        if setting.leaves([(logits,) for logits in history[: number + 1]]):
            return number
    return len(history) - 1
