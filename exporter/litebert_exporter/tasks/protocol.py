"""What the exporter asks of a task: which checkpoints are its, which head answers, what the manifest says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.facts import Facts
from litebert_exporter.families.family import Family
from litebert_exporter.spec import Student


class ExportTask(Protocol):
    """A task with the facts of one model."""

    @property
    def inputs(self) -> str | None:
        """The inputs the model was made for, one of `litebert.inputs.INPUTS`; None where no file says."""

    @property
    def max_tokens(self) -> int | None:
        """The limit that the task's own files state, special tokens included; None where they state none."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Assumptions and omissions made in resolving it, a line each."""

    @property
    def floor(self) -> float:
        """The number that is added to a text's largest value before a difference is divided by it.

        1 for logits, since small ones mean as little as small differences; 0 where only directions count.
        """

    @property
    def facts(self) -> Mapping[str, Any]:
        """The manifest's `task`, with `name`: JSON values, which the runtime's task of that name parses."""

    @property
    def reported(self) -> Mapping[str, Any]:
        """The facts as the report has them, with what a reader of it needs to know beside."""

    @property
    def summary(self) -> str:
        """The facts in a line of the report."""

    @property
    def cell(self) -> str:
        """The content of a cell in a data file's label column, for a hint."""

    def cost(self, changed: int, texts: int, moved: float, raw: float) -> str:
        """The cost of a recipe in a line of the report.

        Args:
            changed: how many answers are not the float model's.
            texts: of so many.
            moved: the number that the runtime's task calls `moved`, at most.
            raw: the largest change of a number that the network gives, at all exits.
        """

    def completed(self, other: Any) -> tuple[ExportTask, str | None]:
        """The task with an artifact's names where it has none itself, and a note on that.

        Args:
            other: the artifact's task, of the same name.
        """


@dataclass(frozen=True)
class TaskKind:
    """A task before it meets a model.

    Attributes:
        name: its name in the manifest.
        classes: ends of the names of classes, such as `ForSequenceClassification`, that are made for it.
        is_for: whether a checkpoint whose class is of no task is its, by files of its own.
        specify: a family and a checkpoint, as the family adapts it, to the encoder with the task's head;
            raises CheckpointError, UnsupportedModelError.
        ignored: regular expressions of tensors that may be left over, those of the family included.
        resolve: the checkpoint, its spec and the user's facts to the task; raises CheckpointError,
            UnsupportedModelError.
        remembered: the user's facts, completed with an artifact's task of this name where config.json is
            silent.
    """

    name: str
    classes: tuple[str, ...]
    is_for: Callable[[Checkpoint], bool]
    specify: Callable[[Family, Checkpoint, Facts], Student]
    ignored: Callable[[Family, Checkpoint, Facts], tuple[str, ...]]
    resolve: Callable[[Checkpoint, Student, Facts], ExportTask]
    remembered: Callable[[Facts, Checkpoint, Any], Facts]
