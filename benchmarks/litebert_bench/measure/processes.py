"""Cold start and memory, each measured in a fresh process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from litebert.errors import InputError, one_line
from litebert.tokenizer import Text
from litebert_bench.measure.records import ColdStart, Memory, milliseconds
from litebert_bench.measure.watch import Watch

_PROGRAM = Path(__file__).with_name("fresh.py")
_TIMES = ("import_ms", "open_ms", "answer_ms", "process_ms")
_SIZES = ("bare_bytes", "rss_bytes", "peak_bytes", "anonymous_bytes")


def measure_fresh(
    run: str,
    subject: str,
    artifact: Path,
    backend: str,
    texts: Sequence[Text],
    processes: int,
    watch: Watch,
) -> tuple[ColdStart, Memory | None]:
    """The first answer of several fresh processes, and their memory after they have answered all texts.

    One thread, full depth. Files are in the system's cache after the first process; the first sample is as
    cold as the system was.

    Returns:
        The times of the first answers; and the memory, None where the system does not give it.

    Raises:
        InputError: a process failed.
    """
    lines = "".join(f"{json.dumps(text)}\n" for text in texts)
    starts: list[dict[str, float]] = []
    memory: list[dict[str, int]] = []
    phase = f"{backend}: {processes} fresh processes"
    watch.progress(0, phase)
    for _ in range(processes):
        bare, _ = _outcome(["bare"], "", watch)
        (times, after), process_ms = _outcome(["answer", str(artifact), backend, "1"], lines, watch)
        starts.append({**times, "process_ms": process_ms})
        memory += above_bare(after, bare[0])
        watch.progress(1 / processes, phase)
    return cold_start(run, subject, starts), memory_above(run, subject, memory)


def cold_start(run: str, subject: str, starts: Sequence[Mapping[str, float]]) -> ColdStart:
    """The record of first answers: its fields by name, one item per process."""
    times = {name: [milliseconds(each[name] / 1000) for each in starts] for name in _TIMES}
    return ColdStart(run, subject, **times)


def memory_above(run: str, subject: str, memory: Sequence[Mapping[str, int]]) -> Memory | None:
    """The record of memory from the items of `above_bare`, one per process; None without any."""
    sizes = {name: [each[name] for each in memory if name in each] for name in _SIZES}
    return Memory(run, subject, **sizes) if memory else None


def above_bare(found: Mapping[str, int], bare: Mapping[str, int]) -> list[dict[str, int]]:
    """The memory of a process above a bare interpreter's, by field of Memory; empty where it is unknown.

    Args:
        found: the process's memory, from fresh.memory.
        bare: the interpreter's memory, likewise.
    """
    if not bare or found.keys() != bare.keys():
        return []
    above = {name: max(0, found[name] - bare[name]) for name in found}
    return [{"bare_bytes": bare["rss_bytes"], **above}]


def _outcome(arguments: list[str], lines: str, watch: Watch) -> tuple[list[dict[str, Any]], float]:
    """The output of a process, a JSON value a line, and the milliseconds until its first line.

    Raises:
        InputError: the process failed.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-P", str(_PROGRAM), *arguments]
    with (
        TemporaryFile("w+", encoding="utf-8") as texts,
        TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
    ):
        texts.write(lines)
        texts.seek(0)
        begin = time.perf_counter()
        started = subprocess.Popen(
            command, stdin=texts, stdout=subprocess.PIPE, stderr=complaints, env=environment, encoding="utf-8"
        )
        with watch.child(started) as process:
            output = [process.stdout.readline()] if process.stdout else []
            first_ms = milliseconds(time.perf_counter() - begin)
            output += process.stdout or []
        if process.returncode:
            complaints.seek(0)
            last = (complaints.read().strip().splitlines() or [f"exit code {process.returncode}"])[-1]
            raise InputError(f"a fresh process cannot answer: {one_line(last)}")
    return [json.loads(line) for line in output], first_ms
