"""Graphs of fixed lengths: nothing dynamic in them, the weights stored once, the same answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from kin import KIN, kin_config, write_kin
from manifests import manifest_of
from numpy.typing import NDArray
from references import FLOAT_TOLERANCE
from students import TEXTS, mobilebert_config, mobilebert_tensors, write_checkpoint

import litebert
from litebert import CheckpointError, InputError
from litebert.artifact import open_artifact
from litebert.golden import read_golden
from litebert.network import open_network
from litebert.targets import Segment
from litebert.tokenizer import Encoding
from litebert.tools.cli import main
from litebert.tools.verify import replay_golden
from litebert_exporter import export

LENGTHS = (8, 20, 48)
ROWS = [*TEXTS, "good", "the film", "the film was good but very dull"]


@pytest.fixture(scope="module")
def fixed(early_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """The tiny BERT with exits for TFLite at three lengths, by layout and recipe; split for ONNX as well."""
    root = tmp_path_factory.mktemp("fixed")
    made = {}
    for layout in ("whole", "split"):
        for recipe in ("none", "int8"):
            targets = ("onnx", "tflite") if layout == "split" else ("tflite",)
            report = export(
                early_checkpoint,
                targets=targets,
                out=root / f"{layout}-{recipe}",
                quantize=recipe,
                layout=layout,
                lengths=LENGTHS,
            )
            checks = [check.name for check in report.targets[-1].checks]
            assert {f"length {each}, {how}" for each in LENGTHS for how in ("padded", "filled")} <= {*checks}
            made[layout, recipe] = report.artifact
    return made


@pytest.fixture(scope="module")
def open_ended(early_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same for any length, split, by recipe."""
    root = tmp_path_factory.mktemp("open")
    return {
        recipe: export(early_checkpoint, targets=["tflite"], out=root / recipe, quantize=recipe).artifact
        for recipe in ("none", "int8")
    }


def _graph(artifact: Path) -> Path:
    return artifact / "tflite" / "model.tflite"


def _parsed(artifact: Path) -> Any:
    return schema.ModelT.InitFromPackedBuf(bytearray(_graph(artifact).read_bytes()), 0)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["none", "int8"])
@pytest.mark.parametrize("layout", ["whole", "split"])
def test_answers_are_those_of_any_length(
    layout: str, recipe: str, fixed: dict[tuple[str, str], Path], open_ended: dict[str, Path]
) -> None:
    artifact = fixed[layout, recipe]
    tolerance = read_golden(open_artifact(artifact))["tflite"][0]["tolerance"]
    with (
        litebert.load(artifact, "tflite") as ours,
        litebert.load(open_ended[recipe], "tflite") as theirs,
    ):
        for text in ROWS:
            allowed = FLOAT_TOLERANCE if recipe == "none" else tolerance
            np.testing.assert_allclose(ours.all_exits(text), theirs.all_exits(text), rtol=0, atol=allowed)
        assert ours(ROWS, speed=0.7) == [ours(text, speed=0.7) for text in ROWS]
        if recipe == "none":
            left = [answer.exit_layer for answer in ours(ROWS, speed=0.7)]
            assert left == [answer.exit_layer for answer in theirs(ROWS, speed=0.7)]
    assert all(replay.passed and replay.cases for replay in replay_golden(open_artifact(artifact)))


def _assert_static(artifact: Path, lengths: Sequence[int]) -> None:
    """Each segment has a signature for each length, and no shape in it is open."""
    model = _parsed(artifact)
    segments = [each["entry"] for each in manifest_of(artifact)["targets"]["tflite"]["segments"]]
    keys = [each.signatureKey.decode() for each in model.signatureDefs]
    assert keys == [f"{segment}_{tokens}" for tokens in lengths for segment in segments]
    for key, graph in zip(keys, model.subgraphs, strict=True):
        for tensor in graph.tensors:
            assert tensor.shapeSignature is None and min(tensor.shape, default=1) >= 1
        for operator in graph.operators:
            code = model.operatorCodes[operator.opcodeIndex].builtinCode
            if code == schema.BuiltinOperator.RESHAPE:
                assert min(operator.builtinOptions.newShape) >= 1
        for index in graph.inputs:
            assert int(key.rsplit("_", 1)[1]) in graph.tensors[index].shape
    interpreter = Interpreter(model_path=str(_graph(artifact)), num_threads=1)
    for number in range(interpreter.num_subgraphs()):
        for details in interpreter.get_tensor_details(number):
            assert -1 not in details["shape_signature"]


def _assert_one_piece(artifact: Path) -> None:
    """XNNPACK takes the first signature as one partition; what it has no kernels for is around it."""
    interpreter = Interpreter(model_path=str(_graph(artifact)), num_threads=1)
    interpreter.allocate_tensors()
    kinds = Counter(operator["op_name"] for operator in interpreter._get_ops_details())
    assert kinds["DELEGATE"] == 1


@pytest.mark.parametrize("recipe", ["none", "int8"])
@pytest.mark.parametrize("layout", ["whole", "split"])
def test_nothing_in_a_graph_is_dynamic(layout: str, recipe: str, fixed: dict[tuple[str, str], Path]) -> None:
    _assert_static(fixed[layout, recipe], LENGTHS)
    operators = {each.builtinCode for each in _parsed(fixed[layout, recipe]).operatorCodes}
    assert schema.BuiltinOperator.CUMSUM not in operators
    if layout == "whole":
        _assert_one_piece(fixed[layout, recipe])


@pytest.mark.parametrize(
    ("family", "recipe"), [*((family, "none") for family in (*KIN, "mobilebert")), ("mobilebert", "int8")]
)
def test_every_family_has_graphs_of_fixed_lengths(family: str, recipe: str, tmp_path: Path) -> None:
    config = mobilebert_config()
    if family == "mobilebert":
        folder = write_checkpoint(tmp_path / "student", config, mobilebert_tensors(config))
    else:
        folder = write_kin(tmp_path / "student", kin_config(family))
    options = {"targets": ["tflite"], "quantize": recipe}
    theirs = export(folder, out=tmp_path / "open", **options).artifact
    ours = export(folder, out=tmp_path / "fixed", lengths=(8, 48), **options).artifact
    _assert_static(ours, (8, 48))
    _assert_one_piece(ours)
    tolerance = (
        FLOAT_TOLERANCE if recipe == "none" else read_golden(open_artifact(ours))["tflite"][0]["tolerance"]
    )
    with litebert.load(ours) as fixed, litebert.load(theirs) as open_ended:
        for text in ROWS:
            allowed = {"rtol": 0, "atol": tolerance}
            np.testing.assert_allclose(fixed.all_exits(text), open_ended.all_exits(text), **allowed)


@pytest.mark.parametrize("recipe", ["none", "int8"])
def test_lengths_share_the_weights(
    recipe: str, fixed: dict[tuple[str, str], Path], open_ended: dict[str, Path]
) -> None:
    """A length adds to the constants only shapes of some numbers and 0, 1, 2 ..."""
    sizes = {}
    for name, artifact in (("fixed", fixed["split", recipe]), ("open", open_ended[recipe])):
        buffers = [buffer.data for buffer in _parsed(artifact).buffers[1:]]
        large = sorted(len(data) for data in buffers if len(data) > 4 * max(LENGTHS))
        sizes[name] = (large, sum(map(len, buffers)))
    assert sizes["fixed"][0] == sizes["open"][0]
    assert sizes["fixed"][1] - sizes["open"][1] < 4 * sum(LENGTHS) + 64 * len(LENGTHS)


class _Echo:
    """A session that answers with what it was fed: the entry's length, and how much of the mask is set."""

    def __init__(self, segment: Segment) -> None:
        self.tokens = int(str(segment.entry).rsplit("_", 1)[1])

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        assert all(array.shape == (1, self.tokens) for array in inputs.values())
        return {"logits": np.array([[self.tokens, inputs["attention_mask"].sum()]], np.float32)}


def test_the_shortest_graph_that_fits_is_opened_when_needed(checkpoint: Path, tmp_path: Path) -> None:
    artifact = open_artifact(
        export(checkpoint, targets=["tflite"], out=tmp_path / "out", lengths=(8, 48)).artifact
    )
    target = artifact.targets["tflite"]
    opened: list[str | None] = []

    def open_segment(segment: Segment) -> _Echo:
        opened.append(segment.entry)
        return _Echo(segment)

    network = open_network(target, artifact.task, open_segment, preload=False)
    assert opened == []
    for tokens, fitting in ((1, 8), (8, 8), (9, 48), (48, 48), (2, 8)):
        feeds = {name: np.ones((1, tokens), np.int32) for name in ("input_ids", "attention_mask")}
        ((every,),) = network.all_exits(feeds)
        (answer,) = network.run(feeds, None)
        assert every["logits"].tolist() == answer.outputs["logits"].tolist() == [fitting, tokens]
    assert opened == ["whole_8", "whole_48"]
    with pytest.raises(InputError, match="49 tokens, expected at most 48"):
        network.run({"input_ids": np.ones((1, 49), np.int32)}, None)
    opened.clear()
    open_network(target, artifact.task, open_segment, preload=True)
    assert opened == ["whole_8", "whole_48"]


def test_the_longest_is_the_limit(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = export(checkpoint, out=tmp_path / "out", lengths=(8, 16), max_tokens=16).artifact
    for backend in ("onnx", "tflite"):
        with litebert.load(out, backend) as model:
            answer = model("good " * 30)
            assert (model.max_tokens, answer.tokens, answer.truncated) == (16, 16, True)
    with pytest.raises(InputError, match="17 tokens"), litebert.load(out, "tflite") as model:
        model._runner.all_exits([Encoding((1,) * 17, (0,) * 17)])
    assert "lengths" not in manifest_of(out)["targets"]["onnx"]
    assert main(["inspect", str(out)]) == 0
    assert "of 8 or 16 tokens" in capsys.readouterr().out


def test_a_reader_that_knows_no_lengths_finds_no_graph(fixed: dict[tuple[str, str], Path]) -> None:
    """The signatures that the manifest names without lengths do not exist: it cannot answer wrongly."""
    artifact = fixed["split", "int8"]
    names = {segment["entry"] for segment in manifest_of(artifact)["targets"]["tflite"]["segments"]}
    interpreter = Interpreter(model_path=str(_graph(artifact)), num_threads=1)
    assert not names & interpreter.get_signature_list().keys()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"lengths": (8, 8)}, "lengths are (8, 8), expected whole numbers from 4 that rise"),
        ({"lengths": (16, 8)}, "lengths are (16, 8)"),
        ({"lengths": (3, 8)}, "lengths are (3, 8)"),
        ({"lengths": (-1,)}, "lengths are (-1,)"),
        ({"lengths": (8.0,)}, "lengths are (8.0,)"),
        ({"lengths": ("8",)}, "lengths are ('8',)"),
        ({"lengths": 16}, "lengths are 16, expected"),
        ({"lengths": (True, 8)}, "lengths are (True, 8)"),
        (
            {"lengths": (8,), "max_tokens": 16},
            "max_tokens=16 contradicts lengths, whose longest, 8, is the limit",
        ),
        ({"lengths": (8,), "targets": ("onnx",)}, "are for tflite"),
        ({"lengths": (8,), "layout": "branched"}, "onnx only"),
        ({"lengths": (8,), "layout": "branched", "targets": ("onnx",)}, "are for tflite"),
    ],
)
def test_lengths_that_cannot_be_written(
    options: dict[str, Any], words: str, checkpoint: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        export(checkpoint, out=tmp_path / "out", **options)
    assert not list(tmp_path.iterdir())


def test_lengths_beyond_the_positions(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"49 contradicts .* ends at 48; .* lengths too"):
        export(checkpoint, out=tmp_path / "out", lengths=(8, 49))
    assert not list(tmp_path.iterdir())
