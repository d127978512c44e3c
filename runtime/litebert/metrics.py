"""How good answers are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from litebert.data import Example
from litebert.tasks import Prediction

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
        found = np.array([prediction.value for prediction in predictions])
        wanted = np.array([example.value for example in examples])
        with np.errstate(invalid="ignore", divide="ignore"):
            pearson = np.corrcoef(found, wanted)[0, 1]
        return {"pearson": float(pearson), "mean_absolute_error": float(np.abs(found - wanted).mean())}
    number = {label: index for index, label in enumerate(labels)}
    pairs = [
        (frozenset(number[name] for name in _answers(prediction)), example.labels)
        for prediction, example in zip(predictions, examples, strict=True)
    ]
    exact = sum(found == wanted for found, wanted in pairs) / len(pairs)
    if problem_type == "single-label":
        return {"accuracy": exact}
    hits = sum(len(found & wanted) for found, wanted in pairs)
    total = sum(len(found) + len(wanted) for found, wanted in pairs)
    return {"micro_f1": 2 * hits / total if total else 1.0, "exact_match": exact}


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
        f"and where none of these answers changes, up to {100 * unseen:.1f} % of new ones may",
    ]
    return f"{texts} text{'s prove' if texts > 1 else ' proves'} little: {', '.join(parts)}"


def _answers(prediction: Prediction) -> tuple[str, ...]:
    if prediction.labels is not None:
        return prediction.labels
    return () if prediction.label is None else (prediction.label,)


def _same(a: Prediction, b: Prediction) -> bool:
    if a.value is not None and b.value is not None:
        return abs(a.value - b.value) <= 1e-3
    return _answers(a) == _answers(b)
