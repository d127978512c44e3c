"""Ctrl-C and SIGTERM: a command ends at once, with one line, and leaves nothing half written or running."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, AnyStr, NoReturn

if TYPE_CHECKING:
    from subprocess import Popen

INTERRUPTED = "interrupted"
INTERRUPTED_CODE = 128 + signal.SIGINT
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

arriving: set[Path] = set()  # files and folders of this process that are not complete: to be removed
arrived: list[str] = []  # names of files that a command has written while it goes on
_children: set[Popen[Any]] = set()


@contextmanager
def child(process: Popen[AnyStr]) -> Iterator[Popen[AnyStr]]:
    """A block that waits for a process; the process ends with this one where that is stopped."""
    with process:
        _children.add(process)
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            _children.discard(process)


@contextmanager
def stoppable(said: str) -> Iterator[None]:
    """A block that a signal ends with the exit code 128 + its number, even inside an engine or an import.

    A signal that was ignored before, as by nohup or a shell's `&`, stays ignored. Only the main thread may
    handle signals.

    Args:
        said: the line for stderr.
    """

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        written = f"; {', '.join(arrived)} was written" if arrived else ""
        written = "; nothing was written" if arriving else written
        for process in tuple(_children):
            process.kill()
        _remove_arriving()
        _tell(f"error: {said}{written}\n")
        os._exit(128 + number)  # an exception might be caught on its way, as by an import

    arrived.clear()
    former = {}
    if threading.current_thread() is threading.main_thread():
        handled = [number for number in _SIGNALS if signal.getsignal(number) not in (signal.SIG_IGN, None)]
        former = {number: signal.signal(number, stop) for number in handled}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _remove_arriving() -> None:
    for path in tuple(arriving):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def _tell(line: str) -> None:
    """Writes a line over a bar; print would fail where the signal came amid a print."""
    with contextlib.suppress(AttributeError, OSError, ValueError):  # no stderr, or none any more
        number = sys.stderr.fileno()
        start = "\r\033[K" if os.isatty(number) else ""
        os.write(number, f"{start}{line}".encode())
