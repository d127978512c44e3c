"""A bar on a terminal for work that takes a while."""

from __future__ import annotations

import sys
import time

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

    def add(self, done: float, what: str) -> None:
        """So much more is done; `what` is being worked on."""
        self._done += done
        now = time.monotonic()
        if not self._visible or now - self._shown < _EVERY_SECONDS:
            return
        self._shown = now
        share = min(1.0, self._done / self._total)
        left = (now - self._start) * (1 - share) / share if share else 0
        bar = "█" * round(share * _WIDTH)
        print(
            f"\r{bar:·<{_WIDTH}} {share:4.0%}, {left:3.0f} s left  {what:.40}\033[K",
            end="",
            file=sys.stderr,
            flush=True,
        )

    def close(self) -> None:
        """Takes the bar away."""
        if self._visible:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
