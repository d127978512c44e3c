"""What the runtime, and the tools that measure, ask of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from litebert.outputs import Output, Outputs
from litebert.tasks.label_column import Cells
from litebert.tokenizer import Encoding, Text

Logits: TypeAlias = "Sequence[float]"
Belief: TypeAlias = "Sequence[Logits]"  # [k][classes]: a row's k questions; it leaves when all k are sure


@dataclass(frozen=True)
class Outcome:
    """What the network gave for one text.

    Attributes:
        text: the text or pair.
        encoding: its tokens.
        outputs: the arrays of the exit that answered, by name.
        exit_layer: the layer behind which it answered, from 0; None for a student without exits.
    """

    text: Text
    encoding: Encoding
    outputs: Outputs
    exit_layer: int | None


class Answer(Protocol):
    """What every task's answer has; a task's own is a frozen dataclass with more."""

    @property
    def tokens(self) -> int:
        """How many tokens were read, special tokens included."""

    @property
    def truncated(self) -> bool:
        """Whether text beyond the limit was cut off."""


A = TypeVar("A", bound=Answer)


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
        moved: the number whose change is the last of `Measurable.differences`, such as "a probability".
        is_exact: whether `Measurable.same` is equality, so that tables show the share of equal answers.
        metrics: those of `Measurable.metrics` by name; none where labels are of no use to the task.
    """

    moved: str
    is_exact: bool
    metrics: Mapping[str, Metric]


class Measurable(Protocol[A]):
    """The part of a task that measures: compares answers, reads gold answers, computes metrics."""

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
            One gold answer a row, none of them None; None where labels are of no use to the task.

        Raises:
            InputError: a row has no label, or one that the task does not know.
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


class Task(Measurable[A], Protocol[A]):
    """A task: outputs to an answer, and how good answers are."""

    @property
    def name(self) -> str:
        """What a manifest calls it."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs that its head has."""

    def answer(self, outcome: Outcome) -> A:
        """The answer that outputs mean.

        Raises:
            ArtifactError: a number in them is not finite.
        """

    def belief(self, outputs: Outputs) -> Belief | None:
        """What exit rules decide by; None where a task has nothing of the kind."""
