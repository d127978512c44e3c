"""The command `litebert`, as a user types it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from subprocess import PIPE
from types import SimpleNamespace
from typing import Any

import pytest
from students import bert_config, bert_tensors, write_checkpoint

import litebert
import litebert_bench.bench_cli
import litebert_exporter.export_cli
import litebert_students.exits_cli
import litebert_students.mobilebert_cli
import litebert_students.theseus_cli
from litebert.tools.cli import main
from litebert_exporter import export

ROWS = "text\tlabel\nthe film was good .\tpositive\na dull plot\tnegative\nvery bad acting !\tnegative\n"


def _stdin(monkeypatch: pytest.MonkeyPatch, content: bytes, terminal: bool = False) -> None:
    stream = SimpleNamespace(buffer=io.BytesIO(content), isatty=lambda: terminal)
    monkeypatch.setattr(sys, "stdin", stream)


def test_run_answers_each_text_on_a_line(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(artifact), "the film was good .", "a dull plot"]) == 0
    with litebert.load(artifact) as model:
        answers = model(["the film was good .", "a dull plot"])
    expected = [f"{answer.label}\t{answer.score:.4f}" for answer in answers]
    assert capsys.readouterr().out.splitlines() == expected


def test_run_reads_stdin_with_any_bytes(
    artifact: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _stdin(monkeypatch, "the film was good .\r\n\ngood \u2028 film\n".encode() + b"bad \xff bytes")
    assert main(["run", str(artifact), "--json", "--backend", "ai-edge-litert"]) == 0
    shown = capsys.readouterr()
    lines = [json.loads(line) for line in shown.out.splitlines()]
    assert "line 2 of stdin is blank" in shown.err and "line 4 of stdin is not UTF-8" in shown.err
    with litebert.load(artifact, "litert") as model:
        texts = ["the film was good .", "", "good \u2028 film", "bad \ufffd bytes"]
        assert [tuple(line["logits"]) for line in lines] == [model(text).logits for text in texts]
    fields = "label score probs logits tokens truncated labels value exit_layer uncertainty"
    assert set(lines[0]) == {*fields.split()}


def test_run_says_what_it_waits_for_on_a_terminal(
    artifact: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for flags, told in (([], "type a text and"), (["--pair"], "type a pair with a tab between and")):
        _stdin(monkeypatch, b"good\tfilm\n", terminal=True)
        assert main(["run", str(artifact), *flags]) == 0
        shown = capsys.readouterr()
        assert shown.out.count("\n") == 1 and shown.err == f"{told} Enter; Ctrl-D ends\n"
    _stdin(monkeypatch, b"good\n", terminal=True)
    assert main(["run", str(artifact), "good"]) == 0 and not capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (litebert.tools.cli, "litebert"),
        (litebert_bench.bench_cli, "litebert-bench"),
        (litebert_exporter.export_cli, "litebert-export"),
        (litebert_students.exits_cli, "litebert-exits"),
        (litebert_students.theseus_cli, "litebert-theseus"),
        (litebert_students.mobilebert_cli, "litebert-mobilebert"),
    ],
)
def test_any_command_says_its_version_and_what_it_is(
    module: Any, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        module.main(["--version"])
    shown = capsys.readouterr()
    assert stop.value.code == 0 and shown.out == f"{name} {litebert.__version__}\n"
    with pytest.raises(SystemExit) as stop:
        module.main([])
    shown = capsys.readouterr()
    assert stop.value.code == 2 and not shown.out
    assert "example" in shown.err and shown.err.splitlines()[-1].startswith(f"{name}: error: the following")


@pytest.mark.parametrize("module", ["litebert_absent.cli", None])
def test_without_its_benchmarks_the_command_says_what_is_missing(
    module: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In an installation of the runtime alone, whose metadata may name the benchmarks or not."""
    found = [EntryPoint("bench", f"{module}:add_bench", "litebert.commands")] if module else []
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: found)
    assert main(["bench", "x"]) == 1
    assert capsys.readouterr().err == (
        "error: litebert bench: the package litebert_bench is not installed; install all of LiteBERT, not "
        "its runtime alone\n"
    )
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "    doctor" in (shown := capsys.readouterr().out) and "    bench" not in shown


def test_commands_of_the_runtime_look_for_no_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr("importlib.metadata.entry_points")  # which takes longer than to parse their options
    assert main(["inspect", "nowhere"]) == 1
    assert capsys.readouterr().err.startswith("error: nowhere")


def test_run_answers_each_line_before_it_waits_for_the_next(artifact: Path) -> None:
    command = [sys.executable, "-m", "litebert", "run", str(artifact), "--backend", "ai-edge-litert"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as running:
        assert running.stdin is not None and running.stdout is not None and running.stderr is not None
        for text in ("good", "the film was bad ."):
            running.stdin.write(f"{text}\n")
            running.stdin.flush()
            assert running.stdout.readline().split("\t")[0] in ("negative", "positive")
        running.stdin.close()
        assert running.stderr.read() == ""  # LiteRT's own line neither


def test_run_answers_pairs(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(artifact), "--pair", "--json", "the film\tgood"]) == 0
    with litebert.load(artifact) as model:
        expected = model(("the film", "good")).logits
    assert tuple(json.loads(capsys.readouterr().out)["logits"]) == expected
    assert main(["run", str(artifact), "--pair", "a\tb", "no tab here"]) == 1
    assert "text 2, 'no tab here', has 0 tabs; with --pair expected one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("problem", "outputs", "expected"),
    [("regression", 1, 1), ("multi_label_classification", 3, 2)],
)
def test_run_prints_other_problem_types(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], problem: str, outputs: int, expected: int
) -> None:
    config = bert_config(problem_type=problem, id2label=None, label2id=None)
    student = write_checkpoint(tmp_path / "student", config, bert_tensors(config, outputs))
    out = export(student, out=tmp_path / "out", targets=["onnx"]).artifact
    assert main(["run", str(out), "good"]) == 0
    assert len(capsys.readouterr().out.split("\t")) == expected


def test_inspect_shows_what_is_in_it(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(artifact)]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("negative, positive", "single-label", "48", "int8", "tflite"))
    assert main(["inspect", str(artifact), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["targets"]["onnx"]["segments"][0]["outputs"] == ["logits"]


def test_verify_replays_both_targets(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(artifact)]) == 0
    shown = capsys.readouterr().out
    assert "onnx     8 golden cases agree" in shown and "tflite   8 golden cases agree" in shown


def test_verify_fails_where_an_answer_moved(
    checkpoint: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = export(checkpoint, out=tmp_path / "out", targets=["onnx"]).artifact
    golden = json.loads((out / "golden.json").read_text(encoding="utf-8"))
    golden["onnx"][3]["outputs"]["logits"][0][1] += 2 * golden["onnx"][3]["tolerance"]
    monkeypatch.setattr("litebert.tools.verify.read_golden", lambda artifact: golden)
    assert main(["verify", str(out)]) == 1
    assert "DIFFER" in capsys.readouterr().out


def test_verify_says_what_it_did_not_check(
    artifact: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("litebert.backends.find_spec", lambda name: None if name == "onnxruntime" else True)
    assert main(["verify", str(artifact)]) == 0
    assert "onnx     not checked: onnxruntime is not installed" in capsys.readouterr().out
    monkeypatch.setattr("litebert.backends.find_spec", lambda name: None)
    assert main(["verify", str(artifact)]) == 1
    assert 'pip install "litebert[onnx]"' in capsys.readouterr().err
    assert main(["run", str(artifact), "good"]) == 1
    assert 'use pip install "litebert[' in capsys.readouterr().err


def test_verify_measures_artifacts_side_by_side(
    artifact: Path, float_artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.tsv"
    data.write_text(ROWS, encoding="utf-8")
    assert main(["verify", str(float_artifact), str(artifact), "--data", str(data), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["data"]
    assert [(row["target"], row["recipe"]) for row in rows] == [
        ("onnx", "none"),
        ("tflite", "none"),
        ("onnx", "int8"),
        ("tflite", "int8"),
    ]
    with litebert.load(float_artifact) as model:
        right = [
            model(text).label == label
            for text, label in (
                ("the film was good .", "positive"),
                ("a dull plot", "negative"),
                ("very bad acting !", "negative"),
            )
        ]
    assert rows[0]["accuracy"] == pytest.approx(sum(right) / 3) and rows[0]["agreement"] == 1
    assert rows[0]["max_logit_difference"] == 0 < rows[2]["max_logit_difference"] < 1
    assert all(row["latency_ms"] > 0 and row["examples"] == 3 for row in rows)
    assert main(["verify", str(artifact), "--data", str(data)]) == 0
    assert "accuracy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"review\tlabel\ngood\t1\n", "name it with --text-column"),
        (b"text\tlabel\n", "no line below its header"),
        (b"text\tlabel\ngood\t2\n", "labels the model does not have ('2')"),
        (b"text\tlabel\ngood\tpositive\textra\n", "1 lines (the first is 2) have other than 2 columns"),
        (b"text\tlabel\n\xff\t1\n", "expected text in UTF-8"),
    ],
)
def test_verify_explains_bad_data(
    artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    data = tmp_path / "data.tsv"
    data.write_bytes(content)
    assert main(["verify", str(artifact), "--data", str(data)]) == 1
    assert message in capsys.readouterr().err
    assert main(["verify", str(artifact), "--data", str(tmp_path / "absent.tsv")]) == 1
    assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "inspect", "verify"])
def test_no_artifact_is_one_line(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, str(tmp_path / "nothing")]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("error: ") and captured.err.count("\n") == 1 and not captured.out


def test_a_misspelt_flag_shows_the_usage_of_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "student", "--sped", "0.2", "good"])
    printed = capsys.readouterr().err
    assert "usage: litebert run " in printed and printed.endswith("unrecognized arguments: --sped\n")


def test_a_file_as_a_text_is_questioned(
    artifact: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dev.tsv").write_text("text\ngood\n")
    assert main(["run", str(artifact), "good", str(tmp_path / "dev.tsv")]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 2 and printed.err.count("\n") == 1
    assert f"dev.tsv is a file, and its name is answered; for its lines give < {tmp_path}" in printed.err


def test_options_may_stand_anywhere(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outputs = set()
    for arguments in (
        ["--json", str(artifact), "good", "bad"],
        [str(artifact), "--json", "good", "bad"],
        [str(artifact), "good", "--json", "bad"],
        [str(artifact), "good", "bad", "--json"],
        [str(artifact), "--json", "--", "good", "bad"],
    ):
        assert main(["run", *arguments]) == 0
        outputs.add(capsys.readouterr().out)
    assert len(outputs) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run"],
        ["verify"],
        ["run", "x", "--threads", "many"],
        ["run", "x", "--fast"],
        ["inspect", "x", "y"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_a_reader_that_leaves_early_is_no_error(artifact: Path) -> None:
    program = f"yes good | head -3000 | {sys.executable} -m litebert.tools.cli run {artifact} | head -1"
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.count("\n") == 1 and "Error" not in done.stderr and "error" not in done.stderr


def test_run_leaves_early(early_artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(early_artifact), "good film", "--speed", "1"]) == 0
    assert capsys.readouterr().out.endswith("\tlayer 0\n")
    assert main(["run", str(early_artifact), "good film", "--speed", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exit_layer"] == 3


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--speed", "nan"], "expected a number from 0 to 1"),
        (["--speed", "2"], "expected a number from 0 to 1"),
        (["--speed", "0.1,0.2"], "--speed has 2 values, expected one, or 3: one per early exit"),
        (["--patience", "1"], "leaves by the rule entropy-below, which needs --speed"),
        (["--speed", "0.1", "--threshold", "0.1"], "which needs --speed"),
        (["--max-accuracy-drop", "1"], "was not calibrated"),
        (["--latency-budget-ms", "1", "--speed", "0.1"], "give one"),
    ],
)
def test_run_explains_wrong_knobs(
    early_artifact: Path, flags: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(early_artifact), "good film", *flags]) == 1
    assert words in capsys.readouterr().err


def test_run_without_exits_has_no_knobs(artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for flags in (["--speed", "0.3"], ["--max-accuracy-drop", "1"], ["--latency-budget-ms", "1"]):
        assert main(["run", str(artifact), "good film", *flags]) == 1
        assert "has no early exits" in capsys.readouterr().err


def test_inspect_names_rule_and_exits(early_artifact: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(early_artifact)]) == 0
    assert "exit_rule     entropy-below" in capsys.readouterr().out
    assert main(["inspect", str(early_artifact), "--json"]) == 0
    exits = json.loads(capsys.readouterr().out)["targets"]["onnx"]["exits"]
    assert [each["layer"] for each in exits] == [0, 1, 2, 3]


@pytest.mark.parametrize("value", ["fast", "0.1,", "", "0.1;0.2"])
def test_a_speed_that_is_no_number(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["run", "model.litebert", "good film", "--speed", value])
    assert stop.value.code == 2
    assert f"--speed: {value!r}, expected a number, or several as 0.1,0.2" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["fc", "fc:mean", ":first", "self.:first"])
def test_a_classifier_without_its_states(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["verify", "a", "--data", "b.tsv", "--against", "c", "--classifier", value])
    assert stop.value.code == 2
    assert f"--classifier: {value!r}, expected NAME:pooler or NAME:first" in capsys.readouterr().err
