"""Common parts of the tests of devices: a stand-in for the measuring part, and Pythons that lack parts."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from litebert.tokenizer import Text
from litebert_bench.devices import wheel
from litebert_bench.devices.device import Listener
from litebert_bench.measure.plan import BenchPlan

HERE = Path(__file__).parent


def pack_stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the wheel that goes to devices one that measures with standin_bench.py."""
    package = folder / "litebert_bench"
    (package / "measure").mkdir(parents=True)
    for path in (package / "__init__.py", package / "measure" / "__init__.py"):
        path.touch()
    shutil.copy(HERE / "standin_bench.py", package / "measure" / "__main__.py")
    monkeypatch.setattr(wheel, "_PACKAGES", (package,))


def fake_python(path: Path, statement: str = "pass", before: str = ":") -> str:
    """A program like this Python that first carries out `before` (of a shell) and `statement` (of Python)."""
    program = f"import sys; {statement}; exec(sys.argv.pop(1))"
    line = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(program)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n{before}\nshift\n{line} "$@"\n')
    path.chmod(0o755)
    return str(path)


def plan(source: str = "built-in", texts: Sequence[Text] = ("a film",)) -> BenchPlan:
    """A small plan."""
    return BenchPlan(None, texts, source, None, (1,), (1,), {"": None}, rounds=1, processes=1)


def listener(said: Callable[[str], object]) -> Listener:
    """Hears of a run on a device: its phases and lines."""
    return Listener(lambda done, phase: None, lambda done, phase: said(phase), said)
