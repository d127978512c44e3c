"""The tasks of models: a module and a line for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from litebert.outputs import Output
    from litebert.tasks.protocol import Task

Parse: TypeAlias = "Callable[[Mapping[str, Any], tuple[Output, ...]], Task[Any]]"


def _parser(module: str) -> Parse:
    """The `parse` of a module; the module is imported when an artifact needs it."""

    def parse(facts: Mapping[str, Any], outputs: tuple[Output, ...]) -> Task[Any]:
        task: Task[Any] = import_module(f"{__name__}.{module}").parse(facts, outputs)
        return task

    return parse


# By the name in a manifest: makes a task from its facts there and the outputs of the network.
TASKS: dict[str, Parse] = {
    "embeddings": _parser("embeddings"),
    "sequence-classification": _parser("sequence_classification"),
}
