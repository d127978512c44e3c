"""The questions that measuring tools ask of a task; a model that only answers never imports this."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from litebert.tasks.label_column import Cells

A = TypeVar("A")


@dataclass(frozen=True)
class Metric:
    """A figure for the quality of answers.

    Attributes:
        title: its name in a table.
        is_share: whether it is from 0 to 1, and shown in percent.
    """

    title: str
    is_share: bool


@dataclass(frozen=True)
class Words:
    """The words for the figures of a task in tables.

    Attributes:
        moved: the number whose change is the last of `Measures.differences`, such as "a probability".
        is_exact: whether `Measures.same` is equality, so that tables show the share of equal answers.
        metrics: the metrics of `Measures.metrics` by name; none where labels are of no use to the task.
    """

    moved: str
    is_exact: bool
    metrics: Mapping[str, Metric]


class Measures(Protocol[A]):
    """The part of a task that compares answers, reads gold answers and computes metrics."""

    @property
    def words(self) -> Words:
        """The words for the figures of this task in tables."""

    def same(self, one: A, other: A) -> bool:
        """Whether two answers to a text count as equal."""

    def differences(self, one: A, other: A) -> Mapping[str, float]:
        """The differences of two answers to a text by name, such as `logit`; tables show the last one."""

    def unlike(self, other: Any, name: str) -> str | None:
        """The reason why answers of two models cannot be compared.

        Args:
            other: the other model's task.
            name: this model's name, as the user gave it.

        Returns:
            The reason, as a sentence about the other model; None where their answers can be compared.
        """

    def adopted(self, answer: A, other: Any) -> A:
        """The answer of a comparable model, with labels spelt as this task spells them.

        Args:
            answer: the other model's answer.
            other: the other model's task.
        """

    def gold(self, cells: Cells) -> Sequence[Any] | None:
        """The right answer of each row of a data file, from its column of labels.

        Returns:
            One gold answer a row: a value of JSON, since a benchmark sends it to devices, but not None. None
            in all where labels are of no use to the task.

        Raises:
            InputError: a row has no label, or one that the task does not know.
        """

    def checked(self, golds: Iterable[Any], texts: int) -> Sequence[Any]:
        """The gold answers that a caller in Python gives, one for each text.

        Raises:
            InputError: one is none of this task's, or there are not as many as texts.
        """

    def right(self, answer: A, gold: Any) -> bool | None:
        """Whether an answer is right; None where a task's answers are neither right nor wrong."""

    def metrics(self, answers: Sequence[A], golds: Sequence[Any]) -> Mapping[str, float]:
        """The task's usual metrics by name, the most usual one first."""

    def influences(self, answers: Sequence[A], golds: Sequence[Any]) -> Mapping[str, NDArray[np.float64]]:
        """The pull of each row on each metric, up or down: [rows], of sum 0; NaN where the metric is.

        To first order, a metric of other rows differs by their mean influence. So its standard error is the
        standard deviation of the influences over the root of their number (Hampel 1974, The influence curve
        and its role in robust estimation).
        """


def agreement(
    measures: Measures[Any], one: Sequence[Any], other: Sequence[Any]
) -> tuple[float, dict[str, float]]:
    """The share of equal answers (0 to 1), and the largest of the task's differences, by name."""
    pairs = list(zip(one, other, strict=True))
    same = sum(measures.same(a, b) for a, b in pairs) / len(pairs)
    found = [measures.differences(a, b) for a, b in pairs]
    return same, {name: max(each[name] for each in found) for name in found[0]}
