"""What the tests of devices share: a runtime whose `bench` is a stand-in, and Pythons that lack something."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest

from litebert_bench.devices import wheel

HERE = Path(__file__).parent


def pack_stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the wheel that goes to devices one whose command is standin_bench.py."""
    package = folder / "litebert"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    shutil.copy(HERE / "standin_bench.py", package / "__main__.py")
    monkeypatch.setattr(wheel, "_PACKAGES", (package,))


def fake_python(path: Path, statement: str = "pass", before: str = ":") -> str:
    """A program like this Python that first carries out `before` (of a shell) and `statement` (of Python)."""
    program = f"import sys; {statement}; exec(sys.argv.pop(1))"
    line = f"exec {shlex.quote(sys.executable)} -c {shlex.quote(program)}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n{before}\nshift\n{line} "$@"\n')
    path.chmod(0o755)
    return str(path)
