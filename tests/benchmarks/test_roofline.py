"""The products of a model are found, built alone and timed; nothing is said here of how fast they are."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litebert.artifact import open_artifact
from litebert.backends.onnx import open_session, session_options
from litebert.backends.selection import named_engine
from litebert_bench.measure.records import BenchSubject, Operators, Roofline, Run
from litebert_bench.record_file import read_records

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import products
import roofline
from products import Product

LAYER = (
    Product(True, 24, 72, False),
    Product(True, 24, 24, False),
    Product(True, 24, 40, False),
    Product(True, 40, 24, False),
)
HEAD = (Product(False, 24, 24, True), Product(False, 24, 2, True))


def _found(folder: Path, engine: str, tmp_path: Path) -> list[Product]:
    artifact = open_artifact(folder)
    return sorted(roofline._opened(artifact, named_engine(engine, artifact.targets), 1, tmp_path)[0])


@pytest.mark.parametrize("engine", ["onnxruntime", "ai-edge-litert"])
def test_every_linear_of_the_model_is_found(artifact: Path, engine: str, tmp_path: Path) -> None:
    assert _found(artifact, engine, tmp_path) == sorted([*LAYER, *LAYER, *HEAD])


def test_layouts_and_engines_have_the_same_products(
    early_artifact: Path, branched_artifact: Path, float_artifact: Path, tmp_path: Path
) -> None:
    places = iter([tmp_path / str(number) for number in range(5)])

    def found(folder: Path, engine: str) -> list[Product]:
        place = next(places)
        place.mkdir()
        return _found(folder, engine, place)

    early = found(early_artifact, "onnxruntime")
    assert early == found(early_artifact, "ai-edge-litert") == found(branched_artifact, "onnxruntime")
    assert len(early) == 4 * len(LAYER) + 3 * 5 + len(HEAD)  # five in an exit, without keys and values
    plain = found(float_artifact, "onnxruntime")
    assert plain == found(float_artifact, "ai-edge-litert") and all(each.exact for each in plain)


def test_a_product_is_known_by_its_one_activation() -> None:
    def event(kind: str, inputs: list[list[int]], output: list[int]) -> dict[str, Any]:
        told = {"op_name": kind, "input_type_shape": [{"float": size} for size in inputs]}
        return {"args": {**told, "output_type_shape": [{"float": output}]}}

    events = [
        event("Gemm", [[1, 24], [24, 2], [2]], [1, 2]),
        event("FusedGemm", [[1, 24], [24]], [1, 24]),
        event("MatMul", [[1, 9, 40], [40, 24]], [1, 9, 24]),
        event("DynamicQuantizeMatMul", [[1, 9, 40], [24], [24]], [1, 9, 24]),
        event("MatMul", [[1, 2, 9], [1, 9, 24]], [1, 2, 24]),
        event("Add", [[1, 9, 24], [24]], [1, 9, 24]),
    ]
    assert products.products_of_trace(events, 9) == [
        Product(False, 24, 2, True),
        Product(False, 24, 24, True),
        Product(True, 40, 24, True),
        Product(True, 40, 24, False),
    ]


def test_operations_are_two_for_each_weight_and_token() -> None:
    assert [each.operations(8) for each in (LAYER[0], HEAD[1])] == [2 * 8 * 24 * 72, 2 * 24 * 2]


@pytest.mark.parametrize("recipe", ["int8", "none"])
def test_alone_all_of_them_are_carried_out(recipe: str, tmp_path: Path) -> None:
    wanted = [*LAYER, *LAYER, *HEAD]
    products.open_tflite_products(wanted, recipe, tmp_path, 1)(9)()
    products.open_onnx_products(wanted, recipe, tmp_path, 1)(9)()
    exact = [Product(each.every_token, each.inputs, each.outputs, True) for each in wanted]
    expected = exact if recipe == "none" else wanted
    assert products.products_of_file(tmp_path / "products.tflite") == expected
    options = session_options(1)
    options.enable_profiling, options.profile_file_prefix = True, str(tmp_path / "trace")
    session = open_session(tmp_path / "products.onnx", options)
    feeds = {
        f"x_{number}": np.ones((1, 9 if each.every_token else 1, each.inputs), np.float32)
        for number, each in enumerate(wanted)
    }
    session.run([f"y_{len(wanted) - 1}"], feeds)
    trace = json.loads(Path(session.end_profiling()).read_text())
    assert sorted(products.products_of_trace(roofline._kernels(trace), 9)) == sorted(expected)


def test_the_command_writes_records_of_every_engine_and_length(
    artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "records.jsonl"
    assert roofline.main([str(artifact), "--json", str(out), "--rounds", "2"]) == 0
    run, *records = read_records(out)
    assert isinstance(run, Run) and run.program == "benchmark"
    subjects = [each.subject for each in records if isinstance(each, BenchSubject)]
    lines = [each for each in records if isinstance(each, Roofline)]
    assert [(each.subject, each.tokens) for each in lines] == [
        (subject, tokens) for subject in subjects for tokens in (8, 16, 32)
    ]  # of the 48 tokens that it takes
    for line in lines:
        assert len(line.products_ms) == len(line.model_ms) == 2 * roofline.CALLS
        assert line.operations == sum(each.operations(line.tokens) for each in [*LAYER, *LAYER, *HEAD])
    of_onnx, of_litert = (
        [each for each in records if isinstance(each, Operators) and each.subject == subject]
        for subject in subjects
    )
    for profile in of_onnx:
        assert {"MatMulIntegerToFloat", "Softmax", roofline.BETWEEN} < profile.operator_ms.keys()
        assert min(profile.operator_ms.values()) > 0 and profile.problem is None
    assert all("profiler" in str(each.problem) and not each.operator_ms for each in of_litert)
    assert capsys.readouterr().out.count("the model reaches") == len(lines)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--rounds", "0"], "expected whole numbers from 1"),
        (["--backend", "tensorflow"], "expected onnxruntime or ai-edge-litert"),
        (["--json", "nowhere/out.jsonl"], "its folder does not exist"),
    ],
)
def test_bad_options_are_one_line(
    artifact: Path,
    tmp_path: Path,
    options: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "records.jsonl"
    assert roofline.main([str(artifact), "--json", str(out), *options]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1 and not out.exists()


def test_graphs_of_fixed_lengths_are_refused(
    fixed_artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert roofline.main([str(fixed_artifact), "--json", str(tmp_path / "out.jsonl")]) == 1
    assert "expected any length; export it without --lengths" in capsys.readouterr().err
