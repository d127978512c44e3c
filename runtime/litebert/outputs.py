"""The arrays that a network gives, by name, and the axes that a manifest promises of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

BATCH, TOKENS = "batch", "tokens"  # the axes whose size a call says
LOGITS = "logits"  # the output of every classifier

Outputs: TypeAlias = "Mapping[str, NDArray[Any]]"  # of one row: without the batch axis, without padding


@dataclass(frozen=True)
class Output:
    """A named output of a network, float32.

    Attributes:
        name: what a task calls it, such as `logits`.
        axes: `BATCH`, `TOKENS` or a fixed size, in order; the first one is `BATCH`.
    """

    name: str
    axes: tuple[str | int, ...]

    def shape(self, rows: int, tokens: int) -> tuple[int, ...]:
        """The shape of its array in a call with so many rows of so many tokens."""
        sizes = {BATCH: rows, TOKENS: tokens}
        return tuple(axis if isinstance(axis, int) else sizes[axis] for axis in self.axes)

    def cut(self, array: NDArray[Any], tokens: int) -> NDArray[Any]:
        """Its array [rows, ...] without what padding gave."""
        if TOKENS not in self.axes:
            return array
        return array[tuple(slice(tokens if axis == TOKENS else None) for axis in self.axes)]


def stacked(exits: Sequence[Outputs]) -> Outputs:
    """The outputs of a row's exits as one array each, [exits, ...]."""
    return {name: np.stack([outputs[name] for outputs in exits]) for name in exits[0]}
