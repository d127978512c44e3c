"""The functions by which others follow a run; nothing here shows anything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from subprocess import Popen
from typing import TypeAlias

Progress: TypeAlias = "Callable[[float, str], object]"
"""Called with the share of the work just done, and the phase that goes on; 0 where a phase begins."""


@dataclass(frozen=True)
class Watch:
    """The functions that follow a run.

    Attributes:
        progress: takes each further share of all the work, 0 to 1, as far as can be foreseen; and the phase.
        said: takes each line that stays: a first figure of an engine within seconds, or a warning.
        child: gives a block for a started process, which ends with this one.
    """

    progress: Progress
    said: Callable[[str], object]
    child: Callable[[Popen[str]], AbstractContextManager[Popen[str]]]


def part_of(watch: Watch, share: float) -> Watch:
    """A watch for a part of the work: its progress, 0 to 1, counts as that share of the whole."""
    return replace(watch, progress=lambda done, phase: watch.progress(share * done, phase))
