"""What the runtime, and the tools that measure, ask of a task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from numpy.typing import NDArray

from litebert.outputs import Output, Outputs
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


class Task(Protocol[A]):
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

    def same(self, one: A, other: A) -> bool:
        """Whether two answers to a text count as equal."""

    def gold(self, cells: Any) -> Sequence[Any]:
        """The right answer of each row of a data file, from its column of labels.

        Raises:
            InputError: a row has none, or one that the task does not know.
        """

    def right(self, answer: A, gold: Any) -> bool | None:
        """Whether an answer is right; None where a task's answers are not simply right or wrong."""

    def metrics(self, answers: Sequence[A], golds: Sequence[Any]) -> Mapping[str, float]:
        """The metrics usual for the task, by name, the usual one first."""

    def influences(self, answers: Sequence[A], golds: Sequence[Any]) -> Mapping[str, NDArray[Any]]:
        """How far each row pulls each metric: [rows], their sum is 0 (see `metrics`)."""
