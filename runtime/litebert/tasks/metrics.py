"""Metrics of answers that are right or wrong, sets or numbers, and each text's influence on them.

An influence is the pull of a text on a metric: see `litebert.tasks.measures.Measures.influences`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Sets: TypeAlias = "Sequence[frozenset[int]]"
Values: TypeAlias = "NDArray[np.float64]"  # [texts]


def accuracy(right: Sequence[bool]) -> dict[str, float]:
    """The share of right answers, 0 to 1."""
    return {"accuracy": sum(right) / len(right)}


def accuracy_influences(right: Sequence[bool]) -> dict[str, Values]:
    """The influences on `accuracy`, [texts]."""
    return {"accuracy": np.array(right, np.float64) - accuracy(right)["accuracy"]}


def set_metrics(found: Sets, wanted: Sets) -> dict[str, float]:
    """micro_f1 and exact_match, 0 to 1; micro_f1 is 1 where nothing is wanted and nothing was found."""
    pairs = list(zip(found, wanted, strict=True))
    hits = sum(len(one & other) for one, other in pairs)
    total = sum(len(one) + len(other) for one, other in pairs)
    exact = sum(one == other for one, other in pairs) / len(pairs)
    return {"micro_f1": 2 * hits / total if total else 1.0, "exact_match": exact}


def set_influences(found: Sets, wanted: Sets) -> dict[str, Values]:
    """The influences on each metric of `set_metrics`, [texts]."""
    metrics, pairs = set_metrics(found, wanted), list(zip(found, wanted, strict=True))
    hits = np.array([len(one & other) for one, other in pairs], np.float64)
    total = np.array([len(one) + len(other) for one, other in pairs], np.float64)
    exact = np.array([one == other for one, other in pairs], np.float64)
    return {
        "micro_f1": (2 * hits - metrics["micro_f1"] * total) / (total.mean() or 1),
        "exact_match": exact - metrics["exact_match"],
    }


def value_metrics(found: Values, wanted: Values) -> dict[str, float]:
    """pearson, -1 to 1, NaN where either side is constant; and mean_absolute_error."""
    pearson = np.clip((_standardized(found) * _standardized(wanted)).mean(), -1, 1)
    return {"pearson": float(pearson), "mean_absolute_error": float(np.abs(found - wanted).mean())}


def value_influences(found: Values, wanted: Values) -> dict[str, Values]:
    """The influences on each metric of `value_metrics`, [texts]."""
    metrics = value_metrics(found, wanted)
    x, y = _standardized(found), _standardized(wanted)
    return {
        "pearson": x * y - metrics["pearson"] / 2 * (x * x + y * y),
        "mean_absolute_error": np.abs(found - wanted) - metrics["mean_absolute_error"],
    }


def _standardized(values: Values) -> Values:
    """The values with mean 0 and deviation 1; NaN where all are equal, even if rounding moves their mean."""
    deviation = values.std() if np.ptp(values) else np.nan
    return np.asarray((values - values.mean()) / deviation, np.float64)
