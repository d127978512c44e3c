"""The tasks that a model can be made for: a module and a line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from litebert.outputs import Output
from litebert.tasks import embeddings, sequence_classification
from litebert.tasks.protocol import Task

Parse: TypeAlias = "Callable[[Mapping[str, Any], tuple[Output, ...]], Task[Any]]"

# By the name in a manifest: a task from its facts there, and from the outputs of the network.
TASKS: dict[str, Parse] = {each.NAME: each.parse for each in (embeddings, sequence_classification)}
