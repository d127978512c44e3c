"""The stages of an export: the time that each takes, and its share of the work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from litebert.tools.progress import Progress, phase_of

# The time of each stage relative to the others, roughly, for BERTs and MobileBERTs of 6 to 24 layers.
_WEIGHTS = {"read": 1, "trim": 1, "verify artifact": 3}
_OF_TARGET = {"write": 1.5, "verify": 6}
_ORIGINAL_WEIGHT, _TARGET_WEIGHT = 0.05, 0.01  # for each text


@dataclass
class Stages:
    """A clock of the stages, which reports each stage as it starts and each further share of the work."""

    progress: Callable[[str], None] | None
    on_share: Progress
    planned: Mapping[str, float]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[Callable[[float], None]]:
        """A block for a stage; yields a function to call with each further share of a long stage, 0 to 1."""
        if self.progress is not None:
            self.progress(name)
        share = self.planned[name] / sum(self.planned.values())
        start = time.perf_counter()
        with phase_of(self.on_share, share, name) as step:
            yield step
        self.seconds[name] = time.perf_counter() - start


def planned(targets: Sequence[str], trims: bool, texts: int) -> dict[str, float]:
    """The stages of an export and their weights, those of the comparison included where there are texts."""
    each = {f"{stage} {target}": weight for target in targets for stage, weight in _OF_TARGET.items()}
    weights: dict[str, float] = {**_WEIGHTS, **each}
    if not trims:
        del weights["trim"]
    if texts:
        weights["compare original"] = _ORIGINAL_WEIGHT * texts
        weights["compare artifact"] = _TARGET_WEIGHT * texts * len(targets)
    return weights
