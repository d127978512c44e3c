"""Tables of what each exit setting gives, as the manifest keeps them, and the choice of a row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litebert.artifact import Artifact
from litebert.errors import ArtifactError, InputError
from litebert.exits import RULES, Rule, Setting
from litebert.fields import MANIFEST
from litebert.targets import Target

_ONE_SIDED_95 = 1.645  # quantile of the normal distribution


@dataclass(frozen=True)
class Row:
    """One setting and what it gives.

    Attributes:
        values: one per early exit for the entropy rules, else the rule's parameter.
        accuracy: share of right answers, 0 to 1; None without labels.
        agreement: share of answers that are the last layer's, 0 to 1.
        mean_layers: how many layers an answer takes on average.
        exits: how many answers each exit gave, the last layer's last.
        compute_share: mean multiply-adds of an answer as a share of full depth's.
        latency_ms: expected mean time of an answer from token ids, one thread, where it was calibrated.
    """

    values: tuple[float, ...]
    accuracy: float | None
    agreement: float
    mean_layers: float
    exits: tuple[int, ...]
    compute_share: float
    latency_ms: float


@dataclass(frozen=True)
class Calibration:
    """A target's table, from full depth to the earliest exit.

    Attributes:
        examples: how many texts were answered.
        tokens: their mean length.
        exit_accuracy: share of right answers at each exit, or of the last layer's without labels.
        rows: full depth first.
    """

    examples: int
    tokens: int
    exit_accuracy: tuple[float, ...]
    rows: tuple[Row, ...]


def read_calibrations(artifact: Artifact) -> dict[str, Calibration]:
    """The tables of all targets that were calibrated.

    Raises:
        ArtifactError: a table is not as specified.
    """
    return {
        name: read_calibration(target, artifact.exit_rule)
        for name, target in artifact.targets.items()
        if target.calibration is not None
    }


def read_calibration(target: Target, rule: str | None) -> Calibration:
    """A target's table of settings for the artifact's exit rule.

    Raises:
        InputError: it was never calibrated.
        ArtifactError: the table is not as specified.
    """
    if target.calibration is None:
        raise InputError(
            f"the {target.name} graph was not calibrated; first run litebert calibrate ARTIFACT --data FILE"
        )
    try:
        body = dict(target.calibration)
        rows = tuple(_row(each, RULES[str(rule)], len(target.exits)) for each in body.pop("rows"))
        calibration = Calibration(**{**body, "exit_accuracy": tuple(body["exit_accuracy"])}, rows=rows)
        counts = [calibration.examples, calibration.tokens]
        if not rows or len(calibration.exit_accuracy) != len(target.exits):
            raise ValueError("lengths")
        if not all(isinstance(count, int) and count >= 1 for count in counts):
            raise ValueError("counts")
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise ArtifactError(
            f"{MANIFEST}: the calibration of {target.name} is not as specified; run litebert calibrate again"
        ) from error
    return calibration


def fastest_within(calibration: Calibration, rule: Rule, max_accuracy_drop: float) -> Setting:
    """The setting of least compute that loses at most so many points of accuracy against full depth.

    The loss counts with its uncertainty: its one-sided 95 % bound must lie within. With few examples, or a
    narrow limit, that is a later exit than the bare figures suggest. Without labels a lost point is a percent
    of answers that are not the last layer's, which is never less.

    Raises:
        InputError: the drop is no number from 0 to 100.
    """
    drop = _number("max_accuracy_drop", max_accuracy_drop, 100)
    full = calibration.rows[0]
    fitting = [row for row in calibration.rows if _most_points_lost(row, full, calibration.examples) <= drop]
    return Setting(rule, min(fitting, key=lambda row: row.compute_share).values)


def best_within(
    calibration: Calibration, rule: Rule, latency_budget_ms: float, latencies_ms: Sequence[float]
) -> Setting:
    """The most accurate setting whose mean answer is expected to take at most so long.

    Args:
        calibration: the table.
        rule: the artifact's exit rule.
        latency_budget_ms: how long an answer may take on average.
        latencies_ms: how long an answer takes at each exit here, for a text of the calibration's mean length.

    Raises:
        InputError: the budget is no number from 0, or even the fastest setting takes longer.
    """
    budget = _number("latency_budget_ms", latency_budget_ms, math.inf)
    expected = {row: mean(row.exits, latencies_ms) for row in calibration.rows}
    fitting = [row for row in calibration.rows if expected[row] <= budget]
    if not fitting:
        raise InputError(
            f"latency_budget_ms is {budget:g}, but the fastest setting takes {min(expected.values()):.2g} ms "
            f"here for a text of {calibration.tokens} tokens; raise it"
        )
    best = min(fitting, key=lambda row: (_points_lost(row, calibration.rows[0]), row.compute_share))
    return Setting(rule, best.values)


def mean(counts: Sequence[int], values: Sequence[float]) -> float:
    """The mean of values that occurred so often."""
    return sum(count * value for count, value in zip(counts, values, strict=True)) / sum(counts)


def _points_lost(row: Row, full: Row) -> float:
    if row.accuracy is None or full.accuracy is None:
        return 100 * (1 - row.agreement)
    return 100 * (full.accuracy - row.accuracy)


def _most_points_lost(row: Row, full: Row, examples: int) -> float:
    """The one-sided 95 % bound of the points lost: paired answers, normal approximation."""
    lost, differing = _points_lost(row, full) / 100, 1 - row.agreement
    return 100 * (lost + _ONE_SIDED_95 * math.sqrt(max(0.0, differing - lost**2) / examples))


def _number(name: str, value: Any, highest: float) -> float:
    kinds = isinstance(value, int | float) and not isinstance(value, bool)
    if not kinds or not math.isfinite(value) or not 0 <= value <= highest:
        raise InputError(f"{name} is {value!r:.60}, expected a number from 0")
    return float(value)


def _row(body: Mapping[str, Any], rule: Rule, exits: int) -> Row:
    row = Row(**{**body, "values": tuple(body["values"]), "exits": tuple(body["exits"])})
    numbers = [*row.values, *row.exits, row.agreement, row.mean_layers, row.compute_share, row.latency_ms]
    if row.accuracy is not None:
        numbers.append(row.accuracy)
    values = exits - 1 if rule.per_exit else len(rule.parameters)
    if len(row.values) != values or len(row.exits) != exits or sum(row.exits) < 1:
        raise ValueError("lengths")
    if not all(math.isfinite(each) for each in numbers):
        raise ValueError("numbers")
    return row
