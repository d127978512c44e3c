"""Other things that people name in place of an artifact, and the line with the cure."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import litebert
from litebert import InputError
from litebert.tools.cli import main

COMMANDS = ["run", "inspect", "verify", "bench", "doctor"]


def _said(path: Path | str) -> str:
    with pytest.raises(InputError) as raised:
        litebert.load(path)
    return str(raised.value)


def _file(path: Path) -> Path:
    path.write_text("x")
    return path


@pytest.mark.parametrize(
    ("make", "found", "cure"),
    [
        (lambda folder: _file(folder / "config.json").parent, "a checkpoint", "first run litebert-export {}"),
        (lambda folder: _file(folder / "model.bin").parent, "a checkpoint", "first run litebert-export {}"),
        (lambda folder: _file(folder / "model.pt"), "a checkpoint", "first run litebert-export {}"),
        (lambda folder: _file(folder / "my model.ckpt"), "a checkpoint", "first run litebert-export '{}'"),
        (lambda folder: _file(folder / "m.litebert.zip"), "an archive", "unpack it, and name the folder"),
        (lambda folder: _file(folder / "model.onnx"), "a graph alone", "name a folder with manifest.json"),
        (lambda folder: _file(folder / "notes.txt"), "a file", "name a folder"),
        (lambda folder: folder, "a folder without manifest.json", ""),
        (lambda folder: folder / "absent", "no such folder", ""),
    ],
)
def test_what_is_no_artifact_is_named(
    make: Callable[[Path], Path], found: str, cure: str, tmp_path: Path
) -> None:
    path = make(tmp_path)
    said = _said(path)
    assert said.startswith(f"{path}: {found}; expected an artifact written by litebert-export")
    assert cure.format(path) in said


def test_near_an_artifact_it_is_named(artifact: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("manifest.json", "onnx", "onnx/whole.onnx"):
        assert _said(artifact / part).endswith(f"name the folder {artifact}")
    monkeypatch.chdir(artifact.parent)
    assert "a folder with artifacts in it" in _said(".") and artifact.name in _said(".")
    assert _said(artifact.with_suffix("").name).count("first run litebert-export tiny") == 1  # the checkpoint


def test_the_ending_of_an_artifact_may_be_forgotten(artifact: Path, tmp_path: Path) -> None:
    shutil.copytree(artifact, tmp_path / "student.litebert")
    assert _said(tmp_path / "student").endswith(f"{tmp_path / 'student.litebert'} is there")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_it(command: str, checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, str(checkpoint)]) == 1
    shown = capsys.readouterr()
    assert f"first run litebert-export {checkpoint}" in shown.out + shown.err


def test_a_calibration_says_it(checkpoint: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", str(checkpoint), "--data", "absent.tsv"]) == 1
    assert f"first run litebert-export {checkpoint}" in capsys.readouterr().err
