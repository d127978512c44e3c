"""What logits mean, and logits to an answer."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from litebert.errors import ArtifactError
from litebert.exit_rules import CLASSES, NUMBERS
from litebert.fields import MANIFEST, choice, strings
from litebert.inputs import INPUTS, PAIR
from litebert.tokenizer import NO_PAIRS, PAIRS

if TYPE_CHECKING:  # a model that only answers does not need it
    from litebert.tasks.classification_measures import ClassificationMeasures

TASK = "sequence-classification"
MULTI_LABEL_THRESHOLD = 0.5
_SHOWN = 4  # labels in a repr

Logits: TypeAlias = "Sequence[float]"

OUTPUT_ACTIVATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(  # by problem type, the usual one first
    {"single-label": ("softmax",), "multi-label": ("sigmoid",), "regression": ("identity", "sigmoid")}
)
# By problem type, what logits are to an exit rule.
BELIEFS: Mapping[str, str] = MappingProxyType({"single-label": CLASSES, "regression": NUMBERS})


@dataclass(frozen=True)
class Task:
    """What a model answers.

    Attributes:
        problem_type: one of `OUTPUT_ACTIVATIONS`.
        labels: one name per logit; one in all for regression.
        activation: what turns logits into probabilities or the value, one of those for the problem type.
        pairs: how two texts are cut to the limit, one of `litebert.tokenizer.PAIRS`.
        inputs: what the model was made for, one of `litebert.inputs.INPUTS`; None where nobody said.
    """

    problem_type: str
    labels: tuple[str, ...]
    activation: str
    pairs: str
    inputs: str | None = None

    @property
    def beliefs(self) -> str | None:
        """What exit rules can read of its logits; None where an entropy would say nothing."""
        return BELIEFS.get(self.problem_type)

    @property
    def measures(self) -> ClassificationMeasures:
        """How good answers are, and how alike."""
        from litebert.tasks.classification_measures import ClassificationMeasures

        return ClassificationMeasures(self.problem_type, self.labels)


def parse_task(body: Mapping[str, Any]) -> Task:
    """The task of a manifest.

    Raises:
        ArtifactError: a field is missing or of a wrong type, or two contradict each other.
    """
    choice(body, "name", (TASK,))
    problem_type = choice(body, "problem_type", tuple(OUTPUT_ACTIVATIONS))
    labels = strings(body, "labels")
    different = 0 < len(labels) == len({*labels})
    if not different or (problem_type == "regression" and len(labels) > 1):
        expected = "one name" if problem_type == "regression" else "different names, one per logit"
        raise ArtifactError(
            f"{MANIFEST}: labels are {labels!r:.80} for {problem_type}, expected {expected}; "
            "export the model again"
        )
    task = Task(
        problem_type,
        labels,
        activation=choice(body, "activation", OUTPUT_ACTIVATIONS[problem_type]),
        pairs=choice(body, "pairs", PAIRS),
        inputs=None if body.get("inputs") is None else choice(body, "inputs", INPUTS),
    )
    if task.inputs == PAIR and task.pairs == NO_PAIRS:
        raise ArtifactError(f"{MANIFEST}: inputs is {PAIR}, but pairs is {NO_PAIRS}; export the model again")
    return task


class Probs(tuple[float, ...]):
    """A probability per label; equal to a plain tuple of them.

    Attributes:
        labels: whose they are, in order; empty where nobody said.
    """

    labels: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Prediction:
    """An answer to one text; equal and hashable by value.

    Its repr shows what is asked first; `dataclasses.asdict` gives every field.

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

    @property
    def chosen(self) -> tuple[str, ...]:
        """The labels of the answer: one, for multi-label any number, for regression none."""
        if self.labels is not None:
            return self.labels
        return () if self.label is None else (self.label,)

    @property
    def scores(self) -> dict[str, float]:
        """The probability of each label by its name, in the order of `model.labels`; empty for regression."""
        return dict(zip(getattr(self.probs, "labels", ()), self.probs or (), strict=False))

    def __repr__(self) -> str:
        if self.value is not None:
            shown = {"value": f"{self.value:.4f}"}
        elif self.labels is not None:
            shown = {"labels": shortened(self.labels), "label": reprlib.repr(self.label)}
        else:
            shown = {"label": reprlib.repr(self.label)}
        if self.score is not None:
            shown["score"] = f"{self.score:.4f}"
        if self.exit_layer is not None:
            shown["exit_layer"] = str(self.exit_layer)
        shown["tokens"] = str(self.tokens)
        if self.truncated:
            shown["truncated"] = "True"
        return f"Prediction({', '.join(f'{name}={value}' for name, value in shown.items())})"


def predict(
    task: Task,
    logits: tuple[float, ...],
    tokens: int,
    truncated: bool,
    left: tuple[int, float] | None = None,
) -> Prediction:
    """The answer that one row of logits stands for; `left` is its exit's layer, and its uncertainty there."""
    probs = _FUNCTIONS[task.activation](logits)
    exit_layer, unsure = left or (None, None)
    if task.problem_type == "regression":
        return Prediction(None, None, None, logits, tokens, truncated, None, probs[0], exit_layer, unsure)
    probs = Probs(probs)
    probs.labels = task.labels
    best = max(range(len(probs)), key=logits.__getitem__)
    chosen = None
    if task.problem_type == "multi-label":
        chosen = tuple(
            label for label, prob in zip(task.labels, probs, strict=True) if prob >= MULTI_LABEL_THRESHOLD
        )
    label, score = task.labels[best], probs[best]
    return Prediction(label, score, probs, logits, tokens, truncated, chosen, None, exit_layer, unsure)


def shortened(labels: Sequence[str]) -> str:
    """Labels as Python writes them, hidden characters escaped; the first of many, and how many there are."""
    shown = [*map(reprlib.repr, labels[:_SHOWN])]
    if len(labels) > _SHOWN:
        shown.append(f"... {len(labels)} in all")
    return f"({', '.join(shown)}{',' * (len(labels) == 1)})"


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
