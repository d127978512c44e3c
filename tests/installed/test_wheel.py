"""The wheel in clean environments: without extras it explains itself, with one engine it answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.installed

Install = Callable[..., Path]


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, check=False)


def _assert_one_line(done: subprocess.CompletedProcess[str], message: str) -> None:
    assert done.returncode == 1
    assert message in done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_without_extras_it_says_what_to_install(wheel: Path, install: Install, artifact: Path) -> None:
    programs = install(str(wheel))
    answer = _run(programs / "litebert", "run", artifact, "good")
    for extra in ("onnx", "litert"):
        _assert_one_line(answer, f'pip install "litebert[{extra}]"')
    _assert_one_line(_run(programs / "litebert-export", artifact), 'pip install "litebert[export]"')
    _assert_one_line(
        _run(programs / "litebert-theseus", "a", "b", "--layers", "3", "-o", "c"),
        'pip install "litebert[train]"',
    )
    _assert_one_line(
        _run(programs / "litebert-exits", "a", "--texts", "b", "-o", "c"), 'pip install "litebert[train]"'
    )
    assert "int8" in _run(programs / "litebert", "inspect", artifact).stdout
    students = ("litebert-theseus", "litebert-exits", "litebert-mobilebert")
    commands = ("litebert", "litebert-bench", "litebert-export", *students)
    for command in commands:
        assert _run(programs / command, "--help").returncode == 0


@pytest.mark.parametrize(("extra", "target"), [("onnx", "onnx"), ("litert", "tflite")])
def test_with_one_engine_it_answers(
    wheel: Path,
    install: Install,
    artifact: Path,
    early_artifact: Path,
    extra: str,
    target: str,
) -> None:
    programs = install(f"{wheel}[{extra}]")
    answer = _run(programs / "litebert", "run", artifact, "the film was very good .")
    assert answer.returncode == 0 and answer.stdout.split("\t")[0] in ("negative", "positive")
    left = _run(programs / "litebert", "run", early_artifact, "the film was very good .", "--speed", "1")
    assert left.returncode == 0 and left.stdout.endswith("\tlayer 0\n")
    shown = _run(programs / "litebert", "verify", artifact)
    assert shown.returncode == 0
    assert f"{target:8} 8 golden cases agree" in shown.stdout and "not checked" in shown.stdout
    _assert_one_line(_run(programs / "litebert-export", artifact), 'pip install "litebert[export]"')


@pytest.mark.parametrize(("engine", "target"), [("onnxruntime", "onnx"), ("ai-edge-litert", "tflite")])
def test_four_packages_are_all_that_answering_needs(
    wheel: Path, install: Install, artifact: Path, early_artifact: Path, engine: str, target: str
) -> None:
    programs = install("--no-deps", str(wheel), "numpy", "tokenizers", engine)
    listed = _run(programs / "pip", "list", "--format=json").stdout
    names = {package["name"].replace("_", "-") for package in json.loads(listed)} - {"pip", "setuptools"}
    assert names == {"litebert", "numpy", "tokenizers", engine}
    for command, shown in (
        (("run", early_artifact, "the film was very good .", "--speed", "1"), "\tlayer 0\n"),
        (("verify", artifact), f"{target:8} 8 golden cases agree"),
        (("doctor", artifact), f'"auto" takes {engine}: '),
    ):
        done = _run(programs / "litebert", *command)
        assert (done.returncode, done.stderr) == (0, "")
        assert shown in done.stdout
    assert "cannot be imported" not in done.stdout and "tokenizers  not" not in done.stdout
