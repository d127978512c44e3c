"""The engines: one file each, imported only when a model is opened with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import Segment
from litebert.errors import InputError, MissingExtraError


class Session(Protocol):
    """An opened segment; safe to call from several threads."""

    def run(self, inputs: Mapping[str, NDArray[np.int32]]) -> dict[str, NDArray[np.float32]]:
        """The segment's outputs by name for inputs [batch, tokens] by name."""


OpenSession = Callable[[Path, Segment, int], Session]


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

    def open(self, folder: Path, segment: Segment, threads: int) -> Session:
        """A session of this engine on one segment.

        Raises:
            MissingExtraError: the engine is not installed.
            ArtifactError: the engine refuses the graph.
        """
        if not self.installed:
            raise MissingExtraError(
                f'{self.name} is not installed; install it with pip install "litebert[{self.extra}]"'
            )
        open_session = import_module(f"litebert.backends.{self.extra}").open_session
        return cast("OpenSession", open_session)(folder, segment, threads)


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
