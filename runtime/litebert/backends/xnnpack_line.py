"""LiteRT's line about XNNPACK, kept off the stderr of commands; programs that import litebert still see it.

LiteRT writes it when a process first prepares a graph. No variable and no function of LiteRT 2.3 stops it.
So a command first lets LiteRT prepare a graph of one addition, and puts stderr aside for that millisecond.
All else that is written meanwhile is written again. No graph of a user is opened there: where an engine ends
the process over such a graph, its last words must be seen.
"""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from tempfile import TemporaryFile
from typing import Any

from litebert.backends import ENGINE_ERRORS

_STDERR = 2
_LINE = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU."
# a + a for one float; tests/runtime/test_xnnpack_line.py makes it again.
GRAPH = b64decode(
    "GAAAAFRGTDMAAA4AGAAUABAADAAIAAQADgAAABQAAAAcAAAAIAAAAOgAAAADAAAAAQAAAAQAAAAg////AAAAAAAAAAABAAAAEAAA"
    "AAwAFAAQAAwACAAEAAwAAAAQAAAAUAAAAFQAAABYAAAAAQAAABQAAAAAAA4AFAAAABAADAALAAQADgAAABAAAAAAAAALDAAAABAA"
    "AACA////AQAAAAEAAAACAAAAAAAAAAAAAAABAAAAAQAAAAEAAAAAAAAAAgAAADAAAAAEAAAA5P///wgAAAAMAAAAAQAAAGIAAAAB"
    "AAAAAQAAAAwADAAIAAAAAAAEAAwAAAAIAAAADAAAAAEAAABhAAAAAQAAAAEAAAABAAAACAAAAAQABAAEAAAA"
)
_HUSHED: ContextVar[bool] = ContextVar("hushed", default=False)


@contextmanager
def hushed() -> Iterator[None]:
    """A block, a command, in which an engine's line is not shown."""
    token = _HUSHED.set(True)
    try:
        yield
    finally:
        _HUSHED.reset(token)


def greet(interpreter: Callable[..., Any]) -> None:
    """Lets an engine of TFLite files write its line unseen, if a command asked for that."""
    if not _HUSHED.get():
        return
    with suppress(OSError), TemporaryFile() as aside:  # without stderr or a place for files it is heard
        with _stderr_in(aside.fileno()), suppress(*ENGINE_ERRORS):
            interpreter(model_content=GRAPH).allocate_tensors()
        aside.seek(0)
        with open(_STDERR, "wb", closefd=False) as stderr:
            stderr.writelines(line for line in aside if line.rstrip() != _LINE)


@contextmanager
def _stderr_in(file: int) -> Iterator[None]:
    """A block in which the process's stderr goes into an open file."""
    kept = os.dup(_STDERR)
    try:
        os.dup2(file, _STDERR)
        yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
