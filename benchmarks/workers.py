"""Worker processes, one per peer: started, asked, observed and ended (peers/worker.py is their side)."""

from __future__ import annotations

import json
import math
import os
import select
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import commands
from litebert_bench.measure.fresh import memory

TextIds: TypeAlias = "dict[str, list[int]]"

START_S, ANSWER_S = 300.0, 600.0  # torch.compile takes minutes for many layers
_ANSWER_BYTES = 16_000_000
_READY = {
    "engine": str,
    "packages": dict,
    "import_ms": float,
    "open_ms": float,
    "files": dict,
    "arithmetic": str,
    "notes": list,
}


class WorkerError(Exception):
    """A worker could not be started, died, or answered something else; the message says which."""


@dataclass(frozen=True)
class Worker:
    """A process that has reported that it is ready.

    Attributes:
        process: the process, the first of its own group.
        log: its stderr.
        ready: its first line.
        started: the time of its start, by time.perf_counter().
    """

    process: subprocess.Popen[bytes]
    log: Path
    ready: dict[str, Any]
    started: float


@dataclass(frozen=True)
class Answers:
    """The answers to a request: one time per call; logits and, with early exits, a layer per row."""

    wall_ms: list[float]
    cpu_ms: list[float]
    logits: list[list[float]]
    exits: list[int]


def environment(threads: int) -> dict[str, str]:
    """The variables of a worker: so many threads for every library, and nothing from the network."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, str(threads)), "HF_HUB_OFFLINE": "1"}


def start(command: Sequence[str], threads: int, log: Path, timeout_s: float = START_S) -> Worker:
    """Starts a worker and waits until it is ready.

    Raises:
        WorkerError: it is not ready in time.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    begin = time.perf_counter()
    with log.open("wb") as complaints:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=environment(threads),
                start_new_session=True,  # so that its children can be ended with it, and Ctrl-C is ours
                bufsize=0,
            )
        except OSError as error:
            raise WorkerError(f"cannot be started: {error}") from error
    worker = Worker(process, log, {}, begin)
    try:
        ready = _read(worker, timeout_s)
        wrong = [name for name, kind in _READY.items() if not isinstance(ready.get(name), kind)]
        if wrong:
            raise WorkerError(f"its first line lacks {', '.join(wrong)}")
    except BaseException:
        stop(worker)
        raise
    return Worker(process, log, ready, begin)


def ask(
    worker: Worker, rows: Sequence[TextIds], batch: int, setting: str, timeout_s: float = ANSWER_S
) -> Answers:
    """The answers to rows, `batch` per call.

    Raises:
        WorkerError: the worker died, was too slow, or gave an answer that does not fit.
    """
    body = {"rows": list(rows), "batch": batch, "setting": setting}
    try:
        worker.process.stdin.write((json.dumps(body) + "\n").encode())
    except OSError as error:
        raise WorkerError(_last_words(worker)) from error
    answer = _read(worker, timeout_s)
    calls = -(-len(rows) // batch)
    wall, cpu, logits = (answer.get(name) for name in ("wall_ms", "cpu_ms", "logits"))
    exits = answer.get("exits", [])
    fits = (
        _are_numbers(wall, calls)
        and _are_numbers(cpu, calls)
        and isinstance(logits, list)
        and len(logits) == len(rows)
        and all(isinstance(row, list) and row and _are_numbers(row, len(row)) for row in logits)
        and isinstance(exits, list)
        and (not exits or _are_numbers(exits, len(rows)))
    )
    if not fits:
        raise WorkerError(f"its answer to {len(rows)} rows does not hold a finite number for each")
    return Answers(wall, cpu, logits, exits)


def bare_memory(python: Path) -> dict[str, int]:
    """The memory of an interpreter that has imported nothing."""
    with subprocess.Popen(
        [str(python), "-c", "print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        found = memory(process.pid)
        process.kill()
    return found


def stop(worker: Worker) -> None:
    """Ends a worker and its children; unfinished work is lost."""
    commands.end(worker.process)
    worker.process.stdin.close()
    worker.process.stdout.close()


def _read(worker: Worker, timeout_s: float) -> dict[str, Any]:
    """The next line of a worker, a JSON object that is no error.

    Raises:
        WorkerError: it is an error or something else, or does not come in time.
    """
    stream = worker.process.stdout
    deadline, line = time.monotonic() + timeout_s, bytearray()
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise WorkerError(f"no answer within {timeout_s:.0f} s")
        part = os.read(stream.fileno(), 1 << 16)
        if not part:
            raise WorkerError(_last_words(worker))
        line += part
        if len(line) > _ANSWER_BYTES:
            raise WorkerError(f"an answer of more than {_ANSWER_BYTES} bytes")
    try:
        body = json.loads(line)
    except ValueError as error:
        raise WorkerError(f"its answer is not JSON: {bytes(line[:60])!r}") from error
    if not isinstance(body, dict):
        raise WorkerError(f"its answer is no JSON object: {bytes(line[:60])!r}")
    if "error" in body:
        raise WorkerError(str(body["error"])[: commands.SHOWN])
    return body


def _last_words(worker: Worker) -> str:
    """The reason why a process ended: the last line of its log, else its exit code."""
    code = worker.process.wait()
    return commands.last_line(worker.log) or f"it ended with exit code {code}"


def _are_numbers(values: Any, count: int) -> bool:
    return (
        isinstance(values, list)
        and len(values) == count
        and all(isinstance(value, int | float) and math.isfinite(value) for value in values)
    )
