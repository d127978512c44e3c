"""ONNX graphs that read files beside the artifact, or answer with no logits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from damage import ANSWER, TINY, Damage, Spoil
from manifests import seal
from onnx import TensorProto, helper, numpy_helper

GRAPH = "onnx/whole.onnx"


def _rewritten(change: Callable[[TensorProto], object]) -> Spoil:
    """A change of the first external tensor of the graph."""

    def spoil(folder: Path) -> None:
        (folder / "onnx/other.bin").write_bytes(b"x" * 1000)
        model = onnx.load(folder / GRAPH, load_external_data=False)
        change(next(each for each in model.graph.initializer if each.external_data))
        onnx.save(model, folder / GRAPH)
        seal(folder)

    return spoil


def _entry(number: int, value: str) -> Callable[[TensorProto], object]:
    return lambda tensor: setattr(tensor.external_data[number], "value", value)


_BAD: dict[str, tuple[Callable[[TensorProto], object], str]] = {
    "outside": (_entry(0, "../../secret.bin"), "which is none of the artifact's"),
    "absolute": (_entry(0, "/etc/hostname"), "which is none of the artifact's"),
    "not listed": (_entry(0, "other.bin"), "which is none of the artifact's"),
    "around": (_entry(0, "../onnx/weights.bin"), "which is none of the artifact's"),
    "of the other target": (_entry(0, "../tflite/model.tflite"), "which is none of the artifact's"),
    "in memory": (_entry(0, "*/_ORT_MEM_ADDR_/*"), "which is none of the artifact's"),
    "without an offset": (lambda tensor: tensor.external_data.pop(1), "from '' of onnx/weights.bin"),
    "without a length": (lambda tensor: tensor.external_data.pop(2), "it reads '' bytes from"),
    "before the start": (_entry(1, "-4"), "from '-4' of onnx/weights.bin"),
    "beyond the end": (_entry(1, "99999999"), "from '99999999' of onnx/weights.bin, which has"),
    "too long": (_entry(2, "99999999"), "it reads '99999999' bytes from"),
    "no number": (_entry(2, "0x10"), "it reads '0x10' bytes from"),
    "another digit": (_entry(2, "٣"), "it reads '٣' bytes from"),
    "twice": (
        lambda tensor: tensor.external_data.add(key="location", value="weights.bin"),
        "'location' twice",
    ),
    "unknown": (
        lambda tensor: tensor.external_data.add(key="prepacked", value="x"),
        "'prepacked' twice, or an unknown one",
    ),
}


def _constant(**value: Any) -> Any:
    return helper.make_node("Constant", [], ["logits"], **value)


_ODD: dict[str, Any] = {
    "no numbers": _constant(value=numpy_helper.from_array(np.full((1, 2), np.nan, np.float32))),
    "infinite": _constant(value=numpy_helper.from_array(np.full((1, 2), np.inf, np.float32))),
    "integers": _constant(value=numpy_helper.from_array(np.ones((1, 2), np.int64))),
    "strings": _constant(value_strings=[b"a", b"b"]),
    "a scalar": _constant(value_float=1.0),
    "a sequence": helper.make_node("SequenceConstruct", ["input_ids"], ["logits"]),
    "a number of 16 bits": helper.make_node("Cast", ["input_ids"], ["logits"], to=TensorProto.BFLOAT16),
    "three axes": _constant(value=numpy_helper.from_array(np.ones((1, 2, 2), np.float32))),
    "of another text": _constant(value=numpy_helper.from_array(np.ones((3, 2), np.float32))),
}


def _graph(node: Any) -> Spoil:
    """A graph of one node, which gives the logits."""

    def spoil(folder: Path) -> None:
        inputs = ("input_ids", "attention_mask", "token_type_ids")
        taken = [helper.make_tensor_value_info(name, TensorProto.INT32, ["b", "t"]) for name in inputs]
        body = helper.make_graph([node], "g", taken, [onnx.ValueInfoProto(name="logits")])
        opsets = [helper.make_opsetid("", 20)]
        onnx.save(helper.make_model(body, opset_imports=opsets, ir_version=9), folder / GRAPH)
        seal(folder)

    return spoil


ROWS = (
    *(
        Damage(f"graph/a place {name}", TINY, _rewritten(change), words)
        for name, (change, words) in _BAD.items()
    ),
    *(
        Damage(f"graph/an output {name}", TINY, _graph(node), "export the model again", at=ANSWER)
        for name, node in _ODD.items()
    ),
)
