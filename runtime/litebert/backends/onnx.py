"""ONNX Runtime."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import Segment
from litebert.errors import ArtifactError

_LOG_ERRORS_ONLY = 3


class OnnxSession:
    """A segment opened by ONNX Runtime, whose sessions are thread-safe."""

    def __init__(self, session: Any, segment: Segment) -> None:
        """Args: an onnxruntime.InferenceSession and the segment it was opened from."""
        self._session = session
        self._segment = segment

    def run(self, inputs: Mapping[str, NDArray[np.int32]]) -> dict[str, NDArray[np.float32]]:
        """The segment's outputs by name for inputs [batch, tokens] by name."""
        outputs = self._session.run(
            list(self._segment.outputs), {name: inputs[name] for name in self._segment.inputs}
        )
        return dict(zip(self._segment.outputs, outputs, strict=True))


def open_session(folder: Path, segment: Segment, threads: int) -> OnnxSession:
    """Opens one segment with exact int8 arithmetic and memory bounded by the longest text so far.

    Raises:
        ArtifactError: ONNX Runtime refuses the graph.
    """
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as ort  # its errors have no common root

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _LOG_ERRORS_ONLY
    options.enable_mem_pattern = False  # lengths vary: a plan per shape would only grow
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    if _int8_sums_saturate():
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        session = onnxruntime.InferenceSession(
            str(folder / segment.file),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],  # the fused operator is slower (DESIGN 4)
        )
    except (
        ort.Fail,
        ort.InvalidArgument,
        ort.InvalidGraph,
        ort.InvalidProtobuf,
        ort.NotImplemented,
    ) as error:
        raise ArtifactError(
            f"{folder / segment.file}: ONNX Runtime refuses it ({_first_line(error)})"
        ) from error
    return OnnxSession(session, segment)


def _int8_sums_saturate() -> bool:
    """Whether this CPU adds u8×s8 products in 16 bits: x86-64 without VNNI, or x86-64 unknown."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return True
    return re.search(r"\bavx(512)?_vnni\b", flags) is None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
