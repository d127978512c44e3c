"""ONNX graphs that read files beside the artifact, or answer with no logits: refused by whatever engine."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from bad_inputs import Refuse
from manifests import BACKENDS, manifest_of, seal, without
from onnx import TensorProto, helper, numpy_helper

import litebert
from litebert import ArtifactError
from litebert.onnx_graph import external_data

pytest_plugins = ("bad_fixtures",)

GRAPH = "onnx/whole.onnx"
PLACE = {"location": "weights.bin", "offset": "0", "length": "4"}


def external(**facts: str) -> TensorProto:
    """A float32 [1] that is kept elsewhere."""
    tensor = TensorProto(name="t", dims=[1], data_type=TensorProto.FLOAT, data_location=TensorProto.EXTERNAL)
    for key, value in facts.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def graph(*tensors: TensorProto, nodes: Any = ()) -> Any:
    return helper.make_graph(list(nodes), "g", [], [], list(tensors))


def in_a_subgraph(tensor: TensorProto) -> Any:
    inner = graph(
        nodes=[helper.make_node("If", ["c"], ["y"], then_branch=graph(tensor), else_branch=graph())]
    )
    return graph(nodes=[helper.make_node("If", ["c"], ["y"], then_branch=graph(), else_branch=inner)])


def sparse(tensor: TensorProto) -> Any:
    return onnx.SparseTensorProto(values=tensor, indices=TensorProto(), dims=[1])


HIDDEN: dict[str, Callable[[TensorProto], Any]] = {
    "an initializer": lambda t: helper.make_model(graph(t)),
    "a constant": lambda t: helper.make_model(
        graph(nodes=[helper.make_node("Constant", [], ["c"], value=t)])
    ),
    "constants": lambda t: helper.make_model(graph(nodes=[helper.make_node("X", [], ["c"], values=[t, t])])),
    "a subgraph of a subgraph": lambda t: helper.make_model(in_a_subgraph(t)),
    "subgraphs": lambda t: helper.make_model(graph(nodes=[helper.make_node("X", [], [], gs=[graph(t)])])),
    "a sparse initializer": lambda t: helper.make_model(onnx.GraphProto(sparse_initializer=[sparse(t)])),
    "a sparse constant": lambda t: helper.make_model(
        graph(nodes=[helper.make_node("Constant", [], ["c"], sparse_value=sparse(t))])
    ),
    "a function": lambda t: onnx.ModelProto(
        functions=[onnx.FunctionProto(node=[helper.make_node("Constant", [], ["c"], value=t)])]
    ),
    "a default of a function": lambda t: onnx.ModelProto(
        functions=[onnx.FunctionProto(attribute_proto=[helper.make_attribute("a", t)])]
    ),
    "training": lambda t: onnx.ModelProto(training_info=[onnx.TrainingInfoProto(algorithm=graph(t))]),
}


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN.keys())
def test_every_place_is_found(hide: Callable[[TensorProto], Any]) -> None:
    places = [*external_data(hide(external(**PLACE)).SerializeToString())]
    assert places and all(place == PLACE for place in places)


def test_what_we_write_reads_only_its_weights(artifact: Path, branched_artifact: Path) -> None:
    for path in [*artifact.glob("onnx/*.onnx"), *branched_artifact.glob("onnx/*.onnx")]:
        content = path.read_bytes()
        found = [*external_data(content)]
        assert {place["location"] for place in found} == {"weights.bin"}
        assert len(found) == content.count(b"weights.bin")


def rewrite(folder: Path, change: Callable[[TensorProto], object]) -> None:
    """Changes the first external tensor of the graph, and seals the artifact again."""
    model = onnx.load(folder / GRAPH, load_external_data=False)
    change(next(each for each in model.graph.initializer if each.external_data))
    onnx.save(model, folder / GRAPH)
    seal(folder)


def entry(number: int, value: str) -> Callable[[TensorProto], object]:
    return lambda tensor: setattr(tensor.external_data[number], "value", value)


BAD: dict[str, tuple[Callable[[TensorProto], object], str]] = {
    "outside": (entry(0, "../../secret.bin"), "which is none of the artifact's"),
    "absolute": (entry(0, "/etc/hostname"), "which is none of the artifact's"),
    "not listed": (entry(0, "other.bin"), "which is none of the artifact's"),
    "around": (entry(0, "../onnx/weights.bin"), "which is none of the artifact's"),
    "of the other target": (entry(0, "../tflite/model.tflite"), "which is none of the artifact's"),
    "in memory": (entry(0, "*/_ORT_MEM_ADDR_/*"), "which is none of the artifact's"),
    "without an offset": (lambda tensor: tensor.external_data.pop(1), "from '' of onnx/weights.bin"),
    "without a length": (lambda tensor: tensor.external_data.pop(2), "it reads '' bytes from"),
    "before the start": (entry(1, "-4"), "from '-4' of onnx/weights.bin"),
    "beyond the end": (entry(1, "99999999"), "from '99999999' of onnx/weights.bin, which has"),
    "too long": (entry(2, "99999999"), "it reads '99999999' bytes from"),
    "no number": (entry(2, "0x10"), "it reads '0x10' bytes from"),
    "another digit": (entry(2, "٣"), "it reads '٣' bytes from"),
    "twice": (
        lambda tensor: tensor.external_data.add(key="location", value="weights.bin"),
        "'location' twice",
    ),
    "unknown": (
        lambda tensor: tensor.external_data.add(key="prepacked", value="x"),
        "'prepacked' twice, or an unknown one",
    ),
}


@pytest.mark.parametrize(("change", "words"), BAD.values(), ids=BAD.keys())
def test_a_place_that_is_none(
    change: Callable[[TensorProto], object], words: str, artifact_copy: Path, refuse_run: Refuse
) -> None:
    Path("secret.bin").write_bytes(b"x" * 100_000)
    (artifact_copy / "onnx/other.bin").write_bytes(b"x" * 100_000)
    rewrite(artifact_copy, change)
    for command_line in (("run", "copy", "a"), ("inspect", "copy"), ("verify", "copy")):
        line = refuse_run(ArtifactError, *command_line)
        assert f"copy/{GRAPH}: " in line and words in line and "export the model again" in line
    for backend in BACKENDS:  # an artifact is sound or not, whichever engine is asked for
        with pytest.raises(ArtifactError):
            litebert.load(artifact_copy, backend)


def test_weights_that_the_manifest_does_not_list(artifact_copy: Path, refuse_run: Refuse) -> None:
    seal(artifact_copy, without(manifest_of(artifact_copy), ("files", "onnx/weights.bin")))
    line = refuse_run(ArtifactError, "inspect", "copy")
    assert f"copy/{GRAPH}: it reads the file 'weights.bin', which is none of the artifact's" in line


@pytest.mark.parametrize(
    "content",
    [
        b"\x0f",
        b"\x0b",
        b"\x3a\x05abc",
        b"\x3a",
        b"\x00\x00",
        b"\xff" * 11,
        b"\x09abc",
        b"\xba\x80\x80\x80\x10\x00",  # field 7 with a bit too many, which some parsers drop
    ],
)
def test_bytes_that_are_no_graph(content: bytes) -> None:
    with pytest.raises(ValueError, match="not an ONNX graph"):
        list(external_data(content))


def test_a_graph_nested_without_end() -> None:
    content = helper.make_model(graph(external(**PLACE))).graph.SerializeToString()
    for _ in range(60):
        content = _field(1, _field(5, _field(6, content)))  # a graph in an attribute of a node
    with pytest.raises(ValueError, match="not an ONNX graph"):
        list(external_data(_field(7, content)))


def _field(number: int, content: bytes) -> bytes:
    length, parts = len(content), bytearray()
    while length >= 128:
        parts.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2, *parts, length]) + content


def test_any_bytes_are_a_graph_or_are_not() -> None:
    moments = random.Random(0)
    sound = helper.make_model(in_a_subgraph(external(**PLACE))).SerializeToString()
    for _ in range(3000):
        changed = bytearray(sound)
        for _ in range(moments.choice((1, 3))):
            changed[moments.randrange(len(changed))] = moments.randrange(256)
        try:
            list(external_data(bytes(changed)))
        except ValueError:
            continue


def test_a_name_that_mentions_a_location_is_no_place() -> None:
    tensor = TensorProto(name="location", dims=[1], data_type=TensorProto.FLOAT, raw_data=b"\0" * 4)
    assert [*external_data(helper.make_model(graph(tensor)).SerializeToString())] == []


def constant(**value: Any) -> Any:
    return helper.make_node("Constant", [], ["logits"], **value)


ODD: dict[str, Any] = {
    "no numbers": constant(value=numpy_helper.from_array(np.full((1, 2), np.nan, np.float32))),
    "infinite": constant(value=numpy_helper.from_array(np.full((1, 2), np.inf, np.float32))),
    "integers": constant(value=numpy_helper.from_array(np.ones((1, 2), np.int64))),
    "strings": constant(value_strings=[b"a", b"b"]),
    "a scalar": constant(value_float=1.0),
    "a sequence": helper.make_node("SequenceConstruct", ["input_ids"], ["logits"]),
    "a number of 16 bits": helper.make_node("Cast", ["input_ids"], ["logits"], to=TensorProto.BFLOAT16),
    "three axes": constant(value=numpy_helper.from_array(np.ones((1, 2, 2), np.float32))),
    "of another text": constant(value=numpy_helper.from_array(np.ones((3, 2), np.float32))),
}


@pytest.mark.parametrize("node", ODD.values(), ids=ODD.keys())
def test_outputs_that_are_no_logits(node: Any, artifact_copy: Path, refuse_run: Refuse) -> None:
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    taken = [helper.make_tensor_value_info(name, TensorProto.INT32, ["b", "t"]) for name in inputs]
    body = helper.make_graph([node], "g", taken, [onnx.ValueInfoProto(name="logits")])
    opsets = [helper.make_opsetid("", 20)]
    onnx.save(helper.make_model(body, opset_imports=opsets, ir_version=9), artifact_copy / GRAPH)
    seal(artifact_copy)
    line = refuse_run(ArtifactError, "run", "copy", "a film", "--backend", "onnxruntime")
    assert "the graph gives" in line or "No corresponding Numpy type" in line
    assert "export the model again" in line
