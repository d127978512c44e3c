"""LiteRT (TensorFlow Lite)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import Segment
from litebert.errors import ArtifactError


class LiteRtSession:
    """A signature opened by LiteRT; a lock makes its one runner safe to share between threads."""

    def __init__(self, runner: Any, segment: Segment) -> None:
        """Args: a signature runner and the segment it was opened from."""
        self._runner = runner
        self._segment = segment
        self._lock = Lock()

    def run(self, inputs: Mapping[str, NDArray[np.int32]]) -> dict[str, NDArray[np.float32]]:
        """The segment's outputs by name for inputs [1, tokens] by name."""
        with self._lock:
            return dict(self._runner(**{name: inputs[name] for name in self._segment.inputs}))


def open_session(folder: Path, segment: Segment, threads: int) -> LiteRtSession:
    """Opens one segment, a signature of a memory-mapped file.

    Raises:
        ArtifactError: LiteRT refuses the graph.
    """
    from ai_edge_litert.interpreter import Interpreter

    try:
        interpreter = Interpreter(model_path=str(folder / segment.file), num_threads=threads)
        runner = interpreter.get_signature_runner(segment.entry)
    except (ValueError, RuntimeError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise ArtifactError(f"{folder / segment.file}: LiteRT refuses it ({first_line})") from error
    return LiteRtSession(runner, segment)
