"""The ONNX graph needs nothing of LiteBERT: a session as any tutorial opens it gives the logits."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from graphs import open_onnx
from kin import kin_config, write_kin
from references import BACKENDS, FLOAT_TOLERANCE, Export, transformers_answers
from students import TEXTS, bert_config, bert_tensors, exit_tensors, exits_config, write_checkpoint
from transformers import AutoTokenizer

import litebert


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a BERT folder."""
    config = bert_config()
    return write_checkpoint(tmp_path_factory.mktemp("plain-onnx") / "m", config, bert_tensors(config))


def _feeds(checkpoint: Path, text: str | tuple[str, str]) -> dict[str, np.ndarray]:
    """The program of a user of ONNX Runtime: transformers' tokenizer, padded to a fixed length, as int32."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    columns = [[part] for part in ((text,) if isinstance(text, str) else text)]
    encoding = tokenizer(*columns, truncation=True, padding="max_length", return_tensors="np")
    return {name: values.astype(np.int32) for name, values in encoding.items()}


@pytest.mark.parametrize("exact", [False, True])
def test_a_plain_session_gives_the_logits(exact: bool, checkpoint: Path, export_to: Export) -> None:
    run = open_onnx(export_to(checkpoint, "onnx") / "onnx" / "whole.onnx", exact)
    found = np.concatenate([run(_feeds(checkpoint, text)) for text in TEXTS])
    assert np.abs(found - transformers_answers(checkpoint, TEXTS).logits).max() <= FLOAT_TOLERANCE


@pytest.mark.parametrize("recipe", ["int8", "int8-fast"])
def test_a_plain_session_with_exact_sums_gives_the_int8_logits(
    recipe: str, checkpoint: Path, export_to: Export
) -> None:
    """As the runtime answers, although the optimizers differ; unpadded, since int8-fast would see that."""
    artifact = export_to(checkpoint, "onnx", quantize=recipe)
    run = open_onnx(artifact / "onnx" / "whole.onnx")
    with litebert.load(artifact, BACKENDS["onnx"]) as model:
        for text in TEXTS:
            feeds = _feeds(checkpoint, text)
            tokens = int(feeds["attention_mask"].sum())
            found = run({name: values[:, :tokens] for name, values in feeds.items()})[0]
            # Other fusions take float32 sums in another order; a value on the border between two integers may
            # then fall to the other side, which costs up to a few 1e-2.
            assert np.abs(found - model(text).logits).max() <= 5e-2


def test_the_graph_is_valid_onnx(checkpoint: Path, export_to: Export) -> None:
    for recipe in ("none", "int8", "int8-fast"):
        path = export_to(checkpoint, "onnx", quantize=recipe) / "onnx" / "whole.onnx"
        onnx.checker.check_model(str(path), full_check=True)


@pytest.mark.parametrize("layout", ["whole", "split", "branched"])
@pytest.mark.parametrize("recipe", ["int8", "int8-fast"])
def test_every_int8_product_has_a_zero_point_of_its_own(
    recipe: str, layout: str, tmp_path: Path, export_to: Export
) -> None:
    """Without, ONNX Runtime before 1.30 aborts or saturates on x86 without VNNI; none may be shared.

    ALBERT has the same weights in every layer.
    """
    config = kin_config("albert", **exits_config())
    folder = write_kin(tmp_path / "albert", config, exit_tensors(2, 24))
    places = {"MatMulIntegerToFloat": 5, "DynamicQuantizeMatMul": 3}
    products = 0
    for path in (export_to(folder, "onnx", quantize=recipe, layout=layout) / "onnx").glob("*.onnx"):
        for graph in _graphs(onnx.load_model(path, load_external_data=False).graph):
            own = {
                tensor.name: onnx.numpy_helper.to_array(tensor)
                for tensor in graph.initializer
                if tensor.raw_data
            }
            zeros = [node.input[places[node.op_type]] for node in graph.node if node.op_type in places]
            assert len(zeros) == len({*zeros})
            assert all(own[name].dtype == np.int8 and own[name] == 0 for name in zeros)
            products += len(zeros)
    assert products > 2 * 4  # those of two layers, and of the exits


def _graphs(graph: onnx.GraphProto) -> Iterator[onnx.GraphProto]:
    """A graph and the branches in it."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield from _graphs(attribute.g)


def test_another_process_in_another_folder_runs_it(
    checkpoint: Path, tmp_path: Path, export_to: Export
) -> None:
    """The weights are found beside the graph wherever it was moved, with ONNX Runtime and numpy alone."""
    moved = tmp_path / "elsewhere"
    shutil.move(export_to(checkpoint, "onnx") / "onnx", moved)
    program = (
        "import sys, numpy, onnxruntime\n"
        "session = onnxruntime.InferenceSession(sys.argv[1])\n"
        "ids = numpy.array([[2, 5, 7, 3]], numpy.int32)\n"
        "feeds = {'input_ids': ids, 'attention_mask': ids * 0 + 1, 'token_type_ids': ids * 0}\n"
        "print(*session.run(None, feeds)[0][0])\n"
        "assert not {'litebert', 'litebert_exporter', 'torch', 'transformers'} & set(sys.modules)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, str(moved / "whole.onnx")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    expected = transformers_answers(checkpoint, ["the film"]).logits[0]
    assert np.abs(np.array(answer.stdout.split(), float) - expected).max() <= FLOAT_TOLERANCE
