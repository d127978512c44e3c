"""A calibration: the answers, exits and times of each exit setting, and the choice by latency."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import le
from typing import Any

from litebert.arguments import argument, real
from litebert.artifact import Artifact
from litebert.errors import ArtifactError, InputError
from litebert.exit_rules import Rule
from litebert.exit_settings import Setting
from litebert.fields import MANIFEST
from litebert.targets import Exit, Target


@dataclass(frozen=True)
class SettingRow:
    """One setting with its figures.

    Attributes:
        values: one per early exit for the entropy rules, else one per parameter.
        accuracy: share of right answers, 0 to 1; None without labels.
        agreement: share of answers that are the last layer's, 0 to 1.
        changed: the number of answers that differ from the last layer's.
        spoiled: the number of those that are wrong where the last layer's is right; None without labels.
        mean_layers: the mean number of layers of an answer.
        exits: the number of answers that each exit gave, the last layer's last.
        compute_share: mean multiply-adds of an answer as a share of full depth's.
        latency_ms: expected mean time of an answer from token ids, one thread, on the calibration's machine.
    """

    values: tuple[float, ...]
    accuracy: float | None
    agreement: float
    changed: int
    spoiled: int | None
    mean_layers: float
    exits: tuple[int, ...]
    compute_share: float
    latency_ms: float


@dataclass(frozen=True)
class Calibration:
    """A target's settings with their figures, from full depth to the earliest exit.

    Attributes:
        examples: the number of texts that every setting answered.
        searched: the number of other texts that the searched thresholds were fitted to; 0 without a search.
        tokens: the mean length of the examples.
        exit_accuracy: share of right answers at each exit, or of the last layer's without labels.
        rows: full depth first, in the order in which they are tested; the order does not depend on the texts.
    """

    examples: int
    searched: int
    tokens: int
    exit_accuracy: tuple[float, ...]
    rows: tuple[SettingRow, ...]


def read_calibrations(artifact: Artifact) -> dict[str, Calibration]:
    """The calibrations of all targets that have one.

    Raises:
        ArtifactError: a calibration is not as specified.
    """
    return {
        name: read_calibration(target, artifact.exit_rule)
        for name, target in artifact.targets.items()
        if target.calibration is not None
    }


def read_calibration(target: Target, rule: Rule | None) -> Calibration:
    """A target's calibration for the artifact's exit rule.

    Raises:
        InputError: it was never calibrated.
        ArtifactError: the calibration is not as specified.
    """
    if target.calibration is None:
        raise InputError(
            f"the {target.name} graph was not calibrated; first run litebert calibrate ARTIFACT --data FILE"
        )
    try:
        if rule is None:
            raise ValueError("rule")
        body = dict(target.calibration)
        rows = tuple(_row(each, rule, target.exits) for each in body.pop("rows"))
        calibration = Calibration(**{**body, "exit_accuracy": tuple(body["exit_accuracy"])}, rows=rows)
        if len(calibration.exit_accuracy) != len(target.exits) or any(rows[0].exits[:-1]):
            raise ValueError("lengths")
        if not all(_is_within(share, 0, 1) for share in calibration.exit_accuracy):
            raise ValueError("numbers")
        if not calibration.searched and not _each_leaves_earlier(rows):
            raise ValueError("order")
        if {sum(row.exits) for row in rows} != {calibration.examples}:
            raise ValueError("examples")
        if len({row.spoiled is None for row in rows}) > 1:
            raise ValueError("labels")
        counts = (calibration.examples, calibration.searched, calibration.tokens)
        if not all(map(_is_count, counts)) or not calibration.tokens:
            raise ValueError("counts")
    except (ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
        raise ArtifactError(
            f"{MANIFEST}: the calibration of {target.name} is not as specified, or of an older litebert; "
            "run litebert calibrate again"
        ) from error
    return calibration


def best_within(
    calibration: Calibration, rule: Rule, latency_budget_ms: float, latencies_ms: Sequence[float]
) -> Setting:
    """The setting with the most right answers among those whose mean answer is expected within the budget.

    The budget is a time; of accuracy on new text nothing is promised.

    Args:
        calibration: the settings to choose from.
        rule: the artifact's exit rule.
        latency_budget_ms: the longest mean time of an answer.
        latencies_ms: the time of an answer at each exit here, for a text of the calibration's mean length.

    Raises:
        InputError: the budget is no number from 0, or even the fastest setting takes longer.
    """
    budget = checked_number("latency_budget_ms", latency_budget_ms, math.inf)
    expected = {row: mean(row.exits, latencies_ms) for row in calibration.rows}
    fitting = [row for row in calibration.rows if expected[row] <= budget]
    if not fitting:
        raise InputError(
            f"{argument('latency_budget_ms')} is {budget:g}, but the fastest setting takes "
            f"{min(expected.values()):.2g} ms here for a text of {calibration.tokens} tokens; raise it"
        )
    best = min(fitting, key=lambda row: (_points_lost(row, calibration.rows[0]), row.compute_share))
    return Setting(rule, best.values)


def mean(counts: Sequence[int], values: Sequence[float]) -> float:
    """The mean of values, each of which occurred `counts` times."""
    return sum(count * value for count, value in zip(counts, values, strict=True)) / sum(counts)


def _points_lost(row: SettingRow, full: SettingRow) -> float:
    if row.accuracy is None or full.accuracy is None:
        return 100 * (1 - row.agreement)
    return 100 * (full.accuracy - row.accuracy)


def checked_number(name: str, value: Any, highest: float) -> float:
    """A limit that a user gave, as a number from 0 to the highest; InputError for anything else."""
    found = real(value)
    if found is None or not math.isfinite(found) or not 0 <= found <= highest:
        bounds = f"from 0 to {highest:g}" if math.isfinite(highest) else "from 0"
        raise InputError(f"{argument(name)} is {value!r:.60}, expected a number {bounds}")
    return found


def setting_name(row: SettingRow) -> str:
    """The setting's values: one number where all exits share it, else one per exit."""
    values = row.values[:1] if len({*row.values}) == 1 else row.values
    return ",".join(f"{value:.3g}" for value in values)


def _row(body: Mapping[str, Any], rule: Rule, exits: Sequence[Exit]) -> SettingRow:
    """A row whose figures are possible and agree with each other; ValueError for others."""
    row = SettingRow(**{**body, "values": tuple(body["values"]), "exits": tuple(body["exits"])})
    parameters = rule.of_values(len(exits) - 1)
    if len(row.values) != len(parameters) or len(row.exits) != len(exits) or not any(row.exits):
        raise ValueError("lengths")
    numbers = [
        (value, each.minimum, each.maximum) for value, each in zip(row.values, parameters, strict=True)
    ]
    if row.accuracy is not None:
        numbers.append((row.accuracy, 0, 1))
    if not all(_is_within(*each) for each in [*numbers, (row.latency_ms, 0, math.inf)]):
        raise ValueError("numbers")
    spoiled = 0 if row.spoiled is None else row.spoiled
    if not all(map(_is_count, (*row.exits, row.changed, spoiled))):
        raise ValueError("counts")
    if not spoiled <= row.changed <= sum(row.exits):
        raise ValueError("counts")
    if (row.accuracy is None) != (row.spoiled is None):
        raise ValueError("labels")
    following = (
        (row.agreement, 1 - row.changed / sum(row.exits)),
        (row.mean_layers, mean(row.exits, [each.layer + 1 for each in exits])),
        (row.compute_share, mean(row.exits, [each.compute_share for each in exits])),
    )
    if not all(
        _is_number(found) and math.isclose(found, expected, abs_tol=1e-9) for found, expected in following
    ):
        raise ValueError("numbers")
    return row


def _each_leaves_earlier(rows: Sequence[SettingRow]) -> bool:
    """Whether each row gives at least as many answers at the first n exits as the row before, for every n."""
    given = [[*accumulate(row.exits)] for row in rows]
    return all(all(map(le, before, after)) for before, after in pairwise(given))


def _is_within(value: Any, low: float, high: float) -> bool:
    return _is_number(value) and math.isfinite(value) and low <= value <= high


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0
