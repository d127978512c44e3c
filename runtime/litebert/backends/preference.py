"""The engine that answers fastest on this machine.

Time of LiteRT as a share of ONNX Runtime's, one thread, texts one by one, 8 to 128 tokens:

| graphs | CPU | share |
|---|---|---|
| int8 | with VNNI: Zen 5 (benchmarks/results), a Xeon with AMX | .34 to .70 |
| int8 | without: Zen 1; that Xeon, its VNNI and AVX-512 hidden by CPUID | 1.22; .67 to 1.06 |
| int8 | emulated Cortex-A76 with dotprod, A72 without, instructions | .76, 1.01 |
| float32 | Zen 5; that Xeon; emulated Cortex-A72, A76, instructions | .67 to 1.04; .94 to 1.41; 1.01, 1.07 |

A call with many short texts of one length is another matter: ONNX Runtime runs them together. Eight texts of
8 tokens take LiteRT 1.6 of its time with int8 on the Xeon, 2.4 with float32; of 32 tokens .75 and 1.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from litebert.graph_formats import FORMATS, ONNX, TFLITE
from litebert.machine import read_cpu
from litebert.targets import FLOAT32, Target

_ONNXRUNTIME, _LITERT = "onnxruntime", "ai-edge-litert"


class Preference(NamedTuple):
    """The engine that "auto" tries first.

    Attributes:
        engine: its name.
        reason: the reason for that.
        is_faster: whether it answers faster here than the engines of the artifact's other graphs.
    """

    engine: str
    reason: str
    is_faster: bool = False


def preferred(targets: Mapping[str, Target]) -> Preference:
    """The engine that answers an artifact's texts fastest here, installed or not."""
    tflite = targets.get(TFLITE.name)
    if tflite is None or ONNX.name not in targets:
        titles = " and ".join(FORMATS[name].title for name in targets)
        engine = _ONNXRUNTIME if tflite is None else _LITERT
        return Preference(engine, f"the artifact has {titles} graphs only")
    if tflite.lengths:
        return Preference(_ONNXRUNTIME, "the TFLite graphs pad every text to a fixed length")
    if tflite.arithmetic == FLOAT32:
        return Preference(
            _ONNXRUNTIME, "with float32 no engine is faster on every CPU, and this one is with batches"
        )
    cpu = read_cpu()
    if not cpu.has_dot_products:
        return Preference(_ONNXRUNTIME, "LiteRT is not faster on this CPU, which lacks VNNI or dotprod")
    if cpu.features is None:
        return Preference(
            _LITERT, "it is faster with int8 if the CPU has VNNI or dotprod, as most have", True
        )
    return Preference(_LITERT, "it is faster with int8 on this CPU, which has VNNI or dotprod", True)
