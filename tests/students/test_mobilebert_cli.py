"""The command, from files to files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from litebert_exporter.pipeline import export
from litebert_students.mobilebert_cli import main

FAST = ["--layers", "2", "--heads", "2", "--embedding-size", "16", "--feed-forwards", "2", "--epochs", "1"]


def test_a_student_is_written(
    folder: Path, tsv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from transformers import AutoTokenizer, MobileBertForSequenceClassification

    out = tmp_path / "student"
    assert main([str(folder), str(tsv), *FAST, "--dev", str(tsv), "--trim-vocab", "-o", str(out)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("epoch 1/4: loss ")
    assert printed[7].split()[0] == "accuracy"
    assert printed[8].startswith(f"wrote {out}: 2 layers, ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "student", "train.tsv"]

    loaded, report = MobileBertForSequenceClassification.from_pretrained(out, output_loading_info=True)
    assert not any(report.values())
    assert (loaded.config.num_hidden_layers, loaded.config.id2label[1]) == (2, "positive")
    vocab = (out / "vocab.txt").read_text().splitlines()
    assert loaded.config.vocab_size == len(vocab)
    assert AutoTokenizer.from_pretrained(out)("good")["input_ids"][1] == vocab.index("good")
    assert export(out, targets=["onnx"], out=tmp_path / "app").family == "mobilebert"


def test_texts_without_labels_and_a_killed_run(
    check_resumed: Callable[..., None], folder: Path, tmp_path: Path
) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("the film\nvery good\na dull , sunny plot\n")
    at = ("mobilebert_cli", "mobilebert_recipe", "layer_loss", 3)
    check_resumed(
        main, at, [str(folder), str(texts), *FAST], tmp_path / "out.mobilebert.partial", "epoch 3/4"
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"MODEL": "absent"}, "absent: no such folder"),
        ({"MODEL": "."}, ".: no weights of its own; name "),
        ({"MODEL": "damaged"}, "1 not finite (bert.encoder.layer.1.output.dense.bias)"),
        ({"TEXTS": "absent.tsv"}, "absent.tsv: cannot be read"),
        ({"TEXTS": "empty.txt"}, "empty.txt"),
        ({"--dev": "unknown.tsv"}, "does not have ('awful')"),
        ({"-o": "taken"}, "--force"),
        ({"--layers": "3"}, "--layers 3 (a divisor of 4)"),
        ({"--heads": "5", "--embedding-size": "33"}, "--heads 5 (1 to 4), --embedding-size 33 (1 to 32)"),
        ({"--feed-forwards": "0", "--epochs": "-1"}, "--feed-forwards 0 (1 to 64), --epochs -1"),
        (
            {"--transfer-share": "0", "--transfer-rate": "nan"},
            "--transfer-share 0.0 (above 0, at most 1), --transfer-rate nan",
        ),
        ({"--feature-share": "-1", "--learning-rate": "inf"}, "--feature-share -1.0"),
        ({"--max-tokens": "65"}, "--max-tokens 65 (at most 64)"),
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
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "unknown.tsv").write_text("text\tlabel\ngood\tawful\n")
    (tmp_path / "taken").mkdir()
    damaged = shutil.copytree(tmp_path / "model", tmp_path / "damaged") / "model.safetensors"
    tensors = load_file(damaged)
    tensors["bert.encoder.layer.1.output.dense.bias"][3] = float("nan")
    save_file(tensors, damaged)
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.chdir(tmp_path)
    given = {"MODEL": "model", "TEXTS": "train.tsv", "-o": "student", "--dev": "train.tsv"}
    given |= dict(zip(FAST[::2], FAST[1::2], strict=True)) | change
    options = [part for name, value in given.items() for part in (name, value) if name.startswith("-")]
    refused(main, [given["MODEL"], given["TEXTS"], *options], told)
    assert sorted(tmp_path.rglob("*")) == before
