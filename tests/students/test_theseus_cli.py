"""The command, from files to files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from litebert.tools.progress import Bar
from litebert_students.theseus_cli import main

FAST = ["--layers", "2", "--replace-epochs", "1", "--tune-epochs", "1", "--batch-size", "8"]


def test_a_student_is_written(
    folder: Path,
    tsv: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from transformers import AutoTokenizer, BertForSequenceClassification

    out = tmp_path / "student"
    tsv.write_text(tsv.read_text().replace("text\tlabel", "review\tstars"))
    columns = ["--text-column", "review", "--label-column", "stars"]
    arguments = [str(folder), str(tsv), *FAST, "--dev", str(tsv), "--trim-vocab", *columns, "-o", str(out)]
    assert main(arguments) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("epoch 1/2: loss ")
    assert printed[1].split()[0] == "accuracy"
    assert printed[4].startswith(f"wrote {out}: 2 layers, ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "student", "train.tsv"]

    loaded, report = BertForSequenceClassification.from_pretrained(out, output_loading_info=True)
    assert not any(report.values())
    assert (loaded.config.num_hidden_layers, loaded.config.id2label[1]) == (2, "positive")
    vocab = (out / "vocab.txt").read_text().splitlines()
    assert "dull" not in vocab
    assert vocab[0] == "[PAD]"
    assert loaded.config.vocab_size == len(vocab)
    assert AutoTokenizer.from_pretrained(out)("good")["input_ids"][1] == vocab.index("good")

    assert printed[5] == f"next: litebert-export {out}"

    first = {path.name: path.read_bytes() for path in out.iterdir()}
    shares: list[float] = []
    monkeypatch.setattr(Bar, "add", lambda bar, done, phase: shares.append(done))
    assert main([*arguments, "--force"]) == 0
    assert sum(shares) == pytest.approx(1)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first


def test_a_killed_run_is_continued_to_the_same_bytes(
    check_resumed: Callable[..., None], folder: Path, tsv: Path, tmp_path: Path
) -> None:
    at = ("theseus_cli", "theseus_recipe", "mix_layers", 5)  # in the second epoch
    arguments = [str(folder), str(tsv), *FAST, "--trim-vocab"]
    check_resumed(main, at, arguments, tmp_path / "out.theseus.partial", "epoch 2/2")


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert "example:" in capsys.readouterr().out


def test_wrong_usage_exits_2() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["model", "train.tsv", "--layers", "three", "-o", "out"])
    assert stop.value.code == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"MODEL": "absent"}, "absent: no such folder"),
        ({"MODEL": "."}, ".: no weights of its own; name "),
        ({"TRAIN": "absent.tsv"}, "absent.tsv: cannot be read"),
        ({"TRAIN": "headless.tsv"}, "put one such as text<TAB>label above it"),
        ({"TRAIN": "unknown.tsv"}, "does not have ('awful')"),
        ({"--dev": "unknown.tsv"}, "does not have ('awful')"),
        ({"-o": "taken"}, "--force"),
        ({"-o": "no/where"}, "create it or choose another"),
        ({"--layers": "3"}, "--layers 3 (a divisor of 4)"),
        ({"--layers": "0", "--batch-size": "0"}, "--batch-size 0"),
        ({"--max-tokens": "65"}, "--max-tokens 65 (at most 64)"),
        (
            {"--tune-epochs": "0", "--replace-epochs": "0"},
            "--tune-epochs 0 (not negative, and an epoch in all)",
        ),
        ({"--learning-rate": "1e30"}, "diverged"),
    ],
)
@pytest.mark.usefixtures("folder", "tsv")
def test_errors_are_one_line_and_leave_nothing(
    tmp_path: Path,
    refused: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
    told: str,
) -> None:
    (tmp_path / "headless.tsv").write_text("good\t1\n")
    (tmp_path / "unknown.tsv").write_text("text\tlabel\ngood\tawful\n")
    (tmp_path / "taken").mkdir()
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    given = {"MODEL": "model", "TRAIN": "train.tsv", "-o": "student", "--layers": "2", "--dev": "train.tsv"}
    given |= {"--replace-epochs": "1", "--tune-epochs": "1"} | change
    options = [part for name, value in given.items() for part in (name, value) if name.startswith("-")]
    refused(main, [given["MODEL"], given["TRAIN"], *options], told)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("named", ["", "model.safetensors"])
def test_the_teacher_is_never_replaced(
    named: str, folder: Path, tsv: Path, refused: Callable[..., None]
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    refused(
        main, [str(folder / named), str(tsv), *FAST, "-o", str(folder), "--force"], "is the teacher itself"
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_missing_torch_names_the_extra(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "litebert_students.theseus_recipe", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["model", "train.tsv", *FAST, "-o", str(tmp_path / "out")]) == 1
    assert 'pip install "litebert[train]"' in capsys.readouterr().err


def test_the_command_itself_loads_no_torch() -> None:
    check = "import sys, litebert_students.theseus_cli; print({'torch', 'transformers'} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"


@pytest.mark.parametrize(
    ("file", "content", "cure"),
    [
        ("vocab.txt", "[PAD]\n[CLS]\n[SEP]\ngood\n", "put the model's own in its place"),
        ("tokenizer_config.json", '{"model_max_length": 128}', "write it there"),
    ],
)
def test_a_cure_names_no_flag_that_the_command_lacks(
    file: str, content: str, cure: str, folder: Path, tsv: Path, refused: Callable[..., None], tmp_path: Path
) -> None:
    """litebert-export would name --vocab and --cased."""
    (folder / file).write_text(content)
    if file != "vocab.txt":
        (folder / "vocab.txt").write_text((folder / "vocab.txt").read_text().replace("sun\n", "Sun\n"))
    refused(main, [str(folder), str(tsv), *FAST, "-o", str(tmp_path / "out")], f"; {cure}\n")
