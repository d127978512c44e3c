"""The command litebert-exits, from files to files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import students
from safetensors.numpy import load_file, save_file

import litebert
from litebert_exporter import export
from litebert_students.exits_cli import main

FAST = ["--head-size", "8", "--epochs", "2", "--batch-size", "8"]
TSV = "text\tlabel\n" + "the film was good\tpositive\na dull plot\tnegative\n" * 6


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the current folder, with a tiny model and texts in it."""
    write_model(tmp_path)
    (tmp_path / "train.tsv").write_text(TSV)
    (tmp_path / "lines.txt").write_text("good\n\n bad film\n")
    (tmp_path / "reviews.csv").write_text("review,stars\ngood,positive\n bad film,negative\n")
    (tmp_path / "pairs.tsv").write_text("text_a\ttext_b\ngood\tfilm\nbad\tplot\n")
    (tmp_path / "latin.txt").write_bytes("très bon\n".encode("latin-1"))
    (tmp_path / "empty.txt").write_text("\n\n")
    (tmp_path / "empty.tsv").write_text("text\n")
    (tmp_path / "headless.tsv").write_text("good\t1\n")
    (tmp_path / "unknown.tsv").write_text("text\tlabel\ngood\tawful\n")
    (tmp_path / "taken").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_model(
    folder: Path, outputs: int = 2, nan: bool = False, scale: float = 1.0, **changes: Any
) -> None:
    config = students.bert_config(**changes)
    tensors = students.bert_tensors(config, outputs)
    norm = "bert.encoder.layer.0.output.LayerNorm.weight"
    tensors[norm] = tensors[norm] * np.float32(np.nan if nan else scale)
    students.write_checkpoint(folder / "model", config, tensors)


def test_exits_are_written_and_measured(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(path.name for path in place.iterdir())
    assert main(["model", "--texts", "lines.txt", *FAST, "--dev", "train.tsv", "-o", "out"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("epoch 1/2: loss ")
    assert printed[1].split()[0] == "accuracy"
    assert [0 <= float(part) <= 100 for part in printed[1].split()[1:3]] == [True, True]
    assert printed[2].split()[0] == "agreement"
    assert printed[6:] == ["wrote out: 1 exits", "next: litebert-export out"]
    assert sorted(path.name for path in place.iterdir()) == sorted([*before, "out"])

    first = {path.name: path.read_bytes() for path in (place / "out").iterdir()}
    assert main(["model", "--texts", "lines.txt", *FAST, "-o", "out", "--force"]) == 0
    assert {path.name: path.read_bytes() for path in (place / "out").iterdir()} == first


@pytest.mark.parametrize("texts", ["pairs.tsv", "reviews.csv", "lines.txt"])
@pytest.mark.usefixtures("place")
def test_every_kind_of_file_will_do(texts: str, capsys: pytest.CaptureFixture[str]) -> None:
    labelled = texts == "reviews.csv"
    flags = ["--text-column", "review", "--label-column", "stars"] if labelled else []
    assert main(["model", "--texts", texts, *FAST, "--head", "linear", "-o", "out", *flags]) == 0
    assert ("accuracy" in capsys.readouterr().out) == labelled


@pytest.mark.usefixtures("place")
def test_flags_the_export_needs_again_are_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    write_model(Path(), model_type=None, architectures=None, num_attention_heads=None)
    flags = ["--family", "tinybert", "--heads", "3"]
    assert main(["model", "--texts", "lines.txt", *FAST, *flags, "-o", "out"]) == 0
    assert "next: litebert-export out --family tinybert --heads 3" in capsys.readouterr().out


@pytest.mark.usefixtures("place")
def test_a_students_own_classifier_is_kept_in_the_config(capsys: pytest.CaptureFixture[str]) -> None:
    path = Path("model/model.safetensors")
    tensors = {f"net.{name}".replace("classifier", "fc"): values for name, values in load_file(path).items()}
    save_file({**tensors, "loss_fct.weight": np.ones(2)}, path)
    flags = ["--head", "linear", "--classifier", "fc:first"]
    assert main(["model", "--texts", "lines.txt", *FAST, *flags, "-o", "out"]) == 0
    note = 'read: took off "net." from 41 names; left out bert.pooler.dense.* (2), loss_fct.weight'
    assert note in capsys.readouterr().err
    options: dict[str, Any] = {"targets": ["onnx"], "quantize": "none"}
    export("model", out="plain", classifier="fc:first", **options)
    export("out", out="exits", **options)
    with litebert.load("plain") as plain, litebert.load("exits") as exits:
        assert exits("good film", speed=0).logits == pytest.approx(plain("good film").logits, abs=1e-5)


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert "examples:" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["model", "-o", "out"], ["model", "--texts", "t", "--epochs", "two"]])
def test_wrong_usage_exits_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"MODEL": "absent"}, "absent: no such folder"),
        ({"--texts": "absent.txt"}, "absent.txt: cannot be read"),
        ({"--texts": "taken"}, "taken: cannot be read"),
        ({"--texts": "latin.txt"}, "latin.txt: cannot be read"),
        ({"--texts": "empty.txt"}, "empty.txt: holds no text"),
        ({"--texts": "empty.tsv"}, "empty.tsv: no line below its header"),
        ({"--texts": "headless.tsv"}, "headless.tsv: its first line is"),
        ({"--texts": "unknown.tsv"}, "'awful'"),
        ({"--dev": "unknown.tsv"}, "'awful'"),
        ({"--dev": "pairs.tsv"}, "expected text<TAB>label"),
        ({"-o": "taken"}, "--force"),
        ({"-o": "no/where"}, "no: no such folder"),
        ({"-o": "."}, "exists already"),
        ({"--epochs": "0", "--batch-size": "0"}, "--epochs 0 (at least 1), --batch-size 0 (at least 1)"),
        ({"--head-heads": "3"}, "--head-heads 3 (a divisor of the head size)"),
        ({"--head-size": "0"}, "--head-size 0"),
        ({"--learning-rate": "nan"}, "--learning-rate nan (above 0)"),
        ({"--learning-rate": "1e30", "--epochs": "3"}, "diverged"),
        ({"--max-tokens": "3"}, "--max-tokens 3"),
        ({"--max-tokens": "49"}, "--max-tokens 49 (at most 48)"),
        ({"--seed": "-1"}, "--seed -1"),
        ({"--labels": "a,b"}, "--labels a,b contradicts"),
        ({"--family": "distilbert"}, "--family distilbert contradicts"),
        ({"--vocab": "absent.txt"}, "absent.txt: no such file"),
    ],
)
def test_errors_are_one_line_and_leave_nothing(
    place: Path, refused: Callable[..., None], change: dict[str, str], told: str
) -> None:
    before = sorted(place.rglob("*"))
    given = {
        "MODEL": "model",
        "--texts": "train.tsv",
        "-o": "out",
        "--head-size": "8",
        "--epochs": "1",
    } | change
    options = [part for name, value in given.items() for part in (name, value) if name.startswith("-")]
    refused(main, [given["MODEL"], *options], told)
    assert sorted(place.rglob("*")) == before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"problem_type": "multi_label_classification"}, "expected a single-label classifier"),
        ({"outputs": 1, "id2label": None, "label2id": None}, "regression, outputs 1"),
        ({"num_hidden_layers": 1}, "has 1 layer"),
        ({"nan": True}, "not finite (bert.encoder.layer.0.output.LayerNorm.weight)"),
        ({"scale": 1e38}, "not finite, expected finite"),
    ],
)
def test_students_that_cannot_have_exits(
    place: Path, refused: Callable[..., None], changes: dict[str, Any], told: str
) -> None:
    write_model(place, **changes)
    before = sorted(place.rglob("*"))
    refused(main, ["model", "--texts", "lines.txt", *FAST, "-o", "out"], told)
    assert sorted(place.rglob("*")) == before


def test_a_student_with_exits_gets_no_others(place: Path, refused: Callable[..., None]) -> None:
    assert main(["model", "--texts", "lines.txt", *FAST, "-o", "out"]) == 0
    refused(main, ["out", "--texts", "lines.txt", *FAST, "-o", "again"], "has exits already")
    assert not (place / "again").exists()


def test_a_missing_vocabulary_is_told(place: Path, refused: Callable[..., None]) -> None:
    (place / "model" / "vocab.txt").unlink()
    refused(main, ["model", "--texts", "lines.txt", *FAST, "-o", "out"], "--vocab FILE")


@pytest.mark.parametrize("absent", ["torch", "ml_dtypes", "threadpoolctl"])
def test_a_missing_package_names_the_extra(absent: str, capsys: pytest.CaptureFixture[str]) -> None:
    with patch.dict(sys.modules):  # which drops what is imported here: other tests have the modules of before
        for name in [
            name for name in sys.modules if name.startswith(("litebert_students.", "litebert_exporter"))
        ]:
            if name != "litebert_students.exits_cli":
                del sys.modules[name]
        sys.modules[absent] = None
        assert main(["model", "--texts", "train.tsv", "-o", "out"]) == 1
    printed = capsys.readouterr().err
    assert f"the package {absent} is not installed" in printed
    assert 'pip install "litebert[train]"' in printed


def test_the_command_itself_loads_no_extra() -> None:
    check = (
        "import sys, litebert_students.exits_cli; "
        "print({'torch', 'safetensors', 'tqdm', 'ml_dtypes', 'threadpoolctl'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"
