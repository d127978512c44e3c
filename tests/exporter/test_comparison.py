"""Artifacts beside the checkpoint they were made from, on texts: by export and by verify."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from students import (
    UNCASED,
    bert_config,
    bert_tensors,
    exit_tensors,
    exits_config,
    write_checkpoint,
)

import litebert
from litebert import CheckpointError, InputError, MissingExtraError
from litebert.artifact import open_artifact
from litebert.tools.cli import main as run_litebert
from litebert.tools.comparison_plan import plan_comparison
from litebert.tools.data import read_data_file
from litebert.tools.verify import verify_artifact
from litebert_exporter import export
from litebert_exporter.export_cli import main
from litebert_exporter.export_report import format_report

TEXTS = ("the film was good .", "a dull plot", "very bad acting !", "naïve crème brûlée", "good " * 60)
LABELLED = "text\tlabel\n" + "".join(
    f"{text}\t{label}\n" for text, label in zip(TEXTS, ("positive", "negative") * 3, strict=False)
)
ONNX: dict[str, Any] = {"targets": ("onnx",)}
Rows = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.tsv"
    path.write_text(LABELLED, encoding="utf-8")
    return path


@pytest.fixture
def verified(capsys: pytest.CaptureFixture[str]) -> Rows:
    """The rows that verify --json gives."""

    def run(*arguments: object) -> list[dict[str, Any]]:
        assert run_litebert(["verify", *map(str, arguments), "--json"]) == 0
        rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["data"]
        return rows

    return run


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The line with which verify refuses."""

    def run(*arguments: object) -> str:
        assert run_litebert(["verify", *map(str, arguments)]) == 1
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.startswith("error: ") and captured.err.count("\n") == 1
        return captured.err

    return run


def _student(folder: Path, outputs: int = 2, **changes: Any) -> Path:
    config = bert_config(**changes)
    return write_checkpoint(folder, config, bert_tensors(config, outputs))


def test_export_compares_with_the_checkpoint_itself(
    checkpoint: Path, float_artifact: Path, data: Path, tmp_path: Path
) -> None:
    report = export(checkpoint, out=tmp_path / "out", data=data)
    original, onnx, tflite = report.comparison
    assert (original.target, original.recipe, original.name) == ("original", "none", str(checkpoint))
    assert (onnx.target, onnx.recipe, tflite.target) == ("onnx", "int8", "tflite")
    with litebert.load(float_artifact) as exact, litebert.load(report.artifact, "onnxruntime") as model:
        true, found = (np.array([each(text).logits for text in TEXTS]) for each in (exact, model))
    wanted = np.array([1, 0, 1, 0, 1])
    assert original.metrics["accuracy"].value == pytest.approx((true.argmax(axis=1) == wanted).mean())
    assert original.latency_ms is None and onnx.latency_ms and original.examples == 5
    assert 0 < onnx.differences["logit"] < 1 and original.differences["logit"] == 0
    assert onnx.differences["logit"] == pytest.approx(np.abs(found - true).max(), abs=1e-4)


def test_a_trimmed_short_artifact_is_compared_with_the_whole_checkpoint(
    checkpoint: Path, data: Path, tmp_path: Path, verified: Rows
) -> None:
    out = tmp_path / "out.litebert"
    options: dict[str, Any] = {"trim_vocab": len(UNCASED) - 30, "max_tokens": 24, "quantize": "none"}
    report = export(checkpoint, out=out, data=data, **ONNX, **options)
    original, onnx = report.comparison
    assert (original.truncated, onnx.truncated) == (1, 1) and onnx.differences["logit"] > 1e-2
    later = verified(out, "--data", data, "--against", checkpoint)
    for row, at_export in zip(later, report.comparison, strict=True):
        same = at_export.as_json() | {"latency_ms": row["latency_ms"], "artifact": row["artifact"]}
        assert row == json.loads(json.dumps(same))


def test_who_stops_the_comparison_keeps_the_export(
    checkpoint: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def leave(code: int) -> NoReturn:
        raise SystemExit(code)

    monkeypatch.setattr("os._exit", leave)
    monkeypatch.setattr("litebert_exporter.pipeline.compared", lambda *_: signal.raise_signal(signal.SIGINT))
    out = tmp_path / "out"
    with pytest.raises(SystemExit) as stopped:
        main([str(checkpoint), "--data", str(data), "-o", str(out)])
    assert stopped.value.code == 130 and f"error: interrupted; {out} was written\n" in capfd.readouterr().err
    assert all(replay.passed for replay in verify_artifact(out))


def test_texts_that_only_the_artifact_cuts_are_told(checkpoint: Path, data: Path, tmp_path: Path) -> None:
    report = export(checkpoint, out=tmp_path / "out", data=data, max_tokens=6, **ONNX)
    assert "onnx: 3 texts are longer than it reads, and were cut (1 in the first row)" in format_report(
        report
    )


TASKS: Mapping[str, tuple[dict[str, Any], int, tuple[str, ...], list[str]]] = {
    "multi-label": (
        {"problem_type": "multi_label_classification", "id2label": {"0": "a", "1": "b", "2": "c"}},
        3,
        ("a,b", "", "c"),
        ["micro_f1", "exact_match"],
    ),
    "regression": (
        {"problem_type": "regression", "id2label": None},
        1,
        ("0.5", "-1", "2"),
        ["pearson", "mean_absolute_error"],
    ),
}


@pytest.mark.parametrize("task", TASKS)
def test_other_tasks(task: str, tmp_path: Path, verified: Rows) -> None:
    changes, outputs, labels, metrics = TASKS[task]
    student = _student(tmp_path / "student", outputs, label2id=None, **changes)
    data = tmp_path / "data.tsv"
    rows = (f"{text}\t{label}\n" for text, label in zip(TEXTS, labels, strict=False))
    data.write_text("text\tlabel\n" + "".join(rows), encoding="utf-8")
    report = export(student, out=tmp_path / "out", data=data, **ONNX)
    assert [list(row.metrics) for row in report.comparison] == [metrics] * 2
    for row in verified(tmp_path / "out", "--data", data, "--against", student):
        assert {*metrics, "agreement"} <= row.keys() and {*row["errors"]} == {*metrics}
    told = format_report(report)
    assert ("answers changed" in told) == (task != "regression") == ("values moved by" not in told)


def test_pairs_and_exits_at_full_depth_without_labels(tmp_path: Path, verified: Rows) -> None:
    config = bert_config(num_hidden_layers=3, **exits_config())
    early = write_checkpoint(tmp_path / "early", config, bert_tensors(config) | exit_tensors(3, 24))
    data = tmp_path / "pairs.tsv"
    data.write_text("text_a\ttext_b\nthe film\twas good\na dull\tplot\n", encoding="utf-8")
    report = export(early, out=tmp_path / "out", data=data, quantize="none", **ONNX)
    original, onnx = report.comparison
    assert not original.metrics and onnx.agreement == 1 and onnx.differences["logit"] < 1e-4
    assert "no labels were read" in format_report(report)
    commands = [step.command for step in report.next_steps]
    out = shlex.quote(str(tmp_path / "out"))
    assert commands[0] == f"litebert run {out} --pair $'some text\\tanother text'"
    assert commands[-1] == f"litebert calibrate {out} --data {shlex.quote(str(data))}"
    rows = verified(tmp_path / "out", "--data", data, "--against", early)
    assert "accuracy" not in rows[1] and rows[1]["agreement"] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("text\tlabel\ngood\tgreat\n", "labels the model does not have|great"),
        ("words\tlabel\ngood\tpositive\n", "words"),
        ("text\tlabel\n", "no line below its header"),
        (None, "cannot be read|no such file"),
    ],
)
def test_unfit_data_is_found_before_anything_is_written(
    content: str | None, words: str, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data.tsv"
    if content is not None:
        data.write_text(content, encoding="utf-8")
    monkeypatch.setattr("litebert_exporter.pipeline.arriving_folder", None)  # whoever writes fails
    with pytest.raises(InputError, match=words):
        export(checkpoint, out=tmp_path / "out", data=data)


def test_a_broken_engine_is_found_before_anything_is_written(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    monkeypatch.setattr("litebert_exporter.pipeline.arriving_folder", None)  # whoever writes fails
    with pytest.raises(MissingExtraError, match="ai-edge-litert is installed, but cannot be imported"):
        export(checkpoint, out=tmp_path / "out")


def test_the_words_of_the_report(checkpoint: Path, data: Path, tmp_path: Path, capsys: Any) -> None:
    assert main([str(checkpoint), "-o", str(tmp_path / "a b"), "--target", "onnx"]) == 0
    plain = capsys.readouterr().out
    out, student = shlex.quote(str(tmp_path / "a b")), shlex.quote(str(checkpoint))
    assert f'\nnext: litebert run {out} "some text"\n' in plain
    assert f"\n      litebert verify {out} --data labelled.tsv --against {student}\n" in plain
    assert "its label: negative, positive" in " ".join(plain.split()) and "of 8 labels changed" in plain
    assert "texts, padded to one length" in plain and "allowed" in plain
    arguments = [
        str(checkpoint),
        "-o",
        str(tmp_path / "c"),
        "--target",
        "onnx",
        "--data",
        str(data),
        "--json",
    ]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row["target"] for row in report["comparison"]] == ["original", "onnx"]
    assert report["comparison"][1]["errors"]["accuracy"]["change"] == pytest.approx(
        report["comparison"][1]["accuracy"] - report["comparison"][0]["accuracy"]
    )
    assert report["next_steps"][1]["command"].startswith("litebert bench ")
    assert report["targets"][0]["texts"] == 8 and report["targets"][0]["score_difference"] > 0


def test_facts_are_said_again_in_the_next_step(tmp_path: Path, verified: Rows) -> None:
    student = _student(tmp_path / "student", id2label=None, label2id=None, num_attention_heads=None)
    (student / "vocab.txt").rename(tmp_path / "words.txt")
    facts: dict[str, Any] = {"heads": 3, "vocab": tmp_path / "words.txt", "labels": ["down", "up"]}
    report = export(student, out=tmp_path / "out", **facts, **ONNX)
    command = report.next_steps[1].command
    assert command.endswith(f" --vocab {shlex.quote(str(tmp_path / 'words.txt'))} --heads 3")
    data = tmp_path / "labelled.tsv"
    data.write_text("text\tlabel\ngood film\tup\na dull plot\tDOWN\n", encoding="utf-8")
    arguments = shlex.split(command.replace("labelled.tsv", shlex.quote(str(data))))
    rows = verified(*arguments[2:])  # the labels are those of the artifact
    assert [row["target"] for row in rows] == ["original", "onnx"]


def test_an_artifact_against_another(
    artifact: Path, float_artifact: Path, data: Path, verified: Rows, refused: Callable[..., str]
) -> None:
    rows = verified(artifact, "--data", data, "--against", float_artifact)
    assert [row["recipe"] for row in rows] == ["none", "none", "int8", "int8"]
    assert rows[0]["artifact"] == str(float_artifact) and rows[2]["errors"]["accuracy"]["change"] is not None
    line = refused(artifact, "--data", data, "--against", float_artifact, "--heads", "3")
    assert "--heads: for --against CHECKPOINT only" in line
    assert "no such file or folder" in refused(artifact, "--data", data, "--against", "nowhere")


def test_a_checkpoint_of_other_weights_is_told(
    artifact: Path,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    refused: Callable[..., str],
) -> None:
    config = bert_config(num_hidden_layers=3, id2label={"0": "NEGATIVE", "1": "POSITIVE"})
    teacher = write_checkpoint(tmp_path / "teacher", config, bert_tensors(config))
    assert run_litebert(["verify", str(artifact), "--data", str(data), "--against", str(teacher)]) == 0
    out = capsys.readouterr().out
    assert f"{artifact} was not made from {teacher}" in out and "names no labels" not in out
    silent = _student(tmp_path / "silent", num_hidden_layers=3, id2label=None, label2id=None)
    assert run_litebert(["verify", str(artifact), "--data", str(data), "--against", str(silent)]) == 0
    assert f"{silent} names no labels: they are taken to be negative, positive" in capsys.readouterr().out
    swapped = _student(tmp_path / "swapped", id2label={"0": "positive", "1": "negative"}, label2id=None)
    assert "another order" in refused(artifact, "--data", data, "--against", swapped)
    three = {"0": "a", "1": "b", "2": "c"}
    more = _student(tmp_path / "more", 3, id2label=three, label2id=None)
    assert "its labels are negative,positive, those of" in refused(
        artifact, "--data", data, "--against", more
    )
    value = _student(tmp_path / "value", 1, problem_type="regression", id2label=None, label2id=None)
    assert "its problem type is single-label" in refused(artifact, "--data", data, "--against", value)


def test_other_tokens_are_told(checkpoint: Path, tmp_path: Path, capsys: Any) -> None:
    out = export(checkpoint, out=tmp_path / "out", cased=True, **ONNX).artifact
    data = tmp_path / "data.tsv"
    data.write_text("text\nThe FILM\nthe film\n", encoding="utf-8")
    command = ["verify", str(out), "--data", str(data), "--against", str(checkpoint)]
    for flags, is_told in ([], True), (["--cased"], False):
        assert run_litebert([*command, *flags]) == 0
        told = f"{out} reads 1 of the texts as other tokens than {checkpoint}" in capsys.readouterr().out
        assert told == is_told


def test_artifacts_with_labels_of_another_order_are_refused(
    artifact: Path, data: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    swapped = _student(tmp_path / "swapped", id2label={"0": "positive", "1": "negative"}, label2id=None)
    other = export(swapped, out=tmp_path / "other", **ONNX).artifact
    assert "another order" in refused(artifact, other, "--data", data)


def test_a_broken_checkpoint_is_refused(
    artifact: Path, checkpoint: Path, data: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert "empty" in refused(artifact, "--data", data, "--against", tmp_path / "empty")
    huge = bert_tensors(bert_config())
    huge = {name: values * np.float32(1e25) for name, values in huge.items()}
    overflown = write_checkpoint(tmp_path / "huge", bert_config(), huge)
    assert "not finite" in refused(artifact, "--data", data, "--against", overflown)
    with pytest.raises(CheckpointError, match="not finite"):
        export(overflown, out=tmp_path / "out", data=data)


def test_the_exporter_may_be_absent(
    artifact: Path, checkpoint: Path, data: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., str]
) -> None:
    monkeypatch.setattr("litebert.tools.against._EXPORTER", "litebert_nowhere")
    line = refused(artifact, "--data", data, "--against", checkpoint)
    assert 'needs litebert_nowhere; install it with pip install "litebert[export]"' in line


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["verify", "x", "--against", "y", "--uncased"], "--against, --uncased: for --data FILE only"),
        (["verify", "x", "--label-column", "y"], "--label-column: for --data FILE only"),
        (["export", "x", "--label-column", "y"], "--label-column and --labels-are need --data"),
        (["export", "x", "--text-column", "y", "--trim-vocab", "9"], "--text-column needs --data or"),
    ],
)
def test_what_is_for_data_only_is_wrong_usage(
    command: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(command[1:]) if command[0] == "export" else run_litebert(command)
    assert stop.value.code == 2 and words in capsys.readouterr().err


def test_what_the_others_are_compared_with_must_run(
    artifact: Path, tmp_path: Path, data: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = export(checkpoint, out=tmp_path / "other", targets=("tflite",)).artifact
    named = [(path, open_artifact(path)) for path in (other, artifact)]
    monkeypatch.setattr("litebert.backends.find_spec", lambda name: True if name == "onnxruntime" else None)
    plan = plan_comparison(named, read_data_file(data), None, {})
    with pytest.raises(
        MissingExtraError, match=r"other, with which others are compared, .*: ai-edge-litert is not"
    ):
        plan.run(lambda done, phase: None)
