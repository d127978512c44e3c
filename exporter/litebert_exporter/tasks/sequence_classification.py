"""Sequence classification: problem type, labels and activation, from the config or from flags."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from litebert import CheckpointError, UnsupportedModelError
from litebert.arguments import argument, argument_is
from litebert.exit_rules import RULES
from litebert.inputs import PAIR
from litebert.tasks.sequence_classification import BELIEFS, MULTI_LABEL, MULTI_LABEL_THRESHOLD, NAME
from litebert.visible import is_hidden, is_seen
from litebert_exporter.added_exits import with_exits
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import choice
from litebert_exporter.cures import name_labels, the_flag
from litebert_exporter.facts import Facts
from litebert_exporter.families import own_head
from litebert_exporter.families.family import Family
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.spec import Student
from litebert_exporter.tasks.cross_encoder import is_cross_encoder, resolve_activation
from litebert_exporter.tasks.protocol import TaskKind

PROBLEM_TYPES = {
    "single_label_classification": "single-label",
    "multi_label_classification": "multi-label",
    "regression": "regression",
}

_LABEL_CHARACTERS = 200
_SHOWN = 6  # labels that are named in a hint


def _specify(family: Family, checkpoint: Checkpoint, facts: Facts) -> Student:
    """The encoder with its classifier, and with the exits that litebert-exits has added."""
    return with_exits(own_head.specify(family, checkpoint, facts.heads, facts.classifier), checkpoint)


def _ignored(family: Family, checkpoint: Checkpoint, facts: Facts) -> tuple[str, ...]:
    return own_head.ignored(family, checkpoint, facts.classifier)


def _resolve(checkpoint: Checkpoint, student: Student, facts: Facts) -> Classification:
    task = resolve_task(
        checkpoint.config,
        class_count_of(student.head),
        facts.labels,
        facts.problem_type,
        checkpoint.cross_encoder,
        facts.inputs,
    )
    rule = student.exit_rule
    if rule is not None and RULES[rule].beliefs != BELIEFS.get(task.problem_type):
        suited = next(kind for kind, beliefs in BELIEFS.items() if beliefs == RULES[rule].beliefs)
        raise CheckpointError(
            f"its exits leave by the rule {rule}, which is for {suited}, "
            f"not {task.problem_type}; correct the problem type, or export a student without exits"
        )
    return replace(task, notes=own_head.assumed(student, checkpoint, facts.classifier))


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


@dataclass(frozen=True)
class Classification:
    """The facts of a classifier; see `litebert_exporter.tasks.protocol.Task`.

    Attributes:
        problem_type: single-label, multi-label or regression.
        labels: a name per logit.
        activation: turns logits into the answer.
        labels_given: False where the labels are mere numbers.
        inputs: the inputs that the model was made for; None where no file says.
        notes: what was taken for granted of its classifier, a line each.
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
        """Problem type, activation and labels, and how to name these."""
        labels = ", ".join(self.labels)
        unnamed = "" if self.labels_given else "  (none in the checkpoint; name them with --labels)"
        return f"{self.problem_type}, {self.activation}: {labels}{unnamed}"

    @property
    def cell(self) -> str:
        """Its label or labels as the model names them, or a number."""
        labels = ", ".join(self.labels[:_SHOWN]) + " ..." * (len(self.labels) > _SHOWN)
        if are_numbers(self.labels):
            labels = f"a number from 0 to {len(self.labels) - 1}"
        return {
            "single-label": f"its label: {labels}",
            "multi-label": f"its labels, with commas between: {labels}",
            "regression": "a number",
        }[self.problem_type]

    def cost(self, changed: int, texts: int, moved: float, raw: float) -> str:
        """How many answers change, and how far probabilities or values, and logits, move."""
        kind = "labels" if self.problem_type == "single-label" else "answers"
        told = f"{changed} of {texts} {kind} changed; probabilities"
        told = "values" if self.problem_type == "regression" else told
        return f"{told} moved by at most {moved:.2g}, logits by {raw:.2g}"

    def completed(self, other: Any) -> tuple[Classification, str | None]:
        """The task with an artifact's labels where the checkpoint names none."""
        if self.labels_given or len(self.labels) != len(other.labels):
            return self, None
        taken = f"names no labels: they are taken to be {', '.join(other.labels)}, in this order"
        return replace(self, labels=other.labels), taken


def resolve_task(
    config: Mapping[str, Any],
    outputs: int,
    labels: Sequence[str] | None,
    problem_type: str | None,
    cross_encoder: Mapping[str, Any] = MappingProxyType({}),
    inputs: str | None = None,
) -> Classification:
    """The task of a classifier with `outputs` logits.

    Without a problem_type in the config, one logit means regression and several mean single-label, as in
    transformers. Labels called LABEL_0, LABEL_1 ... count as absent.

    Args:
        config: config.json.
        outputs: how many logits there are.
        labels: `--labels`.
        problem_type: `--problem-type`.
        cross_encoder: config_sentence_transformers.json.
        inputs: `--inputs`. Without it a cross-encoder was made for pairs.

    Raises:
        CheckpointError: a flag contradicts the config, or their counts do not fit the classifier.
        UnsupportedModelError: it is a regression of several values, or a cross-encoder with an activation or
            prompts of its own.
    """
    kind = _resolve_problem_type(config, outputs, problem_type)
    activation = resolve_activation(config, cross_encoder, kind, outputs)
    inputs = inputs or (PAIR if is_cross_encoder(config, cross_encoder) else None)
    names = _own_labels(config, outputs) if labels is None else _given_labels(labels, config, outputs)
    numbers = tuple(f"LABEL_{index}" for index in range(outputs))
    return Classification(kind, names or numbers, activation, labels_given=names is not None, inputs=inputs)


def _resolve_problem_type(config: Mapping[str, Any], outputs: int, given: str | None) -> str:
    stored = config.get("problem_type")
    known = PROBLEM_TYPES[choice(config, "problem_type", PROBLEM_TYPES, "")] if stored is not None else None
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


def _own_labels(config: Mapping[str, Any], outputs: int) -> tuple[str, ...] | None:
    """The labels in the config; None where it has none, or mere numbers."""
    found = _config_labels(config)
    if found is not None and len(found) != outputs:
        raise CheckpointError(
            f"config.json: id2label has {len(found)} labels, the classifier {outputs} rows; "
            f"{name_labels('correct the config')}"
        )
    return None if found is None or are_numbers(found) else found


def _config_labels(config: Mapping[str, Any]) -> tuple[str, ...] | None:
    id2label = config.get("id2label")
    if id2label is None:
        return None
    names = _names_by_id(id2label)
    if names is None:
        seen = list(id2label.values()) if isinstance(id2label, dict) else []
        raise CheckpointError(
            f"config.json: id2label is {id2label!r:.60}, expected a table from 0, 1, 2 ... to different "
            f"names of one line{_unseen(seen)}; {name_labels('correct it,')}"
        )
    return names


def _names_by_id(id2label: Any) -> tuple[str, ...] | None:
    """The names in the order of their ids, whole numbers as text; None unless the table is sound."""
    names = list(id2label.values()) if isinstance(id2label, dict) else []
    names = [str(name) if type(name) is int else name for name in names]
    numbers = [int(key) for key in id2label if re.fullmatch(r"\d{1,6}", key)] if names else []
    if sorted(numbers) != list(range(len(names))) or not names or not _are_names(names):
        return None
    by_number = dict(zip(numbers, names, strict=True))
    return tuple(by_number[index] for index in range(len(names)))


def _are_names(labels: Sequence[Any]) -> bool:
    """Whether labels are different, can be seen, and fit on a line of output each."""
    return (
        len({str(label) for label in labels}) == len(labels)
        and all(isinstance(label, str) and is_seen(label) for label in labels)
        and not any(len(label) > _LABEL_CHARACTERS or any(map(is_hidden, label)) for label in labels)
    )


def _unseen(labels: Sequence[Any]) -> str:
    """Which characters of labels cannot be seen, for an error."""
    hidden = sorted({each for label in labels if isinstance(label, str) for each in label if is_hidden(each)})
    points = ", ".join(f"U+{ord(each):04X}" for each in hidden[:6])
    return f" without characters that cannot be seen ({points})" if hidden else ""


def are_numbers(labels: Sequence[str]) -> bool:
    """Whether labels are only the numbers that stand for absent names."""
    return all(label == f"LABEL_{index}" for index, label in enumerate(labels))


def _given_labels(labels: Sequence[str], config: Mapping[str, Any], outputs: int) -> tuple[str, ...]:
    """The labels of the flag. The config may not contradict it, where it has a name for each output."""
    found = _names_by_id(config.get("id2label")) or ()
    named = len(found) == outputs and not are_numbers(found) and not all(map(str.isdecimal, found))
    if named and tuple(labels) != found:
        raise CheckpointError(
            f"{argument_is('labels', labels)} contradicts id2label in config.json ({','.join(found):.60}); "
            f"leave {the_flag()} out"
        )
    if len(labels) != outputs or not _are_names(labels):
        raise CheckpointError(
            f"{argument('labels')} names {','.join(labels)!r:.60}, expected {outputs} different names of one "
            f"line{_unseen(labels)}; correct {the_flag()}"
        )
    return tuple(labels)
