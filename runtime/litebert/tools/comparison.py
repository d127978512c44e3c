"""Models side by side on the same texts: how good each is, and what differs from the first of them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert.errors import InputError
from litebert.tasks.sequence_classification import Prediction, Task
from litebert.tools.data import Example, Table
from litebert.tools.metrics import agreement, influences, measure

ORIGINAL = "original"  # in place of a target: the checkpoint itself, computed in float32


@dataclass(frozen=True)
class Evaluation:
    """What a model answered to texts.

    Attributes:
        name: the artifact or checkpoint, as the user named it.
        target: its graphs, or `ORIGINAL`.
        recipe: how it was quantized.
        task: what it answers.
        predictions: one per text.
        latency_ms: median time for one text, tokenizing included, one thread; None where nobody would wait
            for it, as for an original.
    """

    name: str
    target: str
    recipe: str
    task: Task
    predictions: tuple[Prediction, ...]
    latency_ms: float | None


@dataclass(frozen=True)
class Measure:
    """A metric, and how it differs from the first model's.

    Attributes:
        value: accuracy, micro-F1, exact match (0 to 1), Pearson's correlation (−1 to 1) or the mean absolute
            error.
        standard_error: of the value; None where a single text leaves it open.
        change: the value less the first model's.
        change_error: the standard error of the change, which is smaller: both answered the same texts.
    """

    value: float
    standard_error: float | None
    change: float
    change_error: float | None


@dataclass(frozen=True)
class Row:
    """A model in a comparison; differences are from the first row.

    Attributes:
        name: the artifact or checkpoint, as the user named it.
        target: its graphs, or `ORIGINAL`.
        recipe: how it was quantized.
        examples: how many texts.
        truncated: how many of them were longer than the model reads.
        metrics: by name, the usual one first; none without labels.
        agreement: the share of equal answers, 0 to 1; for regression of values within 1e-3.
        max_logit_difference: the largest change of a logit.
        max_score_difference: the largest change of a probability, or of the value for regression.
        latency_ms: as in `Evaluation`.
    """

    name: str
    target: str
    recipe: str
    examples: int
    truncated: int
    metrics: Mapping[str, Measure]
    agreement: float
    max_logit_difference: float
    max_score_difference: float
    latency_ms: float | None

    @property
    def changed(self) -> int:
        """How many answers differ."""
        return round((1 - self.agreement) * self.examples)

    def as_json(self) -> dict[str, Any]:
        """The row as JSON values; what is not a number is null."""
        measures = {name: dataclasses.asdict(each) for name, each in self.metrics.items()}
        values = {
            "artifact": self.name,
            "target": self.target,
            "recipe": self.recipe,
            "examples": self.examples,
            "truncated": self.truncated,
            **{name: each.pop("value") for name, each in measures.items()},
            "agreement": self.agreement,
            "max_logit_difference": self.max_logit_difference,
            "max_score_difference": self.max_score_difference,
            "latency_ms": self.latency_ms,
        }
        errors = {name: {key: _number(each[key]) for key in each} for name, each in measures.items()}
        return {**{key: _number(value) for key, value in values.items()}, "errors": errors}


def examples_of(table: Table, task: Task) -> tuple[list[Example], bool]:
    """The texts of a file for a task, and whether it says what is right for each.

    Raises:
        InputError: the file is empty, has other columns, or holds an unknown label.
    """
    if table.is_labelled:
        return table.examples(task.problem_type, task.labels), True
    return [Example(text, frozenset()) for text in table.texts()], False


def check_comparable(first: str, task: Task, name: str, other: Task) -> None:
    """Raises InputError unless two models have the same labels in the same order, whatever their case."""
    if task.problem_type != other.problem_type:
        raise InputError(
            f"{name}: its problem type is {other.problem_type}, that of {first} {task.problem_type}; "
            "compare models of one task"
        )
    one, two = ([label.casefold() for label in each.labels] for each in (task, other))
    if one == two or task.labels == other.labels:
        return
    found, expected = (",".join(each.labels) for each in (other, task))
    told = f"{name}: its labels are {found:.80}, those of {first} {expected:.80}"
    if sorted(one) == sorted(two):
        raise InputError(f"{told}: another order, so that its numbers mean other labels; correct one of them")
    raise InputError(
        f"{told}; compare models with the same labels, and name them with --labels where one has only numbers"
    )


def compare(
    evaluations: Sequence[Evaluation], examples: Sequence[Example], labelled: bool
) -> tuple[Row, ...]:
    """A row for each evaluation of the same texts; without labels, only what differs from the first.

    Raises:
        InputError: they have other labels.
    """
    first = evaluations[0]
    rows = []
    for evaluation in evaluations:
        check_comparable(first.name, first.task, evaluation.name, evaluation.task)
        predictions = _renamed(evaluation, first.task.labels)
        same, difference = agreement(predictions, first.predictions)
        scores = (_scores(each) for each in (predictions, first.predictions))
        rows.append(
            Row(
                name=evaluation.name,
                target=evaluation.target,
                recipe=evaluation.recipe,
                examples=len(examples),
                truncated=sum(prediction.truncated for prediction in predictions),
                metrics=_measures(first, predictions, examples) if labelled else {},
                agreement=same,
                max_logit_difference=difference,
                max_score_difference=float(np.abs(np.subtract(*scores)).max()),
                latency_ms=evaluation.latency_ms,
            )
        )
    return tuple(rows)


def _measures(
    first: Evaluation, predictions: Sequence[Prediction], examples: Sequence[Example]
) -> dict[str, Measure]:
    kind, labels = first.task.problem_type, first.task.labels
    value, former = (measure(kind, labels, each, examples) for each in (predictions, first.predictions))
    pull, pulled = (influences(kind, labels, each, examples) for each in (predictions, first.predictions))
    return {
        name: Measure(
            value=value[name],
            standard_error=_standard_error(pull[name]),
            change=value[name] - former[name],
            change_error=_standard_error(pull[name] - pulled[name]),
        )
        for name in value
    }


def _standard_error(pull: NDArray[np.float64]) -> float | None:
    """Of a metric whose influences these are."""
    return float(np.sqrt(np.square(pull).sum())) / len(pull) if len(pull) > 1 else None


def _renamed(evaluation: Evaluation, labels: Sequence[str]) -> tuple[Prediction, ...]:
    """The predictions with the labels as the first model spells them."""
    if evaluation.task.labels == tuple(labels):
        return evaluation.predictions
    names = dict(zip(evaluation.task.labels, labels, strict=True))
    return tuple(
        replace(
            each,
            label=None if each.label is None else names[each.label],
            labels=None if each.labels is None else tuple(names[label] for label in each.labels),
        )
        for each in evaluation.predictions
    )


def _scores(predictions: Sequence[Prediction]) -> NDArray[np.float64]:
    """Probabilities or values [texts, labels]."""
    return np.array([(each.value,) if each.probs is None else each.probs for each in predictions], np.float64)


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
