"""The questions that tools which measure ask of a task; a model that only answers never imports this."""

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
    """A figure for how good answers are.

    Attributes:
        title: as a table calls it.
        is_share: whether it is from 0 to 1, and shown in percent.
    """

    title: str
    is_share: bool


@dataclass(frozen=True)
class Words:
    """How tables call the figures of a task.

    Attributes:
        moved: the number whose change is the last of `Measures.differences`, such as "a probability".
        is_exact: whether `Measures.same` is equality, so that tables show the share of equal answers.
        metrics: those of `Measures.metrics` by name; none where labels are of no use to the task.
    """

    moved: str
    is_exact: bool
    metrics: Mapping[str, Metric]


class Measures(Protocol[A]):
    """The part of a task that compares answers, reads gold answers and computes metrics."""

    @property
    def words(self) -> Words:
        """How tables call the figures of this task."""

    def same(self, one: A, other: A) -> bool:
        """Whether two answers to a text count as equal."""

    def differences(self, one: A, other: A) -> Mapping[str, float]:
        """How far two answers to a text differ, by name, such as `logit`; tables show the last one."""

    def unlike(self, other: Any, name: str) -> str | None:
        """Why answers of two models cannot be compared.

        Args:
            other: the other model's task.
            name: this model, as the user named it.

        Returns:
            The reason, said of the other model; None where their answers can be compared.
        """

    def adopted(self, answer: A, other: Any) -> A:
        """An answer of a model that can be compared, with labels spelt as this task spells them.

        Args:
            answer: the other model's.
            other: the other model's task.
        """

    def gold(self, cells: Cells) -> Sequence[Any] | None:
        """The right answer of each row of a data file, from its column of labels.

        Returns:
            One gold answer a row: a value that JSON can write, not None, since a benchmark sends it to
            devices. None where labels are of no use to the task.

        Raises:
            InputError: a row has no label, or one that the task does not know.
        """

    def checked(self, golds: Iterable[Any], texts: int) -> Sequence[Any]:
        """Gold answers that a caller in Python gives, once they are some of this task's, one for each text.

        Raises:
            InputError: they are not.
        """

    def right(self, answer: A, gold: Any) -> bool | None:
        """Whether an answer is right; None where a task's answers are not simply right or wrong."""

    def metrics(self, answers: Sequence[A], golds: Sequence[Any]) -> Mapping[str, float]:
        """The metrics usual for the task, by name, the usual one first."""

    def influences(self, answers: Sequence[A], golds: Sequence[Any]) -> Mapping[str, NDArray[np.float64]]:
        """How far each row pulls each metric up or down: [rows], their sum is 0; NaN where the metric is.

        To first order a metric of other rows differs by their mean influence, so its standard error is the
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
