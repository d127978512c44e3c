"""ONNX graphs that read files beside the artifact, or answer with no logits: refused with any engine."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnx import TensorProto, helper

from litebert.onnx_graph import external_data

pytest_plugins = ("bad_fixtures",)

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
