"""Progress of long work, on stderr: on a terminal a bar over all of it, elsewhere a line for each phase."""

from __future__ import annotations

import contextlib
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TypeAlias

from litebert.visible import visible

Progress: TypeAlias = "Callable[[float, str], object]"
"""Called with the share of the work just done, and the phase that goes on; 0 where a phase begins."""

QUICK_SECONDS = 2.0  # work that takes no longer prints no line
_WIDTH = 30
_BAR_AFTER_SECONDS = 0.5  # so that no bar flashes up
_EVERY_SECONDS = 0.2
_ESTIMATE_AFTER_SECONDS = 1.0
_MINUTES_FROM_SECONDS = 100


def silent(done: float, phase: str) -> None:
    """The progress of work that nobody watches."""


def part_of(progress: Progress, share: float) -> Progress:
    """The progress of a part of the work, called with shares of that part, from 0 to 1."""
    return lambda done, phase: progress(share * done, phase)


@contextlib.contextmanager
def phase_of(progress: Progress, share: float, phase: str) -> Iterator[Callable[[float], None]]:
    """A block that is a phase, and a share of the work.

    Yields a function that takes the share of the phase just done, 0 to 1. The end of the block counts as 1.
    """
    left = 1.0

    def step(done: float) -> None:
        nonlocal left
        done = min(done, left)
        left -= done
        progress(share * done, phase)

    step(0)
    yield step
    step(left)


class Bar:
    """The progress of a block, shown on stderr: its method `add` is a `Progress`. No bar stays behind."""

    def __init__(self, total: float = 1.0, lines_after_seconds: float = QUICK_SECONDS) -> None:
        """Args: the amount of work, in any unit; and the seconds before lines, where there is no terminal."""
        self._total = total
        self._done = 0.0
        self._start = time.monotonic()
        self._shown = 0.0
        self._phase = self._told = ""
        self._lock = threading.Lock()
        self._draws = on_terminal()
        self._wait = _BAR_AFTER_SECONDS if self._draws else lines_after_seconds
        # Shows the phase that then goes on, though its next call may be long after.
        self._timer = threading.Timer(self._wait, self.add, (0.0, ""))
        self._timer.daemon = True

    def __enter__(self) -> Bar:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, done: float, phase: str) -> None:
        """Adds to the work that is done; `phase` goes on (where it is empty, the one before)."""
        with self._lock:
            self._done += done
            self._phase = visible(phase) or self._phase
            now = time.monotonic()
            if not self._phase or now - self._start < self._wait:
                return
            is_new = self._phase != self._told
            self._told = self._phase
            if self._draws and (is_new or now - self._shown >= _EVERY_SECONDS):
                self._shown = now
                share = min(1.0, self._done / self._total)
                drawn = bar(share, now - self._start, self._phase, terminal_columns(), _marks())
                write_stderr(f"\r{drawn}\033[K")
            elif is_new and not self._draws:
                write_stderr(f"{self._phase} ...\n")

    def clear(self) -> None:
        """Takes the bar away until more is done; lines can then be printed."""
        if self._draws and self._told:
            self._told = ""
            write_stderr("\r\033[K")

    def tell(self, line: str) -> None:
        """Prints a line on stderr that stays, amid the work."""
        self.clear()
        write_stderr(f"{visible(line)}\n")

    def close(self) -> None:
        """Ends the progress before the block ends."""
        self._timer.cancel()
        with self._lock:
            self._wait = math.inf
        self.clear()


def on_terminal() -> bool:
    """Whether stderr is a terminal on which a line can be overwritten."""
    is_open = sys.stderr is not None and not sys.stderr.closed
    return is_open and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def busy(phase: str) -> Bar:
    """A block of work whose share nobody knows: its phase is shown where it takes long."""
    shown = Bar()
    shown.add(0, phase)
    return shown


def bar(share: float, seconds: float, phase: str, columns: int, marks: tuple[str, str]) -> str:
    """A bar with the time left and the phase, shorter than the terminal is wide.

    Args:
        share: the share of the work that is done, 0 to 1; at 0 the phase alone is shown.
        seconds: the time since the work began.
        phase: the work that goes on, in words.
        columns: the width of the terminal.
        marks: the characters of the bar, for work done and to do.
    """
    if not share:
        return f"{phase} ..."[: columns - 1]
    full, empty = marks
    width = min(_WIDTH, columns // 4)
    left = ""
    if seconds >= _ESTIMATE_AFTER_SECONDS:
        rest = seconds * (1 - share) / share
        left = f", {rest:.0f} s left" if rest < _MINUTES_FROM_SECONDS else f", {rest / 60:.0f} min left"
    drawn = full * round(share * width)
    return f"{drawn:{empty}<{width}} {share:4.0%}{left}  {phase}"[: columns - 1]


def terminal_columns() -> int:
    """The width of the terminal on stderr; shutil.get_terminal_size would take stdout's."""
    with contextlib.suppress(ValueError):
        if (width := int(os.environ.get("COLUMNS", "0"))) > 0:
            return width
    with contextlib.suppress(OSError, ValueError, AttributeError):  # no terminal, closed, or None
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    return 80


def _marks() -> tuple[str, str]:
    """The characters of a bar that the terminal's encoding has."""
    with contextlib.suppress(UnicodeEncodeError, LookupError):
        "█·".encode(sys.stderr.encoding or "ascii")
        return "█", "·"
    return "#", "-"


def write_stderr(text: str) -> None:
    """Writes to stderr, if it can: progress that nobody reads is no reason to stop."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):  # a pipe or file that was closed
            sys.stderr.write(text)
            sys.stderr.flush()
