"""The questions that the runtime asks of a task; those of measuring tools are in `measures.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from litebert.exit_rules import Belief
from litebert.outputs import Outcome, Output, Outputs

if TYPE_CHECKING:  # a model that only answers does not need it
    from litebert.tasks.measures import Measures


class Answer(Protocol):
    """The fields that answers of all tasks have; a task's own is a frozen dataclass with more."""

    @property
    def tokens(self) -> int:
        """The number of tokens that were read, special tokens included."""

    @property
    def truncated(self) -> bool:
        """Whether text beyond the limit was cut off."""

    @property
    def exit_layer(self) -> int | None:
        """The layer, counted from 0, behind which the answer was given; None for a student without exits."""

    @property
    def line(self) -> str:
        """The answer in a line, for a terminal."""


A = TypeVar("A", bound=Answer)


class Task(Protocol[A]):
    """A task: turns the outputs of a network into an answer."""

    @property
    def name(self) -> str:
        """Its name in a manifest."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes, in the order of the outputs; empty where a task has none."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The outputs of the network."""

    def answer(self, outcome: Outcome) -> A:
        """The answer from a network's outputs.

        Raises:
            ArtifactError: a number in them is not finite.
        """

    @property
    def beliefs(self) -> str | None:
        """The content of a belief, `CLASSES` or `NUMBERS` of exit_rules; None for a task without exits."""

    def belief(self, outputs: Outputs) -> Belief:
        """The numbers that exit rules decide by; empty where a task has no exits."""

    @property
    def measures(self) -> Measures[A]:
        """The comparison of answers, gold answers and metrics; this call imports their module."""
