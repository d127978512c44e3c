"""The figures of exit settings, from the answers of texts at every exit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from litebert.calibration import Calibration, SettingRow, mean
from litebert.exit_rules import Rule, uncertainty_of
from litebert.exit_settings import Setting
from litebert.targets import Exit
from litebert.tools.exit_answers import ExitAnswers
from litebert.tools.threshold_search import search_thresholds


def calibration_of(
    rule: Rule,
    exits: Sequence[Exit],
    answers: ExitAnswers,
    tokens: NDArray[np.int64],
    times: Sequence[float],
    shares: Sequence[float],
    step: Callable[[float], object] = lambda done: None,
) -> Calibration:
    """The calibration from texts whose answers at every exit are known.

    Args:
        rule: the artifact's rule.
        exits: the target's exits.
        answers: the texts' answers.
        tokens: the texts' lengths, [texts].
        times: milliseconds of an answer at each exit.
        shares: as in `calibrate`.
        step: called with each further share of this work, 0 to 1.
    """
    classes = answers.classes
    grid = rule.grid(len(exits) - 1, classes) if rule.grid is not None else []
    settings = [Setting(rule, values) for values in grid]
    searched, measured = np.array([], int), np.arange(len(answers))
    if shares and rule.entropy is not None:
        scale = rule.entropy.scale(classes)
        searched, measured = np.array_split(np.random.default_rng(0).permutation(len(answers)), 2)
        settings = _with_searched(settings, answers.of(searched), exits, shares, scale, step)
    measured_answers, rows = answers.of(measured), []
    for setting in settings:
        rows.append(_row(setting, measured_answers, exits, times))
        step(1 / len(settings) / (1 + len(shares)))
    return Calibration(
        examples=len(measured),
        searched=len(searched),
        tokens=max(1, round(float(tokens[measured].mean()))),
        exit_accuracy=tuple(float(share) for share in measured_answers.good.mean(axis=0)),
        rows=tuple(rows),
    )


def _row(setting: Setting, answers: ExitAnswers, exits: Sequence[Exit], times: Sequence[float]) -> SettingRow:
    left = answers.exits(setting)
    texts = np.arange(len(left))
    same, good = answers.same[texts, left], answers.good[texts, left]
    labelled = answers.right is not None
    counts = np.bincount(left, minlength=len(exits)).tolist()
    return SettingRow(
        values=setting.values,
        accuracy=float(good.mean()) if labelled else None,
        agreement=float(same.mean()),
        changed=int((~same).sum()),
        spoiled=int((answers.good[:, -1] & ~good).sum()) if labelled else None,
        mean_layers=mean(counts, [each.layer + 1 for each in exits]),
        exits=tuple(counts),
        compute_share=mean(counts, [each.compute_share for each in exits]),
        latency_ms=mean(counts, times),
    )


def _with_searched(
    settings: Sequence[Setting],
    answers: ExitAnswers,
    exits: Sequence[Exit],
    shares: Sequence[float],
    scale: float,
    step: Callable[[float], object],
) -> list[Setting]:
    """The settings, and one searched for each share, sorted by their compute on these texts, most first.

    Thresholds and order are fitted to these texts; so only other texts may measure the settings.
    """
    costs = np.array([each.compute_share for each in exits])
    unsure = np.array([[uncertainty_of(each) for each in history[:-1]] for history in answers.beliefs])
    quality = (answers.good.astype(np.float64) + answers.same) / 2  # agreement is less a matter of chance
    searched = [
        Setting(settings[0].rule, tuple(float(value) * scale for value in found))
        for found in (
            search_thresholds(unsure, quality, costs, share, lambda done: step(done / (1 + len(shares))))
            for share in shares
        )
    ]
    return sorted([*settings, *searched], key=lambda setting: -costs[answers.exits(setting)].mean())
