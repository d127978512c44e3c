"""The stages of an export: how long each takes, and what share of the work it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from litebert.tools.progress import Progress, phase_of

# How long each stage takes beside the others, roughly, of BERTs and MobileBERTs of 6 to 24 layers.
_WEIGHTS = {"read": 1, "trim": 1, "verify artifact": 3}
_OF_TARGET = {"write": 1.5, "verify": 6}
_ORIGINAL_WEIGHT, _TARGET_WEIGHT = 0.05, 0.01  # for each text


@dataclass
class Stages:
    """Times each stage, tells of it as it starts, and of the share of all stages that is done."""

    progress: Callable[[str], None] | None
    on_share: Progress
    planned: Mapping[str, float]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[Callable[[float], None]]:
        """Yields what to call with how much more of the stage is done, 0 to 1, where it takes long."""
        if self.progress is not None:
            self.progress(name)
        share = self.planned[name] / sum(self.planned.values())
        start = time.perf_counter()
        with phase_of(self.on_share, share, name) as step:
            yield step
        self.seconds[name] = time.perf_counter() - start


def planned(targets: Sequence[str], trims: bool, texts: int) -> dict[str, float]:
    """The stages of an export and their weights; with texts, those of the comparison."""
    each = {f"{stage} {target}": weight for target in targets for stage, weight in _OF_TARGET.items()}
    weights: dict[str, float] = {**_WEIGHTS, **each}
    if not trims:
        del weights["trim"]
    if texts:
        weights["compare original"] = _ORIGINAL_WEIGHT * texts
        weights["compare artifact"] = _TARGET_WEIGHT * texts * len(targets)
    return weights
