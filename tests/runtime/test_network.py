"""Networks of any task, with stand-ins for graphs: outputs and axes, rows that leave, padding cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from litebert import ArtifactError
from litebert.exit_settings import leave_at
from litebert.graph_formats import BRANCHED, INDEPENDENT
from litebert.network import Branched, Network, open_network
from litebert.outputs import BATCH, TOKENS, Output, Outputs, parse_outputs
from litebert.target_parser import parse_target
from litebert.targets import EXIT_LAYER, FLOAT32, Exit, Segment, Target

WIDTH = 3
OUTPUTS = (Output("logits", (BATCH, TOKENS, 2)), Output("vector", (BATCH, WIDTH)))
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class _Tagger:
    """A task of two outputs, one of them per token."""

    outputs: tuple[Output, ...] = OUTPUTS

    def belief(self, outputs: Outputs) -> Sequence[Sequence[float]]:
        assert outputs["logits"].shape[1:] == (2,)
        return [*map(tuple, outputs["logits"].tolist())]


class _Graph:
    """A session whose outputs say which tokens it read: logits are the ids, the vector is their sum."""

    def __init__(self, segment: Segment, wrong: str) -> None:
        self._names = segment.outputs
        self._wrong = wrong

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        ids = inputs.get("ids", inputs.get("input_ids"))
        assert ids is not None
        made = {
            "logits": np.stack([ids, -ids], axis=2).astype(np.float32),
            "vector": np.repeat(ids.sum(axis=1, keepdims=True), WIDTH, axis=1).astype(np.float32),
            "ids": ids,
        }
        if self._wrong in made:
            made[self._wrong] = made[self._wrong][..., :1]
        return {name: made[name.removesuffix("_00")] for name in self._names}


def _segment(name: str, inputs: Sequence[str], outputs: Sequence[str]) -> Segment:
    return Segment(name, f"tflite/{name}.tflite", name, tuple(inputs), tuple(outputs))


WHOLE = (_segment("whole", ["input_ids", "attention_mask"], ["logits", "vector"]),)
SPLIT = (
    _segment("early", ["input_ids"], ["logits_00", "vector_00", "ids"]),
    _segment("late", ["ids"], ["logits", "vector"]),
)
EXITS = (
    Exit(0, {"logits": "logits_00", "vector": "vector_00"}, 0.5),
    Exit(1, {"logits": "logits", "vector": "vector"}, 1.0),
)


def _network(
    segments: tuple[Segment, ...],
    exits: tuple[Exit, ...] = (),
    lengths: tuple[int, ...] = (),
    wrong: str = "",
) -> Network:
    layout = "whole" if len(segments) == 1 else "split"
    target = Target("tflite", layout, "none", FLOAT32, INDEPENDENT, False, segments, exits, lengths=lengths)
    task: Any = _Tagger()
    return open_network(target, task, lambda segment: _Graph(segment, wrong), preload=False)


def _feeds(*rows: Sequence[int]) -> dict[str, NDArray[np.int32]]:
    ids = np.array(rows, np.int32)
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}


@pytest.mark.parametrize("lengths", [(), (2, 8)])
def test_a_row_gets_its_own_outputs_without_padding(lengths: tuple[int, ...]) -> None:
    network = _network(WHOLE, lengths=lengths)
    one, other = network.run(_feeds([1, 2, 3], [4, 5, 6]), None)
    assert one.outputs["logits"].tolist() == [[1, -1], [2, -2], [3, -3]]
    assert other.outputs["vector"].tolist() == [15] * WIDTH
    ((every,),) = network.all_exits(_feeds([1, 2, 3]))
    assert every["logits"].shape == (3, 2)


@pytest.mark.parametrize("lengths", [(), (8,)])
def test_each_exit_gives_all_outputs(lengths: tuple[int, ...]) -> None:
    network = _network(SPLIT, EXITS, lengths)
    (exits,) = network.all_exits(_feeds([1, 2]))
    assert [{name: array.shape for name, array in each.items()} for each in exits] == [
        {"logits": (2, 2), "vector": (WIDTH,)}
    ] * 2
    assert [answer.exit for answer in network.run(_feeds([1, 2], [3, 4]), leave_at(0, 1))] == [0, 0]
    assert [answer.exit for answer in network.run(_feeds([1, 2]), None)] == [1]


@pytest.mark.parametrize("wrong", ["logits", "vector"])
def test_another_shape_than_the_manifest_says(wrong: str) -> None:
    with pytest.raises(ArtifactError, match=rf"the graph gives {wrong} \[1.*, expected \[1"):
        _network(WHOLE, wrong=wrong).run(_feeds([1, 2, 3]), None)


def _facts(layout: str, segments: Sequence[Mapping[str, Any]], exits: Sequence[Exit] = EXITS) -> Any:
    return {
        "layout": layout,
        "recipe": "none",
        "arithmetic": "float32",
        "rows": "independent",
        "moved_by_padding": False,
        "segments": segments,
        "exits": [{"layer": each.layer, "outputs": each.outputs, "compute_share": 0.5} for each in exits],
    }


def test_a_graph_s_outputs_are_in_any_order() -> None:
    names = [tensor for each in EXITS for tensor in each.outputs.values()]
    whole = {"name": "whole", "file": "onnx/whole.onnx", "inputs": ["input_ids"], "outputs": names[::-1]}
    target = parse_target("onnx", _facts("whole", [whole]), ["onnx/whole.onnx"], OUTPUTS)
    assert target.segments[0].outputs == tuple(names[::-1]) and target.segments[0].entry is None


def test_an_exit_s_outputs_come_from_one_segment() -> None:
    """Others would be there only once a row has gone on, or left."""
    early, late = ["logits_00", "vector_00", "ids", "logits"], ["vector"]
    segments = [
        {"name": name, "file": f"onnx/{name}.onnx", "entry": None, "inputs": inputs, "outputs": outputs}
        for name, inputs, outputs in (("early", ["input_ids"], early), ("late", ["ids"], late))
    ]
    files = [str(each["file"]) for each in segments]
    with pytest.raises(ArtifactError, match="come from two segments"):
        parse_target("onnx", _facts("split", segments), files, OUTPUTS)


class _Gone:
    """A branched graph whose rows left behind a layer of its choice."""

    def __init__(self, layers: Sequence[int]) -> None:
        self._layers = np.array(layers, np.int32)

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        ids = inputs["input_ids"]
        logits = np.stack([ids, -ids], axis=2).astype(np.float32)
        vector = np.zeros((len(ids), WIDTH), np.float32)
        return {"logits": logits, "vector": vector, EXIT_LAYER: self._layers}


def test_a_branched_graph_names_exits_only() -> None:
    graph = _segment("whole", ["input_ids"], ["logits", "vector"])
    same = {"logits": "logits", "vector": "vector"}
    target = Target(
        "onnx", BRANCHED, "", FLOAT32, INDEPENDENT, False, (graph,), (Exit(0, same, 0.5), Exit(2, same, 1.0))
    )
    feeds = {"input_ids": np.ones((2, 3), np.int32)}

    def network(*layers: int) -> Branched:
        return Branched(target, _Tagger(), lambda _: _Gone(layers))

    assert [answer.exit for answer in network(2, 0).run(feeds, None)] == [1, 0]
    for layers in ((0, 1), (3, 0), (-1, 0)):
        with pytest.raises(ArtifactError, match="the graph left behind the layers"):
            network(*layers).run(feeds, None)


def test_two_outputs_of_one_name() -> None:
    part = {"name": "logits", "axes": ["batch", 2]}
    assert len(parse_outputs({"outputs": [part, part | {"name": "vector"}]})) == 2
    with pytest.raises(ArtifactError, match="two outputs are called alike"):
        parse_outputs({"outputs": [part, part]})
