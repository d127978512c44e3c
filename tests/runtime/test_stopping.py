"""Ctrl-C and SIGTERM, the same for every command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest

import litebert.tools.cli
import litebert_bench.bench_cli
import litebert_exporter.export_cli
import litebert_students.exits_cli
import litebert_students.mobilebert_cli
import litebert_students.theseus_cli
from litebert import InputError
from litebert.tools.stopping import arriving, child, stoppable
from litebert.tools.whole_file import arriving_file

COMMANDS = [
    (litebert.tools.cli, "litebert.tools.commands.run_command.run", ["run", "x"]),
    (litebert_bench.bench_cli, "litebert_bench.bench_cli._bench_here", ["x"]),
    (litebert_exporter.export_cli, "litebert_exporter.export_cli._export", ["x"]),
    (litebert_students.exits_cli, "litebert_students.exits_cli._run", ["x", "--texts", "y", "-o", "z"]),
    (
        litebert_students.theseus_cli,
        "litebert_students.theseus_cli.compress",
        ["x", "y", "--layers", "1", "-o", "z"],
    ),
    (
        litebert_students.mobilebert_cli,
        "litebert_students.mobilebert_cli.compress",
        ["x", "y", "--layers", "1", "-o", "z"],
    ),
]


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends a test where a command would end the process."""

    def end(code: int) -> NoReturn:
        raise SystemExit(code)

    monkeypatch.setattr("os._exit", end)


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Lets Ctrl-C be heard where the tests run in a shell's background."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.parametrize(("module", "work", "arguments"), COMMANDS)
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_any_command_with_a_line(
    module: Any,
    work: str,
    arguments: list[str],
    number: signal.Signals,
    code: int,
    exits: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    former = signal.getsignal(number)
    monkeypatch.setattr(work, lambda *_: os.kill(os.getpid(), number))
    with pytest.raises(SystemExit) as ended:
        module.main(arguments)
    assert ended.value.code == code and signal.getsignal(number) is former
    shown = capfd.readouterr().err
    assert shown.startswith("error: interrupted") and shown.count("\n") == 1


def test_every_command_hears_a_signal_amid_its_imports(
    exits: None, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    starts = [entry.split(":") for entry in project["scripts"].values()]
    functions = [getattr(import_module(module), name) for module, name in starts]
    seen: list[str] = []

    def stopped(module: str) -> None:
        seen.append(module)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("litebert.tools.start.import_module", stopped)
    for start in functions:
        with pytest.raises(SystemExit) as ended:
            start()
        assert ended.value.code == 130 and capfd.readouterr().err == "error: interrupted\n"
    assert sorted(seen) == sorted(module.__name__ for module, _, _ in COMMANDS)


def test_an_exception_of_ctrl_c_is_130_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(options: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("litebert.tools.commands.run_command.run", interrupted)
    assert litebert.tools.cli.main(["run", "x"]) == 130
    assert capsys.readouterr().err == "error: interrupted\n"


def test_a_command_that_waits_for_text(artifact: Path) -> None:
    command = [sys.executable, "-m", "litebert", "run", str(artifact)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdin is not None and running.stdout is not None and running.stderr is not None
        running.stdin.write("good\n")
        running.stdin.flush()
        assert running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.stderr.read() == "error: interrupted\n"
    assert running.returncode == 130


def test_nothing_half_written_stays(tmp_path: Path, exits: None) -> None:
    """Neither a file on its way nor a folder stays; the old content of the place does."""
    place, folder = tmp_path / "file", tmp_path / "folder"
    place.write_text("old")
    folder.mkdir()
    (folder / "part").write_text("half")
    arriving.add(folder)
    left: list[list[str]] = []

    def look(code: int) -> NoReturn:
        left.append(sorted(path.name for path in tmp_path.iterdir()))
        raise SystemExit(code)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit):  # noqa: SIM117
        with stoppable("interrupted"), arriving_file(place) as file:
            patch.setattr("os._exit", look)
            file.write(b"half")
            os.kill(os.getpid(), signal.SIGTERM)
    arriving.discard(folder)
    assert left == [["file"]] and place.read_text() == "old" and not arriving


def test_a_child_ends_with_us(exits: None) -> None:
    """Whether a signal ends the block that waits for it, or an error."""
    endless = [sys.executable, "-c", "input()"]
    for stop in (lambda: os.kill(os.getpid(), signal.SIGTERM), lambda: sys.exit(143)):
        started = subprocess.Popen(endless, stdin=subprocess.PIPE)
        with pytest.raises(SystemExit), stoppable("interrupted"), child(started):
            stop()
        assert started.returncode == -signal.SIGKILL


def test_what_cannot_be_written_is_not_remembered(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"), arriving_file(tmp_path / "absent" / "file"):
        pass
    assert not arriving


def test_a_signal_that_was_ignored_stays_so(exits: None) -> None:
    """As nohup and a shell's `&` have it."""
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with stoppable("interrupted"):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, former)
