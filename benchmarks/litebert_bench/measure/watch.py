"""How those who wait for a run follow it; nothing here shows anything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from subprocess import Popen
from typing import TypeAlias

Progress: TypeAlias = "Callable[[float, str], object]"
"""Is called with how much more of the work is done, and the phase that goes on: 0 where one begins."""


@dataclass(frozen=True)
class Watch:
    """Who follows a run.

    Attributes:
        progress: is called with each further share of all the work, 0 to 1, as far as it can be foreseen.
        said: is called with each line that stays: a first figure of an engine within seconds, or a warning.
        child: gives the context of a started process, in which it ends with this one.
    """

    progress: Progress
    said: Callable[[str], object]
    child: Callable[[Popen[str]], AbstractContextManager[Popen[str]]]


def part_of(watch: Watch, share: float) -> Watch:
    """Follows a part of the work, whose own progress goes from 0 to 1: it is that share of the whole."""
    return replace(watch, progress=lambda done, phase: watch.progress(share * done, phase))
