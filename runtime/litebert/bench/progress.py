"""A bar on a terminal for work that takes a while."""

from __future__ import annotations

import sys
import time

from litebert.visible import visible

_WIDTH = 30
_EVERY_SECONDS = 0.2


class Bar:
    """A bar on stderr; where that is no terminal, nothing is shown."""

    def __init__(self, total: float) -> None:
        """Args: how much there is to do, in any unit."""
        self._total = total
        self._done = 0.0
        self._start = time.monotonic()
        self._shown = 0.0
        self._visible = sys.stderr is not None and sys.stderr.isatty()
        self._full, self._empty = ("█", "·") if self._visible and _draws(sys.stderr.encoding) else ("#", "-")

    def add(self, done: float, what: str) -> None:
        """So much more is done; `what` is being worked on."""
        self._done += done
        now = time.monotonic()
        if not self._visible or now - self._shown < _EVERY_SECONDS:
            return
        self._shown = now
        share = min(1.0, self._done / self._total)
        left = (now - self._start) * (1 - share) / share if share else 0
        bar = self._full * round(share * _WIDTH)
        print(
            f"\r{bar:{self._empty}<{_WIDTH}} {share:4.0%}, {left:3.0f} s left  {visible(what):.40}\033[K",
            end="",
            file=sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        """Takes the bar away."""
        if self._visible:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _draws(encoding: str) -> bool:
    """Whether an encoding has the characters of a bar."""
    try:
        return bool("█·".encode(encoding))
    except UnicodeEncodeError:
        return False
