"""The protocol of a task in the exporter: its checkpoints, its head, and its facts for the manifest."""

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
        """The inputs that the model was made for, one of `litebert.inputs.INPUTS`; None where unknown."""

    @property
    def max_tokens(self) -> int | None:
        """The limit that the task's own files state, special tokens included; None where they state none."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Assumptions and omissions made in resolving it, a line each."""

    @property
    def floor(self) -> float:
        """The summand in a text's scale, beside its largest value; see `differences`.

        It is 1 for logits, because small ones mean as little as small differences. It is 0 where only
        directions count.
        """

    @property
    def facts(self) -> Mapping[str, Any]:
        """The manifest's `task`: JSON values, `name` among them, which the runtime's task parses."""

    @property
    def reported(self) -> Mapping[str, Any]:
        """The facts in the report: those of the manifest, and others that its readers need."""

    @property
    def summary(self) -> str:
        """The facts in a line of the report."""

    @property
    def cell(self) -> str:
        """The content of a cell in a data file's label column, for a hint."""

    def cost(self, changed: int, texts: int, moved: float, raw: float) -> str:
        """The cost of a recipe in a line of the report.

        Args:
            changed: the number of answers that differ from the float model's.
            texts: the number of texts.
            moved: the largest change of an answer, by the measure that the runtime's task calls `moved`.
            raw: the largest change of a number in the network's outputs, over all exits.
        """

    def completed(self, other: Any) -> tuple[ExportTask, str | None]:
        """The task, completed with an artifact's names where it has none itself, and a note on that.

        Args:
            other: the artifact's task, of the same name.
        """


@dataclass(frozen=True)
class TaskKind:
    """A task as an entry of the registry, before it meets a model.

    Attributes:
        name: its name in the manifest.
        classes: the ends of the names of classes that are made for it, such as `ForSequenceClassification`.
        is_for: says whether a checkpoint whose class names no task belongs to it, by files of its own.
        specify: writes the spec of the encoder with the task's head, from a family and a checkpoint that the
            family adapted; raises CheckpointError, UnsupportedModelError.
        ignored: gives regular expressions of tensors that may be left over, those of the family included.
        resolve: makes the task from the checkpoint, its spec and the user's facts; raises CheckpointError,
            UnsupportedModelError.
        remembered: completes the user's facts with an artifact's task of this name, where config.json is
            silent.
    """

    name: str
    classes: tuple[str, ...]
    is_for: Callable[[Checkpoint], bool]
    specify: Callable[[Family, Checkpoint, Facts], Student]
    ignored: Callable[[Family, Checkpoint, Facts], tuple[str, ...]]
    resolve: Callable[[Checkpoint, Student, Facts], ExportTask]
    remembered: Callable[[Facts, Checkpoint, Any], Facts]
