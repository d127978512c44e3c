"""The search for one threshold per exit: the best answers at a given share of compute."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_CANDIDATES = 40  # thresholds tried per exit: quantiles of its uncertainties
_SWEEPS = 4
_PRICES = 24  # bisections of the price of compute


def search_thresholds(
    uncertainties: NDArray[np.float64],
    quality: NDArray[np.float64],
    costs: NDArray[np.float64],
    share: float,
    step: Callable[[float], object] = lambda done: None,
) -> NDArray[np.float64]:
    """The thresholds of early exits with the best answers at a share of compute on these texts.

    Maximizes quality − price · compute by coordinate ascent over the exits; the price is bisected until the
    compute fits (a Lagrangian relaxation). The thresholds are fitted to the texts, so few will not do.

    Args:
        uncertainties: [texts, exits − 1], 0 to 1.
        quality: [texts, exits], how good each exit's answer is, 0 to 1.
        costs: [exits], compute of an answer at each exit as a share of full depth's, rising.
        share: the mean cost that may be spent.
        step: called with each further share of this work, 0 to 1.

    Returns:
        Thresholds [exits − 1]: leave where the uncertainty is below; 0 never leaves. Where even leaving at
        once costs too much, all leave at once.
    """
    candidates = [_candidates(column) for column in uncertainties.T]
    best = np.ones(len(candidates))  # everything leaves at the first exit
    low, high, best_gain = 0.0, 64.0, -1.0
    for _ in range(_PRICES):
        price = (low + high) / 2
        found = _ascend(uncertainties, quality, costs, candidates, price)
        step(1 / _PRICES)
        gain, cost = _result(uncertainties, quality, costs, found)
        if cost > share:
            low = price
            continue
        high = price
        if gain > best_gain:
            best, best_gain = found, gain
    return best


def _ascend(
    uncertainties: NDArray[np.float64],
    quality: NDArray[np.float64],
    costs: NDArray[np.float64],
    candidates: list[NDArray[np.float64]],
    price: float,
) -> NDArray[np.float64]:
    thresholds = np.full(len(candidates), 0.3)
    for _ in range(_SWEEPS):
        before = thresholds.copy()
        for number, values in enumerate(candidates):
            trials = np.repeat(thresholds[None], len(values), axis=0)
            trials[:, number] = values
            results = [_result(uncertainties, quality, costs, trial) for trial in trials]
            gains = [gain - price * cost for gain, cost in results]
            thresholds = trials[int(np.argmax(gains))]
        if np.array_equal(before, thresholds):
            break
    return thresholds


def _result(
    uncertainties: NDArray[np.float64],
    quality: NDArray[np.float64],
    costs: NDArray[np.float64],
    thresholds: NDArray[np.float64],
) -> tuple[float, float]:
    """The mean quality and the mean cost with these thresholds."""
    leaves = np.column_stack([uncertainties < thresholds, np.ones(len(uncertainties), bool)])
    left = leaves.argmax(axis=1)
    return float(quality[np.arange(len(left)), left].mean()), float(costs[left].mean())


def _candidates(column: NDArray[np.float64]) -> NDArray[np.float64]:
    """The thresholds to try: never, always, and between neighbours, so that rounding decides nothing."""
    distinct = np.unique(column)
    between = (distinct[1:] + distinct[:-1]) / 2
    if len(between) > _CANDIDATES:
        between = np.quantile(between, np.linspace(0, 1, _CANDIDATES))
    return np.concatenate([[0.0], between, [1.0]])
