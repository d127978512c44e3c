"""Sequence classification: problem type, labels and activation, from the config or from flags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from litebert import CheckpointError, UnsupportedModelError
from litebert.arguments import argument_is
from litebert.exit_rules import RULES
from litebert.inputs import PAIR
from litebert.tasks.sequence_classification import BELIEFS, MULTI_LABEL, MULTI_LABEL_THRESHOLD, NAME
from litebert_exporter.added_exits import with_exits
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import choice
from litebert_exporter.cures import the_flag
from litebert_exporter.facts import Facts
from litebert_exporter.families.family import Family
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.spec import Student
from litebert_exporter.tasks import own_head
from litebert_exporter.tasks.cross_encoder import is_cross_encoder, resolve_activation
from litebert_exporter.tasks.label_names import are_numbers, given_labels, own_labels
from litebert_exporter.tasks.protocol import TaskKind

_PROBLEM_TYPES = {
    "single_label_classification": "single-label",
    "multi_label_classification": "multi-label",
    "regression": "regression",
}

_SHOWN = 6  # the number of labels named in a hint


@dataclass(frozen=True)
class ClassifierFacts:
    """The facts of a classifier; see `litebert_exporter.tasks.protocol.ExportTask`.

    Attributes:
        problem_type: single-label, multi-label or regression.
        labels: a name per logit.
        activation: the name of the function that turns logits into the answer.
        labels_given: False where the labels are mere numbers.
        inputs: the inputs that the model was made for; None where no file says.
        notes: assumptions about its classifier, a line each.
    """

    problem_type: str
    labels: tuple[str, ...]
    activation: str
    labels_given: bool
    inputs: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def max_tokens(self) -> int | None:
        """None: a classifier has no limit beside its tokenizer's."""
        return None

    @property
    def floor(self) -> float:
        """1: a logit near 0 means as little as a small difference does."""
        return 1.0

    @property
    def facts(self) -> Mapping[str, Any]:
        """The manifest's `task`."""
        return {
            "name": NAME,
            "problem_type": self.problem_type,
            "labels": list(self.labels),
            "activation": self.activation,
            **({"threshold": MULTI_LABEL_THRESHOLD} if self.problem_type == MULTI_LABEL else {}),
        }

    @property
    def reported(self) -> Mapping[str, Any]:
        """The facts, and whether the checkpoint names its labels."""
        return {**self.facts, "labels_given": self.labels_given}

    @property
    def summary(self) -> str:
        """Problem type, activation and labels, with the way to name labels where they have no names."""
        labels = ", ".join(self.labels)
        unnamed = "" if self.labels_given else "  (none in the checkpoint; name them with --labels)"
        return f"{self.problem_type}, {self.activation}: {labels}{unnamed}"

    @property
    def cell(self) -> str:
        """A label or labels by their names, or a number."""
        labels = ", ".join(self.labels[:_SHOWN]) + " ..." * (len(self.labels) > _SHOWN)
        if are_numbers(self.labels):
            labels = f"a number from 0 to {len(self.labels) - 1}"
        return {
            "single-label": f"its label: {labels}",
            "multi-label": f"its labels, with commas between: {labels}",
            "regression": "a number",
        }[self.problem_type]

    def cost(self, changed: int, texts: int, moved: float, raw: float) -> str:
        """A line with the number of changed answers, and the largest changes of scores and logits."""
        kind = "labels" if self.problem_type == "single-label" else "answers"
        subject = f"{changed} of {texts} {kind} changed; probabilities"
        subject = "values" if self.problem_type == "regression" else subject
        return f"{subject} moved by at most {moved:.2g}, logits by {raw:.2g}"

    def completed(self, other: Any) -> tuple[ClassifierFacts, str | None]:
        """The task with an artifact's labels where the checkpoint names none."""
        if self.labels_given or len(self.labels) != len(other.labels):
            return self, None
        taken = f"names no labels: they are taken to be {', '.join(other.labels)}, in this order"
        return replace(self, labels=other.labels), taken


def _problem_type(config: Mapping[str, Any], outputs: int, given: str | None) -> str:
    stored = config.get("problem_type")
    known = _PROBLEM_TYPES[choice(config, "problem_type", _PROBLEM_TYPES, "")] if stored is not None else None
    if known and given and known != given:
        raise CheckpointError(
            f"{argument_is('problem_type', given)} contradicts problem_type {stored} in config.json; "
            f"leave {the_flag()} out"
        )
    kind = known or given or ("regression" if outputs == 1 else "single-label")
    if kind == "regression" and outputs != 1 and known:
        raise UnsupportedModelError(
            f"config.json: regression with {outputs} outputs is not supported, expected one output; "
            "export a model that gives one of the values"
        )
    if kind == "regression" and outputs != 1:
        raise CheckpointError(
            f"regression needs one output, the classifier has {outputs}; correct the problem type"
        )
    return kind


def _specify(family: Family, checkpoint: Checkpoint, facts: Facts) -> Student:
    """The encoder with its classifier, and with the exits that litebert-exits has added."""
    return with_exits(own_head.specify(family, checkpoint, facts.heads, facts.classifier), checkpoint)


def _ignored(family: Family, checkpoint: Checkpoint, facts: Facts) -> tuple[str, ...]:
    return own_head.ignored(family, checkpoint, facts.classifier)


def _resolve(checkpoint: Checkpoint, student: Student, facts: Facts) -> ClassifierFacts:
    """The task of a classifier.

    Without a problem_type in the config, one logit means regression and several mean single-label, as in
    transformers. Labels named LABEL_0, LABEL_1 ... count as absent. A cross-encoder is made for pairs.

    Raises:
        CheckpointError: a fact contradicts the config, counts do not fit the classifier, or its exits do not
            suit the problem type.
        UnsupportedModelError: it is a regression of several values, or a cross-encoder with another
            activation or with prompts.
    """
    config, beside, outputs = checkpoint.config, checkpoint.cross_encoder, class_count_of(student.head)
    kind = _problem_type(config, outputs, facts.problem_type)
    activation = resolve_activation(config, beside, kind, outputs)
    if facts.labels is None:
        names = own_labels(config, outputs)
    else:
        names = given_labels(facts.labels, config, outputs)
    _check_rule(student.exit_rule, kind)
    return ClassifierFacts(
        problem_type=kind,
        labels=names or tuple(f"LABEL_{index}" for index in range(outputs)),
        activation=activation,
        labels_given=names is not None,
        inputs=facts.inputs or (PAIR if is_cross_encoder(config, beside) else None),
        notes=own_head.assumed(student, checkpoint, facts.classifier),
    )


def _check_rule(rule: str | None, problem_type: str) -> None:
    """Raises CheckpointError where the rule of the exits does not suit such answers."""
    if rule is not None and RULES[rule].beliefs != BELIEFS.get(problem_type):
        suited = next(kind for kind, beliefs in BELIEFS.items() if beliefs == RULES[rule].beliefs)
        raise CheckpointError(
            f"its exits leave by the rule {rule}, which is for {suited}, "
            f"not {problem_type}; correct the problem type, or export a student without exits"
        )


def _remembered(facts: Facts, checkpoint: Checkpoint, task: Any) -> Facts:
    """The facts with an artifact's problem type, which no checkpoint needs to state."""
    if checkpoint.config.get("problem_type") is not None:
        return facts
    return replace(facts, problem_type=task.problem_type)


TASK = TaskKind(
    name=NAME,
    classes=("ForSequenceClassification",),
    is_for=lambda checkpoint: False,
    specify=_specify,
    ignored=_ignored,
    resolve=_resolve,
    remembered=_remembered,
)
