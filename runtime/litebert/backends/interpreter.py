"""The Interpreter class, which all engines of TFLite files have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from litebert.backends import ENGINE_ERRORS, Opening
from litebert.backends.xnnpack_line import greet
from litebert.errors import ArtifactError, first_line
from litebert.targets import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class TfLiteEngine:
    """An engine that runs TFLite files.

    Attributes:
        name: its name in errors.
        interpreter: makes its Interpreter from `model_path` and `num_threads`.
        cure: the advice where it refuses a graph.
    """

    name: str
    interpreter: Callable[..., Any]
    cure: str

    @contextmanager
    def refusals(self, path: Path) -> Iterator[None]:
        """Turns the engine's errors into an ArtifactError about a graph."""
        try:
            yield
        except ENGINE_ERRORS as error:
            raise ArtifactError(
                f"{path}: {self.name} refuses it ({first_line(error)}); {self.cure}"
            ) from error


class TfLiteSession:
    """An opened signature; a lock makes its interpreter safe to share between threads."""

    def __init__(self, engine: TfLiteEngine, runner: Any, segment: Segment, path: Path, lock: Lock) -> None:
        """Args: engine, a signature runner, the segment it was opened from, that graph's file, the lock."""
        self._engine = engine
        self._runner = runner
        self._segment = segment
        self._path = path
        self._lock = lock

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The segment's outputs by name for its inputs by name, one row.

        Raises:
            ArtifactError: the graph differs from the manifest's facts.
        """
        feeds = {name: inputs[name] for name in self._segment.inputs}
        with self._lock, self._engine.refusals(self._path):
            outputs = self._runner(**feeds)
            return {name: outputs[name] for name in self._segment.outputs}


def tflite_opener(
    engine: TfLiteEngine, folder: Path, threads: int, opening: Opening
) -> Callable[[Segment], TfLiteSession]:
    """A function that opens a segment: a signature of a memory-mapped file that all segments share."""
    greet(engine.interpreter)
    interpreters: dict[Path, Any] = {}
    lock = Lock()

    def open_segment(segment: Segment) -> TfLiteSession:
        path = folder / segment.file
        with lock, engine.refusals(path):
            if path not in interpreters:
                with opening(segment.file):
                    interpreters[path] = engine.interpreter(model_path=str(path), num_threads=threads)
            runner = interpreters[path].get_signature_runner(segment.entry)
        return TfLiteSession(engine, runner, segment, path, lock)

    return open_segment
