"""Models side by side on the same texts: the quality of each, and its differences from the first one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert.errors import InputError
from litebert.tasks.measures import Measures, Words, agreement
from litebert.tasks.protocol import Answer

ORIGINAL = "original"  # in place of a target: the checkpoint itself, computed in float32


@dataclass(frozen=True)
class Evaluation:
    """A model's answers to texts.

    Attributes:
        name: the artifact or checkpoint, as the user named it.
        target: its target, or `ORIGINAL`.
        recipe: the name of the recipe that quantized it.
        measures: the measures of its task.
        answers: one per text.
        latency_ms: median time for one text, tokenizing included, one thread; None where its time is of no
            interest, as for an original.
    """

    name: str
    target: str
    recipe: str
    measures: Measures[Any]
    answers: tuple[Answer, ...]
    latency_ms: float | None


@dataclass(frozen=True)
class MetricFigure:
    """A metric, and its change from the first model.

    Attributes:
        value: the metric's value, such as an accuracy from 0 to 1.
        standard_error: the standard error of the value; None where a single text leaves it open.
        change: the value less the first model's.
        change_error: the standard error of the change; it is smaller, as both models answered the same texts.
    """

    value: float
    standard_error: float | None
    change: float
    change_error: float | None


@dataclass(frozen=True)
class ComparisonRow:
    """A model in a comparison; differences are from the first row.

    Attributes:
        name: the artifact or checkpoint, as the user named it.
        target: its target, or `ORIGINAL`.
        recipe: the name of the recipe that quantized it.
        examples: the number of texts.
        truncated: the number of texts that are longer than the model reads.
        metrics: by name, the usual one first; none without gold answers.
        agreement: the share of answers that the task counts as equal, 0 to 1.
        differences: the largest of each of the task's differences, by name, such as `logit`.
        latency_ms: as in `Evaluation`.
        words: the words for these figures in tables.
    """

    name: str
    target: str
    recipe: str
    examples: int
    truncated: int
    metrics: Mapping[str, MetricFigure]
    agreement: float
    differences: Mapping[str, float]
    latency_ms: float | None
    words: Words

    @property
    def moved(self) -> float:
        """The largest change of the number that tables show, such as a probability."""
        return [*self.differences.values()][-1]

    @property
    def changed(self) -> int:
        """The number of answers that differ from the first row's."""
        return round((1 - self.agreement) * self.examples)

    def as_json(self) -> dict[str, Any]:
        """The row as JSON values; a number that is not finite is null."""
        measures = {name: dataclasses.asdict(each) for name, each in self.metrics.items()}
        values = {
            "artifact": self.name,
            "target": self.target,
            "recipe": self.recipe,
            "examples": self.examples,
            "truncated": self.truncated,
            **{name: each.pop("value") for name, each in measures.items()},
            "agreement": self.agreement,
            **{f"max_{name}_difference": value for name, value in self.differences.items()},
            "latency_ms": self.latency_ms,
        }
        errors = {name: {key: _number(each[key]) for key in each} for name, each in measures.items()}
        return {**{key: _number(value) for key, value in values.items()}, "errors": errors}


def check_comparable(first: str, measures: Measures[Any], name: str, other: Measures[Any]) -> None:
    """Raises InputError unless answers of two models can be compared; `name` is the other model's."""
    problem = measures.unlike(other, first)
    if problem is not None:
        raise InputError(f"{name}: {problem}")


def compare(
    evaluations: Sequence[Evaluation], golds: Sequence[Any] | None = None
) -> tuple[ComparisonRow, ...]:
    """A row for each evaluation of the same texts; without gold answers, only the differences from the first.

    Raises:
        InputError: two models have different tasks or labels.
    """
    first, measures = evaluations[0], evaluations[0].measures
    rows = []
    for evaluation in evaluations:
        check_comparable(first.name, measures, evaluation.name, evaluation.measures)
        answers = [measures.adopted(answer, evaluation.measures) for answer in evaluation.answers]
        same, differences = agreement(measures, answers, first.answers)
        rows.append(
            ComparisonRow(
                name=evaluation.name,
                target=evaluation.target,
                recipe=evaluation.recipe,
                examples=len(answers),
                truncated=sum(answer.truncated for answer in answers),
                metrics={} if golds is None else _measures(first, answers, golds),
                agreement=same,
                differences=differences,
                latency_ms=evaluation.latency_ms,
                words=measures.words,
            )
        )
    return tuple(rows)


def _measures(first: Evaluation, answers: Sequence[Answer], golds: Sequence[Any]) -> dict[str, MetricFigure]:
    measures = first.measures
    value, former = (measures.metrics(each, golds) for each in (answers, first.answers))
    pull, pulled = (measures.influences(each, golds) for each in (answers, first.answers))
    return {
        name: MetricFigure(
            value=value[name],
            standard_error=_standard_error(pull[name]),
            change=value[name] - former[name],
            change_error=_standard_error(pull[name] - pulled[name]),
        )
        for name in value
    }


def _standard_error(pull: NDArray[np.float64]) -> float | None:
    """The standard error of a metric with these influences."""
    return float(np.sqrt(np.square(pull).sum())) / len(pull) if len(pull) > 1 else None


def _number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
