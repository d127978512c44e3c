"""The commands as a user runs them: what they may cost, and what a signal leaves behind."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bad_inputs import (
    change_json,
    change_tensors,
    check_refusal,
    command,
    nothing_left,
    start_command,
)
from safetensors.numpy import load_file
from students import UNCASED

from litebert.artifact import open_artifact
from litebert.tools.verify import verify_artifact
from litebert_exporter import export
from litebert_exporter.export_cli import main

pytest_plugins = ("bad_fixtures",)

Spoil = Callable[[Path], object]


def _big_hole(bytes_: int, name: str = "extra") -> Spoil:
    """Appends a tensor of zeros that takes no room on disk."""

    def spoil(student: Path) -> None:
        path = student / "model.safetensors"
        content = path.read_bytes()
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        end = max(facts["data_offsets"][1] for key, facts in header.items() if key != "__metadata__")
        header[name] = {"dtype": "F16", "shape": [bytes_ // 2], "data_offsets": [end, end + bytes_ // 2 * 2]}
        text = json.dumps(header).encode()
        path.write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])
        os.truncate(path, 8 + len(text) + end + bytes_ // 2 * 2)

    return spoil


def _long_vocabulary(student: Path) -> None:
    tokens = (f"{token}\n" for token in (*UNCASED, *range(2_000_000)))
    (student / "vocab.txt").write_text("".join(tokens), encoding="utf-8")


def _huge_weights(student: Path) -> None:
    tensors = load_file(student / "model.safetensors")
    change_tensors(student, **{name.replace(".", "__"): v * np.float32(1e25) for name, v in tensors.items()})


CHEAP = [
    pytest.param(
        lambda student: os.truncate(student / "model.safetensors", 100), "not a sound", id="truncated"
    ),
    pytest.param(_big_hole(2**36), "at most 1500000000", id="64 GB of weights"),
    pytest.param(_big_hole(1_400_000_000), "1 left over (extra)", id="1.4 GB of weights that nobody wants"),
    pytest.param(
        _big_hole(1_400_000_000, "classifier.weight"), "classifier.weight", id="1.4 GB as classifier"
    ),
    pytest.param(
        lambda student: change_json(student / "config.json", num_hidden_layers=10**9),
        "1 to 256",
        id="10^9 layers",
    ),
    pytest.param(
        lambda student: (student / "config.json").write_text('{"a":[' + "[]," * 1_300_000 + "[]]}"),
        "hidden_size",
        id="a config of lists",
    ),
    pytest.param(
        lambda student: (student / "tokenizer.json").write_text("[" + "[]," * 4_000_000 + "[]]"),
        "not a tokenizer",
        id="a tokenizer of lists",
    ),
    pytest.param(_long_vocabulary, f"the word embedding has {len(UNCASED)} rows", id="a long vocabulary"),
    pytest.param(_huge_weights, "not finite", id="weights that overflow"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("spoil", "words"), CHEAP)
def test_a_refusal_is_cheap(spoil: Spoil, words: str, student: Path) -> None:
    spoil(student)
    if words == "hidden_size":
        arguments = ["student", "--family", "bert"]
        words = "config.json: no "
    else:
        arguments = ["student"]
    with nothing_left(Path.cwd()):
        check_refusal(command("litebert-export", *arguments), words)


@pytest.mark.slow
def test_a_name_that_is_no_text(student: Path) -> None:
    name = b"student \xff"
    student.rename(os.fsdecode(name))
    finished = command("litebert-export", name, "--target", "onnx")
    assert finished.code == 0, finished.err
    assert open_artifact("student ?.litebert").name == "student ?"
    finished = command("litebert-export", name, "-o", b"out \xff")
    check_refusal(finished, "'out \\udcff': not UTF-8, which engines expect of a path")


@pytest.mark.slow
def test_the_system_forbids_large_files(student: Path) -> None:
    """As a quota does: the write fails, or raises a signal where nobody minds it."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    with nothing_left(Path.cwd()):
        finished = command("litebert-export", "student", "-o", "out", preexec_fn=limit)
    check_refusal(finished, "out: cannot be written ([Errno 27] File too large)")


@pytest.mark.slow
def test_a_reader_that_goes_away(student: Path) -> None:
    process = start_command("litebert-export", "student", "-o", "out", "--target", "onnx")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    err = process.stderr.read().decode()
    assert process.wait() == 1 and "Traceback" not in err and "error" not in err
    assert all(replay.passed for replay in verify_artifact("out"))


STAGES = ("read", "write onnx", "verify onnx", "write tflite", "verify tflite", "verify artifact")


def _interrupt(stage: str, number: signal.Signals, delay: float) -> subprocess.Popen[bytes]:
    """Starts an export over `out` and sends it a signal some time after a stage began."""
    process = start_command("litebert-export", "student", "-o", "out", "--force")
    assert process.stderr is not None
    for line in process.stderr:
        if line.decode().strip() == f"{stage} ...":
            break
    time.sleep(delay)
    process.send_signal(number)
    return process


def _stands(name: str, targets: list[str]) -> None:
    assert all(replay.passed for replay in verify_artifact(name))
    assert sorted(open_artifact(name).targets) in (targets, ["onnx", "tflite"])


def _check_kill(student: Path, stage: str, delay: float) -> None:
    export(student, out="out", targets=("onnx",))
    process = _interrupt(stage, signal.SIGKILL, delay)
    process.communicate()
    _stands("out", ["onnx"])
    assert main(["student", "--target", "tflite", "-o", "out", "--force"]) == 0
    _stands("out", ["tflite"])
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["out", "student"]
    shutil.rmtree("out")


def _check_stop(student: Path, stage: str, delay: float, number: signal.Signals) -> None:
    export(student, out="out", targets=("onnx",))
    process = _interrupt(stage, number, delay)
    err = process.communicate()[1].decode()
    # 0 and -number: it came when all was done
    assert process.returncode in (128 + number, -number, 0) and "Traceback" not in err, err
    _stands("out", ["onnx"])
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["out", "student"]
    shutil.rmtree("out")


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_a_kill_at_any_moment(stage: str, student: Path) -> None:
    moments = random.Random(stage)
    for _ in range(2):
        _check_kill(student, stage, moments.uniform(0, 0.05))


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("stage", STAGES)
def test_a_signal_at_any_moment(stage: str, number: signal.Signals, student: Path) -> None:
    _check_stop(student, stage, random.Random(f"{stage} {number}").uniform(0, 0.05), number)
