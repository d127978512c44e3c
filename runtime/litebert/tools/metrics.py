"""How good answers are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from litebert.tasks.sequence_classification import Prediction
from litebert.tools.data import Example

FEW_TEXTS = 299  # with fewer, what changes 1 % of all answers may well change none of these (95 %)


def measure(
    problem_type: str, labels: Sequence[str], predictions: Sequence[Prediction], examples: Sequence[Example]
) -> dict[str, float]:
    """The metrics usual for a problem type, by name.

    Returns:
        single-label: accuracy (0 to 1). multi-label: micro_f1 and exact_match (0 to 1; micro_f1 is 1 where
        there is nothing to find and nothing was found). regression: pearson (−1 to 1; NaN where either side
        is constant) and mean_absolute_error.
    """
    if problem_type == "regression":
        found, wanted = _values(predictions, examples)
        pearson = np.clip((_standardized(found) * _standardized(wanted)).mean(), -1, 1)
        return {"pearson": float(pearson), "mean_absolute_error": float(np.abs(found - wanted).mean())}
    pairs = _pairs(labels, predictions, examples)
    exact = sum(found == wanted for found, wanted in pairs) / len(pairs)
    if problem_type == "single-label":
        return {"accuracy": exact}
    hits = sum(len(found & wanted) for found, wanted in pairs)
    total = sum(len(found) + len(wanted) for found, wanted in pairs)
    return {"micro_f1": 2 * hits / total if total else 1.0, "exact_match": exact}


def influences(
    problem_type: str, labels: Sequence[str], predictions: Sequence[Prediction], examples: Sequence[Example]
) -> dict[str, NDArray[np.float64]]:
    """How far each text pulls each metric of `measure` up or down: [texts], their sum is 0.

    To first order a metric of other texts differs by their mean influence, so its standard error is the
    standard deviation of the influences over the root of their number (Hampel 1974, The influence curve and
    its role in robust estimation). NaN where the metric is.
    """
    metrics = measure(problem_type, labels, predictions, examples)
    if problem_type == "regression":
        found, wanted = _values(predictions, examples)
        x, y = _standardized(found), _standardized(wanted)
        return {
            "pearson": x * y - metrics["pearson"] / 2 * (x * x + y * y),
            "mean_absolute_error": np.abs(found - wanted) - metrics["mean_absolute_error"],
        }
    pairs = _pairs(labels, predictions, examples)
    exact = np.array([found == wanted for found, wanted in pairs], np.float64)
    if problem_type == "single-label":
        return {"accuracy": exact - metrics["accuracy"]}
    hits = np.array([len(found & wanted) for found, wanted in pairs], np.float64)
    total = np.array([len(found) + len(wanted) for found, wanted in pairs], np.float64)
    return {
        "micro_f1": (2 * hits - metrics["micro_f1"] * total) / (total.mean() or 1),
        "exact_match": exact - metrics["exact_match"],
    }


def agreement(one: Sequence[Prediction], other: Sequence[Prediction]) -> tuple[float, float]:
    """The share of equal labels (0 to 1; for regression of values within 1e-3), and the largest |Δ logit|."""
    pairs = list(zip(one, other, strict=True))
    same = sum(_same(a, b) for a, b in pairs) / len(pairs)
    return same, max(abs(x - y) for a, b in pairs for x, y in zip(a.logits, b.logits, strict=True))


def standard_error(share: float, texts: int) -> float:
    """Of a share (0 to 1) of so many texts, such as an accuracy: √(p (1 − p) / n)."""
    return math.sqrt(share * (1 - share) / texts)


def little_proof(texts: int, accuracy: float | None = None) -> str | None:
    """How little so few texts prove, in a line; None where they are `FEW_TEXTS` or more.

    Args:
        texts: how many were answered.
        accuracy: the share of right answers (0 to 1), where it is known.
    """
    if texts >= FEW_TEXTS:
        return None
    error = standard_error(accuracy, texts) if accuracy is not None else 0.0
    unseen = 1 - 0.05 ** (1 / texts)  # (1 − unseen)^texts = 5 %: how often none of them shows such a share
    parts = [
        f"one answer is {100 / texts:.1f} points",
        *([f"the standard error of the accuracy {100 * error:.1f}"] if error else []),
        f"and even if none of these answers changes, up to {100 * unseen:.1f} % of new ones may",
    ]
    return f"{texts} text{'s prove' if texts > 1 else ' proves'} little: {', '.join(parts)}"


def few_values(texts: int) -> str | None:
    """As `little_proof` for regression, whose values are not simply equal or not."""
    if texts >= FEW_TEXTS:
        return None
    return f"{texts} text{'s' * (texts > 1)}: too few to prove anything"


def _values(
    predictions: Sequence[Prediction], examples: Sequence[Example]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The values found and wanted for each text."""
    found = np.array([prediction.value for prediction in predictions], np.float64)
    return found, np.array([example.value for example in examples], np.float64)


def _standardized(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """With mean 0 and deviation 1; NaN where all are the same, whatever rounding makes of their mean."""
    deviation = values.std() if np.ptp(values) else np.nan
    return np.asarray((values - values.mean()) / deviation, np.float64)


def _pairs(
    labels: Sequence[str], predictions: Sequence[Prediction], examples: Sequence[Example]
) -> list[tuple[frozenset[int], frozenset[int]]]:
    """The numbers of the labels found and wanted for each text."""
    number = {label: index for index, label in enumerate(labels)}
    return [
        (frozenset(number[name] for name in _answers(prediction)), example.labels)
        for prediction, example in zip(predictions, examples, strict=True)
    ]


def _answers(prediction: Prediction) -> tuple[str, ...]:
    if prediction.labels is not None:
        return prediction.labels
    return () if prediction.label is None else (prediction.label,)


def _same(a: Prediction, b: Prediction) -> bool:
    if a.value is not None and b.value is not None:
        return abs(a.value - b.value) <= 1e-3
    return _answers(a) == _answers(b)
