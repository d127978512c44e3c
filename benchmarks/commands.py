"""Commands that run to their end, with their output in a log; their children end with them."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

SHOWN = 300  # characters of a problem

_running: set[subprocess.Popen[Any]] = set()
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def at_once(call: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """The result of a call for each item, as many calls at a time as there are cores.

    Where anything ends it early, such as Ctrl-C, the commands that the calls run end, too.
    """
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        return list(pool.map(call, items))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in [*_running]:
            end(process)


def problem(
    command: Sequence[str], log: Path, timeout_s: float, environment: Mapping[str, str] | None = None
) -> str | None:
    """Runs a command; returns the reason why it failed, in one line, or None."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            return f"cannot be started: {error}"
        _running.add(process)
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return f"not done after {timeout_s:.0f} s"
        finally:
            _running.discard(process)
            end(process)
    return None if code == 0 else last_line(log) or f"exit code {code}"


def end(process: subprocess.Popen[Any]) -> None:
    """Ends a process that leads its own group, and all of that group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def last_line(log: Path) -> str:
    """The last line of a log with text in it, or pip's last error if there is one; empty without any."""
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return (errors or [line for line in lines if line] or [""])[-1][:SHOWN]
