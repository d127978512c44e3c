"""The common part of peers, their preparation, and the places where they are installed."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

import commands
import environments
import stamps
from environments import Environment, make_environment
from models import BenchModel
from subjects import PEERS, Peer, prepare_peer

PEER = """
import sys
from worker import Opened, PeerProgram, pad, run

def prepare(checkpoint, out, options):
    (out / "part").write_text("x")
    if not (checkpoint / "config.json").exists():
        raise FileNotFoundError(f"{checkpoint.name} has no\\nconfig.json")
    (out / "model").write_text(options.way)

def open_model(out, options):
    print("a library prints")
    def answer(rows):
        print("and again")
        feeds = pad(rows)
        if feeds["input_ids"].max() > 99:
            raise ValueError("no such token")
        return (feeds["input_ids"] * feeds["attention_mask"]).sum(axis=1, keepdims=True)
    return Opened(answer, "fake 1", "float", notes=[f"{options.threads} threads"])

run(PeerProgram("fake", ("none", "int8"), prepare, open_model, ("json",), ("numpy",)))
"""


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", str(environments.HERE / "peers"))
    path = tmp_path / "fake.py"
    path.write_text(PEER)
    return path


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def test_a_peer_answers_by_the_protocol(script: Path, checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    here = [sys.executable, str(script)]
    subprocess.run([*here, "prepare", str(checkpoint), str(out), "--way", "int8"], check=True)
    rows = [{"input_ids": [7] * n, "token_type_ids": [0] * n} for n in (1, 3, 2)]
    bad = {"rows": [{"input_ids": [100], "token_type_ids": [0]}], "batch": 1}
    lines = [json.dumps(each) + "\n" for each in ({"rows": rows, "batch": 2}, bad)]
    done = subprocess.run(
        [*here, "serve", str(out), "--threads", "3", "--way", "int8"],
        input="".join(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    ready, answer, error = (json.loads(line) for line in done.stdout.splitlines())
    assert ready["ready"] is True
    assert ready["files"] == {"model": 4, "part": 1}
    assert ready["size_bytes"] == 5
    assert ready["notes"] == ["3 threads"]
    assert answer["logits"] == [[7.0], [21.0], [14.0]]
    assert len(answer["wall_ms"]) == len(answer["cpu_ms"]) == 2
    assert error == {"error": "ValueError: no such token"}
    assert done.returncode == 1
    assert "a library prints" in done.stderr


def test_a_peer_that_cannot_be_prepared_leaves_nothing_and_keeps_its_reason(
    script: Path, checkpoint: Path, tmp_path: Path
) -> None:
    (checkpoint / "config.json").unlink()
    peer = Peer("fake", "onnxruntime", str(script), "none", "none")
    model = BenchModel("student", checkpoint, "stamp", trained=True, texts=1)
    environment = Environment("fake", Path(sys.executable))
    found = prepare_peer(peer, environment, model, tmp_path / "converted")
    assert found.problem == "cannot be prepared: FileNotFoundError: checkpoint has no config.json"
    assert not (tmp_path / "converted" / "student" / "fake").exists()
    broken = Environment("fake", tmp_path / "no-python")
    assert prepare_peer(peer, broken, model, tmp_path / "converted").problem == found.problem
    (checkpoint / "config.json").write_text("{}")
    script.write_text(PEER + "# mended")
    assert prepare_peer(peer, environment, model, tmp_path / "converted").problem is None
    assert (tmp_path / "converted" / "student" / "fake" / "model").exists()


def test_a_peer_without_its_environment_says_so(tmp_path: Path) -> None:
    model = BenchModel("student", tmp_path, "", trained=True, texts=1)
    environment = Environment("transformers", tmp_path, "no matching distribution")
    assert prepare_peer(PEERS[0], environment, model, tmp_path).problem == (
        "cannot be installed: no matching distribution"
    )


def test_every_peer_has_its_script_and_requirements() -> None:
    folder = environments.HERE / "peers"
    assert {peer.environment for peer in PEERS} == {*environments.known()}
    assert all((folder / peer.script).exists() for peer in PEERS)


def test_an_environment_is_complete_or_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    requirements = tmp_path / "fake.txt"
    requirements.write_text("torch==2.13.0\nother==1\n")
    ran: list[Sequence[str]] = []
    problems = iter([None, None, "No matching distribution found for other==1", None, None, None])

    def pretend(command: Sequence[str], log: Path, timeout_s: float) -> str | None:
        ran.append(command)
        (tmp_path / "venvs" / "fake").mkdir(parents=True, exist_ok=True)
        return next(problems)

    monkeypatch.setattr(commands, "problem", pretend)
    made = make_environment("fake", tmp_path / "venvs", requirements)
    assert made.problem == "No matching distribution found for other==1"
    assert "fake: cannot be installed: No matching" in capsys.readouterr().out
    assert ran[1][-1] == "torch==2.13.0"
    assert make_environment("fake", tmp_path / "venvs", requirements).problem is None
    assert len(ran) == 6
    assert make_environment("fake", tmp_path / "venvs", requirements).problem is None
    assert len(ran) == 6
    requirements.write_text("other==2\n")
    assert not stamps.is_current(tmp_path / "venvs" / "fake", stamps.digest([requirements]))


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    assert commands.problem(sleep, tmp_path / "log", 0.2) == "not done after 0 s"
    fails = [sys.executable, "-c", "print('ERROR: telling'); print('hint'); raise SystemExit(3)"]
    assert commands.problem(fails, tmp_path / "log", 60) == "telling"
    assert commands.problem([sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log", 60) == (
        "exit code 3"
    )


def test_an_interrupt_ends_what_runs_at_once(tmp_path: Path) -> None:
    started = tmp_path / "started"
    program = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"

    def call(item: int) -> None:
        if item:
            while not started.exists():
                time.sleep(0.01)
            raise KeyboardInterrupt
        commands.problem([sys.executable, "-c", program, str(started)], tmp_path / "log", 60)

    with pytest.raises(KeyboardInterrupt):
        commands.at_once(call, [1, 0])
    deadline = time.monotonic() + 30  # what would sleep for 60
    while commands._running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not commands._running
