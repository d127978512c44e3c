"""Logits to an answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

MULTI_LABEL_THRESHOLD = 0.5


@dataclass(frozen=True)
class Prediction:
    """An answer to one text; equal and hashable by value.

    Attributes:
        label: the most probable label; None for regression.
        score: its probability, 0 to 1; None for regression.
        probs: a probability per label, in the order of `model.labels`: softmax (sums to 1) for
            single-label, a sigmoid each for multi-label; None for regression.
        logits: the network's raw outputs, one per label.
        tokens: how many tokens were read, special tokens included.
        truncated: whether text beyond the limit was cut off.
        labels: multi-label only: every label with probability >= 0.5, possibly none.
        value: regression only: the predicted number.
        exit_layer: the layer, counted from 0, behind which the answer was given; None without exits.
        uncertainty: of the answer, 0 (sure) to 1 (uniform): entropy / ln(labels); None without exits.
    """

    label: str | None
    score: float | None
    probs: tuple[float, ...] | None
    logits: tuple[float, ...]
    tokens: int
    truncated: bool
    labels: tuple[str, ...] | None = None
    value: float | None = None
    exit_layer: int | None = None
    uncertainty: float | None = None


def predict(
    problem_type: str, labels: Sequence[str], logits: tuple[float, ...], tokens: int, truncated: bool
) -> Prediction:
    """The answer that one row of logits stands for."""
    if problem_type == "regression":
        return Prediction(None, None, None, logits, tokens, truncated, value=logits[0])
    probs = softmax(logits) if problem_type == "single-label" else tuple(map(_sigmoid, logits))
    best = max(range(len(probs)), key=logits.__getitem__)
    chosen = None
    if problem_type == "multi-label":
        chosen = tuple(
            label for label, prob in zip(labels, probs, strict=True) if prob >= MULTI_LABEL_THRESHOLD
        )
    return Prediction(labels[best], probs[best], probs, logits, tokens, truncated, labels=chosen)


def softmax(logits: Sequence[float]) -> tuple[float, ...]:
    """Probabilities in [0, 1] that sum to 1, computed in double precision."""
    top = max(logits)
    weights = [math.exp(logit - top) for logit in logits]
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def _sigmoid(logit: float) -> float:
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    return math.exp(logit) / (1 + math.exp(logit))
