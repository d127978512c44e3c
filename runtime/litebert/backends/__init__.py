"""The engines: one file each, imported only when a model is opened with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, cast

from numpy.typing import NDArray

from litebert.errors import InputError, MissingExtraError
from litebert.targets import Segment


class Session(Protocol):
    """An opened segment; safe to call from several threads."""

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The segment's outputs by name for its inputs by name; other inputs are not looked at."""


OpenSegment = Callable[[Segment], Session]


@dataclass(frozen=True)
class Engine:
    """What is known of an engine before it is imported.

    Attributes:
        name: what a user calls it.
        target: the target whose graphs it runs.
        module: the Python module it comes as.
        extra: our extra that installs it, and our module that drives it.
        stacks_rows: whether one call may hold several rows.
    """

    name: str
    target: str
    module: str
    extra: str
    stacks_rows: bool

    @property
    def installed(self) -> bool:
        """Whether its module can be found, without importing it."""
        return find_spec(self.module) is not None

    def opener(self, folder: Path, threads: int) -> OpenSegment:
        """What opens the segments of the artifact in a folder with this engine.

        It raises ArtifactError where the engine refuses a graph.

        Raises:
            MissingExtraError: the engine is not installed.
        """
        if not self.installed:
            raise MissingExtraError(
                f'{self.name} is not installed; install it with pip install "litebert[{self.extra}]"'
            )
        opener = import_module(f"litebert.backends.{self.extra}").opener
        return cast("OpenSegment", opener(folder, threads))


# The order is the order in which "auto" tries them.
ENGINES = (
    Engine("onnxruntime", "onnx", "onnxruntime", "onnx", stacks_rows=True),
    Engine("ai-edge-litert", "tflite", "ai_edge_litert", "litert", stacks_rows=False),
)
_SHORT_NAMES = {"onnx": "onnxruntime", "litert": "ai-edge-litert", "tflite": "ai-edge-litert"}


def choose_engine(backend: str, targets: Mapping[str, object]) -> Engine:
    """The engine that a `backend` argument means for an artifact with these targets.

    Raises:
        InputError: the name is unknown, or the artifact has no graph for that engine.
        MissingExtraError: no engine for any of its targets is installed.
    """
    if backend == "auto":
        fitting = [engine for engine in ENGINES if engine.target in targets]
        if not fitting:
            raise InputError(f"the artifact has graphs for {', '.join(targets)}; no engine here runs those")
        for engine in fitting:
            if engine.installed:
                return engine
        cures = " or ".join(f'pip install "litebert[{engine.extra}]"' for engine in fitting)
        raise MissingExtraError(f"no engine for this artifact is installed; use {cures}")
    name = _SHORT_NAMES.get(backend, backend)
    for engine in ENGINES:
        if engine.name == name:
            if engine.target not in targets:
                raise InputError(
                    f"backend {name} needs a {engine.target} graph, the artifact has "
                    f"{', '.join(targets)}; export it with --target {engine.target}"
                )
            return engine
    names = ", ".join(engine.name for engine in ENGINES)
    raise InputError(f"backend {backend!r} is unknown; expected auto, {names}")
