"""Sequence classification: from logits to a class, several classes or a number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from litebert.errors import ArtifactError
from litebert.exit_rules import CLASSES, NUMBERS, Belief, Logits, uncertainty
from litebert.fields import MANIFEST, choice, strings
from litebert.outputs import BATCH, Outcome, Output, Outputs
from litebert.tasks.prediction import Prediction, Probs

if TYPE_CHECKING:  # a model that only answers does not need it
    from litebert.tasks.classification_measures import ClassificationMeasures
    from litebert.tasks.protocol import Task

NAME = "sequence-classification"
LOGITS = "logits"  # the name of the output
MULTI_LABEL = "multi-label"
MULTI_LABEL_THRESHOLD = 0.5  # the usual one

OUTPUT_ACTIVATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(  # by problem type, the usual one first
    {"single-label": ("softmax",), "multi-label": ("sigmoid",), "regression": ("identity", "sigmoid")}
)
# By problem type, the meaning of logits for an exit rule.
BELIEFS: Mapping[str, str] = MappingProxyType({"single-label": CLASSES, "regression": NUMBERS})


@dataclass(frozen=True)
class SequenceClassification:
    """A class, several classes, or a number for each text.

    Attributes:
        problem_type: one of `OUTPUT_ACTIVATIONS`.
        labels: one name per logit; one in all for regression.
        activation: turns logits into probabilities or the value; one that its problem type allows.
        threshold: multi-label only: the least probability of a label that is given; else None.
    """

    problem_type: str
    labels: tuple[str, ...]
    activation: str
    threshold: float | None = None

    @property
    def name(self) -> str:
        """Its name in a manifest."""
        return NAME

    @property
    def outputs(self) -> tuple[Output, ...]:
        """A logit for each label."""
        return (Output(LOGITS, (BATCH, len(self.labels))),)

    @property
    def beliefs(self) -> str | None:
        """The content of its beliefs; None where no exit rule suits them."""
        return BELIEFS.get(self.problem_type)

    def answer(self, outcome: Outcome) -> Prediction:
        """The prediction from the logits.

        Raises:
            ArtifactError: a logit is no finite number.
        """
        logits = tuple(outcome.outputs[LOGITS].tolist())
        if not all(map(math.isfinite, logits)):
            raise ArtifactError(f"the graph gives the logits {logits!r:.80}; export the model again")
        left = None if outcome.exit_layer is None else (outcome.exit_layer, uncertainty(logits))
        encoding = outcome.encoding
        return predict(self, logits, len(encoding.input_ids), encoding.truncated, left)

    def belief(self, outputs: Outputs) -> Belief:
        """The logits: one question."""
        return (outputs[LOGITS].tolist(),)

    @property
    def measures(self) -> ClassificationMeasures:
        """The comparison of answers, gold answers and metrics."""
        from litebert.tasks.classification_measures import ClassificationMeasures

        return ClassificationMeasures(self.problem_type, self.labels)


def parse(facts: Mapping[str, Any], outputs: tuple[Output, ...]) -> Task[Prediction]:
    """The task of a manifest.

    Args:
        facts: its `task` in the manifest.
        outputs: the network's outputs.

    Raises:
        ArtifactError: a field is missing or of a wrong type, or two contradict each other.
    """
    problem_type = choice(facts, "problem_type", tuple(OUTPUT_ACTIVATIONS))
    labels = strings(facts, "labels")
    different = 0 < len(labels) == len({*labels})
    if not different or (problem_type == "regression" and len(labels) > 1):
        expected = "one name" if problem_type == "regression" else "different names, one per logit"
        raise ArtifactError(
            f"{MANIFEST}: labels are {labels!r:.80} for {problem_type}, expected {expected}; "
            "export the model again"
        )
    activation = choice(facts, "activation", OUTPUT_ACTIVATIONS[problem_type])
    task = SequenceClassification(problem_type, labels, activation, _threshold(facts, problem_type))
    if outputs != task.outputs:
        found = [(each.name, *each.axes) for each in outputs]
        raise ArtifactError(
            f"{MANIFEST}: outputs are {found!r:.80}, expected {LOGITS} for {len(labels)} labels; "
            "export the model again"
        )
    return task


def _threshold(facts: Mapping[str, Any], problem_type: str) -> float | None:
    """The threshold of a multi-label task; None for others, which must not have one."""
    found: Any = facts.get("threshold")
    if problem_type != MULTI_LABEL and found is None:
        return None
    sound = type(found) in (int, float) and 0 <= found <= 1
    if problem_type != MULTI_LABEL or not sound:
        expected = "a number from 0 to 1" if problem_type == MULTI_LABEL else "none"
        raise ArtifactError(
            f"{MANIFEST}: threshold is {found!r:.80} for {problem_type}, expected {expected}; "
            "export the model again"
        )
    return float(found)


def predict(
    task: SequenceClassification,
    logits: tuple[float, ...],
    tokens: int,
    truncated: bool,
    left: tuple[int, float] | None = None,
) -> Prediction:
    """The prediction from one row of logits; `left` is the layer of its exit, and its uncertainty there."""
    probs = _FUNCTIONS[task.activation](logits)
    exit_layer, unsure = left or (None, None)
    if task.problem_type == "regression":
        return Prediction(None, None, None, logits, tokens, truncated, None, probs[0], exit_layer, unsure)
    probs = Probs(probs)
    probs.labels = task.labels
    best = max(range(len(probs)), key=logits.__getitem__)
    chosen = None
    if task.threshold is not None:
        given = zip(task.labels, probs, strict=True)
        chosen = tuple(label for label, prob in given if prob >= task.threshold)
    label, score = task.labels[best], probs[best]
    return Prediction(label, score, probs, logits, tokens, truncated, chosen, None, exit_layer, unsure)


def softmax(logits: Logits) -> tuple[float, ...]:
    """The probabilities of logits, in [0, 1] and of sum 1, computed in double precision."""
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
