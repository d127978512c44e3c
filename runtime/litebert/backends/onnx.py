"""ONNX Runtime."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from litebert.backends import ENGINE_ERRORS, Opening
from litebert.errors import ArtifactError, first_line
from litebert.forks import forked_in_a_call
from litebert.machine import read_cpu
from litebert.targets import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOG_FATAL_ONLY = 4  # errors are raised as well


class OnnxSession:
    """A segment opened by ONNX Runtime, whose sessions are thread-safe."""

    def __init__(self, session: Any, segment: Segment, path: Path) -> None:
        """Args: an onnxruntime.InferenceSession, the segment it was opened from, and that graph's file."""
        self._session = session
        self._segment = segment
        self._path = path

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The segment's outputs by name for its inputs by name.

        Raises:
            ArtifactError: the graph differs from the manifest's facts.
        """
        feeds = {name: inputs[name] for name in self._segment.inputs}
        with _refusals(self._path):
            outputs = self._session.run(list(self._segment.outputs), feeds)
        return dict(zip(self._segment.outputs, outputs, strict=True))


def opener(folder: Path, threads: int, opening: Opening) -> Callable[[Segment], OnnxSession]:
    """A function that opens segments with exact int8 sums; its memory grows with the longest text so far."""
    options = session_options(threads)

    def open_segment(segment: Segment) -> OnnxSession:
        path = folder / segment.file
        with opening(segment.file):
            return OnnxSession(open_session(path, options), segment, path)

    return open_segment


def session_options(threads: int) -> Any:
    """The onnxruntime.SessionOptions of every session.

    Telemetry is off. Since 1.29 it reports each model to Microsoft, and its thread keeps a forked process
    from ending. A program that imports onnxruntime before us decides for itself.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _LOG_FATAL_ONLY
    options.enable_mem_pattern = False  # lengths vary: a plan per shape would only grow
    options.enable_mem_reuse = False  # planning it is quadratic; the arena does it anyway
    if _share_arena() and not forked_in_a_call():  # whose lock a thread of the parent may have held
        options.add_session_config_entry("session.use_env_allocators", "1")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    if read_cpu().int8_sums_saturate:
        options.add_session_config_entry("session.x64quantprecision", "1")
    return options


def open_session(path: Path, options: Any) -> Any:
    """The onnxruntime.InferenceSession of a graph's file.

    Raises:
        ArtifactError: ONNX Runtime refuses it.
    """
    import onnxruntime

    with _refusals(path):
        return onnxruntime.InferenceSession(
            str(path),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],  # the fused operator is slower
            enable_fallback=0,  # a second attempt would print and fail as the first
        )


@cache
def _share_arena() -> bool:
    """Whether sessions can share an arena: a segment then finds warm buffers in the cache."""
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, RuntimeException

    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    try:
        onnxruntime.create_and_register_allocator(memory, None)
    except (Fail, RuntimeException, RuntimeError):  # the program has registered one of its own
        return False
    return True


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Turns ONNX Runtime's errors into an ArtifactError about a graph."""
    try:
        yield
    except _errors() as error:
        cure = "export the model again"
        if "multiple hard links" in str(error):
            cure = "copy the artifact without hard links, as with cp -r"
        elif any(each.is_symlink() for each in path.parent.glob("*")):  # see microsoft/onnxruntime#27353
            cure = "upgrade it, or copy the artifact without links (hf download NAME --local-dir FOLDER)"
        raise ArtifactError(f"{path}: ONNX Runtime refuses it ({first_line(error)}); {cure}") from error


@cache
def _errors() -> tuple[type[Exception], ...]:
    """The errors of ONNX Runtime: one for each of its status codes, without a common root, and others."""
    from onnxruntime.capi import onnxruntime_pybind11_state as ort

    kinds = (kind for kind in vars(ort).values() if isinstance(kind, type))
    return (*(kind for kind in kinds if issubclass(kind, Exception)), *ENGINE_ERRORS)
