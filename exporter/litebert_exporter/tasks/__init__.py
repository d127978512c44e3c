"""The tasks that a model can be exported for: a module and a line each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from litebert import UnsupportedModelError
from litebert.tasks import TASKS as RUNTIME_TASKS
from litebert.tasks.protocol import Task
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import names
from litebert_exporter.spec import Student
from litebert_exporter.tasks.protocol import ExportTask, TaskKind

TASKS: Mapping[str, TaskKind] = {
    kind.name: kind
    for kind in (
        import_module(f"{__name__}.{module}").TASK for module in ("embeddings", "sequence_classification")
    )
}
_USUAL = "sequence-classification"  # the task of a checkpoint that names none: most are classifiers
_UNKNOWN = ("ForTokenClassification", "ForQuestionAnswering", "ForMultipleChoice")


def runtime_task(task: ExportTask, student: Student) -> Task[Any]:
    """The runtime's task, from the facts that the manifest will hold."""
    return RUNTIME_TASKS[task.facts["name"]](task.facts, student.head.outputs)


def choose_task(checkpoint: Checkpoint) -> TaskKind:
    """The task of a checkpoint, named by its class in config.json or by files of the task's own.

    Raises:
        UnsupportedModelError: its class is made for a task that is not supported.
    """
    classes = names(checkpoint.config, "architectures")
    for name in classes:
        for kind in TASKS.values():
            if name.endswith(kind.classes):
                return kind
        if name.endswith(_UNKNOWN):
            raise UnsupportedModelError(
                f"{checkpoint.path}: {name} is not supported, expected a model for sequence classification; "
                "fine-tune the encoder for that"
            )
    return next((kind for kind in TASKS.values() if kind.is_for(checkpoint)), TASKS[_USUAL])
