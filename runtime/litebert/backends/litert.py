"""LiteRT (TensorFlow Lite)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from numpy.typing import NDArray

from litebert.errors import ArtifactError, first_line
from litebert.targets import Segment


class LiteRtSession:
    """A signature opened by LiteRT; a lock makes its interpreter safe to share between threads."""

    def __init__(self, runner: Any, segment: Segment, path: Path, lock: Lock) -> None:
        """Args: a signature runner, the segment it was opened from, that graph's file, and the lock."""
        self._runner = runner
        self._segment = segment
        self._path = path
        self._lock = lock

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The segment's outputs by name for its inputs by name, one row.

        Raises:
            ArtifactError: the graph is not what the manifest says.
        """
        feeds = {name: inputs[name] for name in self._segment.inputs}
        with self._lock, _refusals(self._path):
            outputs = self._runner(**feeds)
            return {name: outputs[name] for name in self._segment.outputs}


def opener(folder: Path, threads: int) -> Callable[[Segment], LiteRtSession]:
    """What opens a segment, a signature of a memory-mapped file that all segments share."""
    from ai_edge_litert.interpreter import Interpreter

    interpreters: dict[Path, Any] = {}
    lock = Lock()

    def open_segment(segment: Segment) -> LiteRtSession:
        path = folder / segment.file
        with lock, _refusals(path):
            if path not in interpreters:
                interpreters[path] = Interpreter(model_path=str(path), num_threads=threads)
            runner = interpreters[path].get_signature_runner(segment.entry)
        return LiteRtSession(runner, segment, path, lock)

    return open_segment


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Turns what LiteRT raises into an ArtifactError about a graph."""
    try:
        yield
    except (ValueError, RuntimeError, KeyError) as error:
        raise ArtifactError(
            f"{path}: LiteRT refuses it ({first_line(error)}); export the model again"
        ) from error
