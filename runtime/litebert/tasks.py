"""What logits mean, and logits to an answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from litebert.errors import ArtifactError
from litebert.fields import MANIFEST, choice, strings
from litebert.tokenizer import PAIRS

TASK = "sequence-classification"
MULTI_LABEL_THRESHOLD = 0.5

Logits: TypeAlias = "Sequence[float]"

OUTPUT_ACTIVATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(  # by problem type, the usual one first
    {"single-label": ("softmax",), "multi-label": ("sigmoid",), "regression": ("identity", "sigmoid")}
)


@dataclass(frozen=True)
class Task:
    """What a model answers.

    Attributes:
        problem_type: one of `OUTPUT_ACTIVATIONS`.
        labels: one name per logit; one in all for regression.
        activation: what turns logits into probabilities or the value, one of those for the problem type.
        pairs: how two texts are cut to the limit, one of `litebert.tokenizer.PAIRS`.
    """

    problem_type: str
    labels: tuple[str, ...]
    activation: str
    pairs: str


def parse_task(body: Mapping[str, Any]) -> Task:
    """The task of a manifest.

    Raises:
        ArtifactError: a field is missing or of a wrong type, or two contradict each other.
    """
    choice(body, "name", (TASK,))
    problem_type = choice(body, "problem_type", tuple(OUTPUT_ACTIVATIONS))
    labels = strings(body, "labels")
    if not labels or (problem_type == "regression" and len(labels) > 1):
        expected = "one name" if problem_type == "regression" else "a name per logit"
        raise ArtifactError(
            f"{MANIFEST}: {len(labels)} labels for {problem_type}, expected {expected}; "
            "export the model again"
        )
    return Task(
        problem_type,
        labels,
        activation=choice(body, "activation", OUTPUT_ACTIVATIONS[problem_type]),
        pairs=choice(body, "pairs", PAIRS),
    )


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
        value: regression only: the predicted number, from 0 to 1 where the activation is a sigmoid.
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


def predict(task: Task, logits: tuple[float, ...], tokens: int, truncated: bool) -> Prediction:
    """The answer that one row of logits stands for."""
    probs = _FUNCTIONS[task.activation](logits)
    if task.problem_type == "regression":
        return Prediction(None, None, None, logits, tokens, truncated, value=probs[0])
    best = max(range(len(probs)), key=logits.__getitem__)
    chosen = None
    if task.problem_type == "multi-label":
        chosen = tuple(
            label for label, prob in zip(task.labels, probs, strict=True) if prob >= MULTI_LABEL_THRESHOLD
        )
    return Prediction(task.labels[best], probs[best], probs, logits, tokens, truncated, labels=chosen)


def softmax(logits: Logits) -> tuple[float, ...]:
    """Probabilities in [0, 1] that sum to 1, computed in double precision."""
    top = max(logits)
    weights = [math.exp(logit - top) for logit in logits]
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def _sigmoids(logits: Logits) -> tuple[float, ...]:
    return tuple(
        1 / (1 + math.exp(-logit)) if logit >= 0 else math.exp(logit) / (1 + math.exp(logit))
        for logit in logits
    )


_FUNCTIONS: Mapping[str, Callable[[Logits], tuple[float, ...]]] = MappingProxyType(
    {"softmax": softmax, "sigmoid": _sigmoids, "identity": tuple}
)
