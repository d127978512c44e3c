"""LiteRT (TensorFlow Lite)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import Segment
from litebert.errors import ArtifactError, first_line


class LiteRtSession:
    """A signature opened by LiteRT; a lock makes its one runner safe to share between threads."""

    def __init__(self, runner: Any, segment: Segment, path: Path) -> None:
        """Args: a signature runner, the segment it was opened from, and that graph's file."""
        self._runner = runner
        self._segment = segment
        self._path = path
        self._lock = Lock()

    def run(self, inputs: Mapping[str, NDArray[np.int32]]) -> dict[str, NDArray[np.float32]]:
        """The segment's outputs by name for inputs [1, tokens] by name.

        Raises:
            ArtifactError: the graph is not what the manifest says.
        """
        feeds = {name: inputs[name] for name in self._segment.inputs}
        with self._lock, _refusals(self._path):
            outputs = self._runner(**feeds)
            return {name: outputs[name] for name in self._segment.outputs}


def open_session(folder: Path, segment: Segment, threads: int) -> LiteRtSession:
    """Opens one segment, a signature of a memory-mapped file.

    Raises:
        ArtifactError: LiteRT refuses the graph.
    """
    from ai_edge_litert.interpreter import Interpreter

    path = folder / segment.file
    with _refusals(path):
        interpreter = Interpreter(model_path=str(path), num_threads=threads)
        return LiteRtSession(interpreter.get_signature_runner(segment.entry), segment, path)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Turns what LiteRT raises into an ArtifactError about a graph."""
    try:
        yield
    except (ValueError, RuntimeError, KeyError) as error:
        raise ArtifactError(
            f"{path}: LiteRT refuses it ({first_line(error)}); export the model again"
        ) from error
