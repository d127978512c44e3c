"""The exporter as a whole: its command, its defaults, its bytes."""

from __future__ import annotations

import doctest
import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from students import bert_config, bert_tensors, write_checkpoint

import litebert
from litebert import CheckpointError, InputError, ParityError
from litebert.artifact import open_artifact
from litebert.backends.onnx import OnnxSession
from litebert_exporter import Report, export
from litebert_exporter.export_cli import main
from litebert_exporter.targets import TARGETS
from litebert_exporter.targets import onnx_writer as onnx_target


def _hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_defaults(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(checkpoint)]) == 0
    captured = capsys.readouterr()
    manifest = json.loads((tmp_path / "tiny.litebert" / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["targets"]) == {"onnx", "tflite"}
    assert {target["recipe"] for target in manifest["targets"].values()} == {"int8"}
    assert manifest["max_tokens"] == 48 and manifest["family"] == "bert"
    for word in ("checkpoint", "onnx graph", "tflite graph", "longest input (48 tokens)", "time"):
        assert word in captured.out
    assert captured.err.splitlines()[:2] == ["read ...", "write onnx ..."]


def test_the_example_in_the_docstring_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example's student has its labels and its limit; all else is run as it is printed."""
    config = bert_config(max_position_embeddings=512)
    write_checkpoint(tmp_path / "my-student", config, bert_tensors(config), {"do_lower_case": True})
    monkeypatch.chdir(tmp_path)
    (example,) = doctest.DocTestFinder().find(export, "export", globs={"export": export})
    result = doctest.DocTestRunner().run(example)
    assert result.attempted == 2 and not result.failed


def test_progress_covers_all_of_the_work(checkpoint: Path, tmp_path: Path) -> None:
    names: list[str] = []
    shares: list[tuple[float, str]] = []
    export(
        checkpoint,
        out=tmp_path / "out",
        trim_vocab=60,
        progress=names.append,
        on_share=lambda done, stage: shares.append((done, stage)),
    )
    assert names == [*dict.fromkeys(stage for _, stage in shares)]
    assert names[:3] == ["read", "trim", "write onnx"]
    assert sum(done for done, _ in shares) == pytest.approx(1)
    assert all(done < 0.1 for done, stage in shares if stage.startswith("verify onnx"))  # it does not stick


def test_the_name_of_a_file_is_the_default(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(checkpoint)
    report = export("model.safetensors", targets=["onnx"])
    assert report.artifact == Path("model.litebert") and litebert.load(report.artifact)("good").label
    monkeypatch.chdir(tmp_path)
    export(checkpoint, targets=["onnx"], out=tmp_path / "x")
    with pytest.raises(InputError, match="exists already"):
        export(checkpoint, out=tmp_path / "x")
    assert export(checkpoint, out=tmp_path / "x", force=True).artifact == tmp_path / "x"


def test_json_report_and_repeated_targets(checkpoint: Path, tmp_path: Path, capsys: Any) -> None:
    out = str(tmp_path / "out")
    arguments = [
        str(checkpoint),
        "--target",
        "tflite",
        "--target",
        "onnx",
        "--target",
        "onnx",
        "-o",
        out,
        "--json",
    ]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert [part["target"] for part in report["targets"]] == ["tflite", "onnx"]
    assert report["artifact"] == out and report["labels"] == ["negative", "positive"]
    for part in report["targets"]:
        assert part["size_bytes"] > 0 and part["float_difference"] > 0
        assert all(check["difference"] <= check["tolerance"] for check in part["checks"])


@pytest.mark.parametrize(
    "arguments", [["--quantize", "int8-fast"], ["--quantize", "int8-fast", "--target", "tflite"]]
)
def test_int8_fast_needs_onnx(arguments: list[str], checkpoint: Path, capsys: Any) -> None:
    with pytest.raises(SystemExit) as stop:
        main([str(checkpoint), *arguments])
    assert stop.value.code == 2
    assert "int8-fast needs --target onnx" in capsys.readouterr().err
    with pytest.raises(InputError, match="cannot be written for tflite"):
        export(checkpoint, quantize="int8-fast")


def test_int8_fast(checkpoint: Path, tmp_path: Path) -> None:
    report = export(checkpoint, targets=["onnx"], quantize="int8-fast", out=tmp_path / "fast")
    assert report.recipe == "int8-fast"
    assert "padded rows = alone" not in [check.name for check in report.targets[0].checks]


def test_the_manifest_says_how_rows_may_run(
    artifact: Path, float_artifact: Path, checkpoint: Path, tmp_path: Path
) -> None:
    fast = export(checkpoint, targets=["onnx"], quantize="int8-fast", out=tmp_path / "fast").artifact
    facts = [
        (target.arithmetic, target.rows, target.moved_by_padding)
        for folder in (artifact, float_artifact, fast)
        for target in open_artifact(folder).targets.values()
    ]
    assert facts == [
        ("int8", "independent", False),
        ("int8", "one", True),
        ("float32", "independent", False),
        ("float32", "one", False),
        ("int8", "mixed", True),
    ]


def test_equal_input_gives_equal_bytes(checkpoint: Path, tmp_path: Path) -> None:
    for recipe in ("int8", "none"):
        one = export(checkpoint, out=tmp_path / f"{recipe}1", quantize=recipe).artifact
        other = export(checkpoint, out=tmp_path / f"{recipe}2", quantize=recipe).artifact
        assert _hashes(one) == _hashes(other)


@pytest.mark.slow
def test_size_of_int8(tmp_path: Path) -> None:
    config = bert_config(hidden_size=192, intermediate_size=768, num_hidden_layers=6, num_attention_heads=4)
    student = write_checkpoint(tmp_path / "wide", config, bert_tensors(config))
    sizes = {
        recipe: [part.size_bytes for part in export(student, out=tmp_path / recipe, quantize=recipe).targets]
        for recipe in ("int8", "none")
    }
    for small, large in zip(sizes["int8"], sizes["none"], strict=True):
        assert small < 0.30 * large  # 0.25, and the tables and names that weigh on a model this small


def test_a_wrong_graph_is_never_written(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = onnx_target.OnnxOps.padding_bias

    def without_mask(self: onnx_target.OnnxOps, attention_mask: str) -> str:
        return self.node("Mul", real(self, attention_mask), self.scalar(0.0))

    monkeypatch.setattr(onnx_target.OnnxOps, "padding_bias", without_mask)
    with pytest.raises(ParityError, match="padded rows"):
        export(checkpoint, out=tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("recipe", ["int8", "none"])
def test_the_gate_notices_each_tensor(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: str
) -> None:
    """A graph whose weights differ a little from the reference's fails, whichever tensor it is."""
    real = onnx_target.write_onnx
    for name in (
        "bert.encoder.layer.1.attention.self.key.weight",
        "bert.encoder.layer.0.output.LayerNorm.weight",
        "bert.embeddings.position_embeddings.weight",
        "classifier.bias",
    ):

        def spoiled(student: Any, weights: Any, *rest: Any, spoil: str = name) -> Any:
            noise = np.random.default_rng(0).standard_normal(weights[spoil].shape).astype(np.float32)
            return real(student, weights | {spoil: weights[spoil] + 0.3 * noise}, *rest)

        monkeypatch.setitem(TARGETS, "onnx", replace(TARGETS["onnx"], write=spoiled))
        with pytest.raises(ParityError):
            export(checkpoint, targets=["onnx"], out=tmp_path / "out", quantize=recipe)
        assert not list(tmp_path.iterdir())


def test_xnnpack_takes_the_graph_in_one_piece(artifact: Path, float_artifact: Path) -> None:
    for folder in (artifact, float_artifact):
        interpreter = Interpreter(model_path=str(folder / "tflite" / "model.tflite"))
        interpreter.allocate_tensors()
        kinds = Counter(operator["op_name"] for operator in interpreter._get_ops_details())
        assert kinds["DELEGATE"] == 1


@pytest.mark.parametrize(
    ("changes", "flags", "labels", "kind"),
    [
        ({}, {}, ("negative", "positive"), "single-label"),
        ({"id2label": None}, {}, ("LABEL_0", "LABEL_1"), "single-label"),
        (
            {"id2label": {"0": "LABEL_0", "1": "LABEL_1"}},
            {"labels": ["no", "yes"]},
            ("no", "yes"),
            "single-label",
        ),
        ({"id2label": None}, {"problem_type": "multi-label"}, ("LABEL_0", "LABEL_1"), "multi-label"),
        ({"problem_type": "multi_label_classification"}, {}, ("negative", "positive"), "multi-label"),
    ],
)
def test_facts_come_from_the_checkpoint_then_from_flags(
    tmp_path: Path, changes: dict[str, Any], flags: dict[str, Any], labels: tuple[str, ...], kind: str
) -> None:
    config = bert_config(**changes)
    student = write_checkpoint(tmp_path / "student", config, bert_tensors(config))
    report: Report = export(student, targets=["onnx"], out=tmp_path / "out", **flags)
    assert (tuple(report.task["labels"]), report.task["problem_type"]) == (labels, kind)
    assert report.task["labels_given"] == (labels[0] != "LABEL_0")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"labels": ["bad", "good"]}, "labels=['bad', 'good'] contradicts id2label"),
        ({"problem_type": "multi-label"}, "problem_type='multi-label' contradicts"),
        ({"heads": 2}, "heads=2 contradicts num_attention_heads 3"),
        ({"max_tokens": 49}, "max_tokens=49 contradicts"),
        ({"family": "distilbert"}, "family='distilbert' contradicts"),
    ],
)
def test_a_flag_that_contradicts_the_checkpoint_is_an_error(
    tmp_path: Path, flags: dict[str, Any], message: str
) -> None:
    config = bert_config(problem_type="single_label_classification")
    student = write_checkpoint(tmp_path / "student", config, bert_tensors(config))
    with pytest.raises(CheckpointError, match=re.escape(message)):
        export(student, out=tmp_path / "out", **flags)


def test_a_shorter_limit_is_a_choice(checkpoint: Path, tmp_path: Path) -> None:
    with litebert.load(export(checkpoint, max_tokens=8, out=tmp_path / "out").artifact) as model:
        assert model.max_tokens == 8 and model("good " * 20).tokens == 8


@pytest.mark.parametrize("text", [0, 3, 7])
def test_a_graph_that_gives_nan_for_one_text_is_never_written(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: int
) -> None:
    real, calls = OnnxSession.run, iter(range(100))

    def run(self: OnnxSession, inputs: Any) -> Any:
        return {"logits": real(self, inputs)["logits"] * (np.nan if next(calls) == text else 1)}

    monkeypatch.setattr(OnnxSession, "run", run)
    with pytest.raises(ParityError, match="nan"):
        export(checkpoint, targets=["onnx"], out=tmp_path / "out")


def test_choices_may_be_numbers_of_numpy(checkpoint: Path, tmp_path: Path) -> None:
    """Also those that the manifest holds, which JSON would refuse at the end."""
    report = export(
        checkpoint,
        out=tmp_path / "out",
        targets=["onnx"],
        quantize="none",
        max_tokens=np.int64(32),  # type: ignore[arg-type]
        heads=np.int32(3),  # type: ignore[arg-type]
        layers_per_segment=np.int8(1),  # type: ignore[arg-type]
        labels=np.array(["negative", "positive"]),
    )
    assert report.max_tokens == 32 and report.task["labels"] == ["negative", "positive"]
    for wrong in ({"max_tokens": True}, {"heads": 3.0}, {"layers_per_segment": True}, {"max_tokens": np.nan}):
        ((name, value),) = wrong.items()
        with pytest.raises(InputError, match=re.escape(f"{name} is {value}, expected a whole number")):
            export(checkpoint, out=tmp_path / "no", **wrong)
    for labels in ("negative,positive", [0, 1], {"negative", "positive"}):
        with pytest.raises(InputError, match=r"labels is .*expected a list of names"):
            export(checkpoint, out=tmp_path / "no", labels=labels)
