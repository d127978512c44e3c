"""The checks after every refusal: one line, its kind, its exit code, and nothing left behind."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

Refuse: TypeAlias = "Callable[..., str]"
Tensors: TypeAlias = "dict[str, NDArray[Any]]"

QUERY = "bert.encoder.layer.0.attention.self.query.weight"
SECONDS = 90  # to tell a hang from a loaded machine, which took 26 for what takes 2
PEAK_BYTES = 2_000_000_000
LINE_CHARACTERS = 11_000
# A process starts with its parent's peak, so that of a small one in between must be measured.
_MEASURE = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(code)
"""
MODULES = {"litebert-export": "litebert_exporter.export_cli", "litebert": "litebert.tools.cli"}


def error_line(stderr: str) -> str:
    """The one error line that follows the names of the stages, fit for a terminal."""
    assert "Traceback" not in stderr
    lines = [line for line in stderr.splitlines() if not line.endswith(" ...")]
    assert len(lines) == 1 and lines[0].startswith("error: "), stderr[:2000]
    assert lines[0].isprintable() and len(lines[0]) < LINE_CHARACTERS
    return lines[0]


@contextmanager
def nothing_left(folder: Path) -> Iterator[None]:
    """Fails where a block adds, removes or changes a file below a folder."""
    before = snapshot(folder)
    yield
    assert snapshot(folder) == before


def snapshot(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Kind, size and time of change of everything below a folder."""
    facts = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        folder_like = stat.S_ISDIR(status.st_mode)  # whose time also changes where something came and went
        facts[str(path)] = (
            status.st_mode,
            *((0, 0) if folder_like else (status.st_size, status.st_mtime_ns)),
        )
    return facts


@dataclass(frozen=True)
class Finished:
    """A command that ran in a process of its own."""

    code: int
    out: str
    err: str
    seconds: float
    peak_bytes: int


def command(name: str, *arguments: str | bytes, **options: Any) -> Finished:
    """Runs `litebert-export` or `litebert` as a user does, and measures it."""
    start = time.monotonic()
    with tempfile.NamedTemporaryFile() as peak:
        finished = subprocess.run(
            [sys.executable, "-c", _MEASURE, peak.name, sys.executable, "-m", MODULES[name], *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            **options,
        )
        peak_bytes = int(Path(peak.name).read_text(encoding="ascii")) * 1024
    return Finished(
        code=finished.returncode,
        out=finished.stdout.decode("utf-8", "replace"),
        err=finished.stderr.decode("utf-8", "replace"),
        seconds=time.monotonic() - start,
        peak_bytes=peak_bytes,
    )


def check_refusal(finished: Finished, words: str) -> None:
    """A command ended with one error line that holds some words, and cost little."""
    assert finished.code == 1 and finished.out == ""
    assert words in error_line(finished.err)
    assert finished.seconds < SECONDS and finished.peak_bytes < PEAK_BYTES


def start_command(name: str, *arguments: str | bytes, **options: Any) -> subprocess.Popen[bytes]:
    """Starts a command and returns its process."""
    return subprocess.Popen(
        [sys.executable, "-m", MODULES[name], *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


def change_tensors(student: Path, **changes: NDArray[Any] | None) -> None:
    """Writes other tensors into a checkpoint; None removes one. A name's dots are written as `__`."""
    path = student / "model.safetensors"
    tensors: Tensors = load_file(path)
    for key, values in changes.items():
        name = key.replace("__", ".")
        tensors.pop(name, None)
        if values is not None:
            tensors[name] = np.ascontiguousarray(values)
    save_file(tensors, path)


def change_json(path: Path, **changes: Any) -> None:
    """Lays changes over the object in a JSON file; a missing file counts as empty."""
    body = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    path.write_text(json.dumps({**body, **changes}), encoding="utf-8")
