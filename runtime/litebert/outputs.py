"""The arrays that a network gives, by name, and the axes that a manifest promises of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

BATCH, TOKENS = "batch", "tokens"  # the axes whose size a call says

Outputs: TypeAlias = "Mapping[str, NDArray[Any]]"  # of one row: without the batch axis, without padding


@dataclass(frozen=True)
class Output:
    """A named output of a network.

    Attributes:
        name: what a task calls it, such as `logits`.
        axes: `BATCH`, `TOKENS` or a fixed size, in order; the first one is `BATCH`.
    """

    name: str
    axes: tuple[str | int, ...]
