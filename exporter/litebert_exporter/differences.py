"""Differences between two networks' outputs for the same texts.

A difference counts as a share of the text's scale. The scale is the task's floor (1 for logits, 0 where only
directions count) plus the largest value of that output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from litebert.outputs import Output, Outputs, stacked

Rows: TypeAlias = "Sequence[Outputs]"  # each text's outputs by name, [exits, ...], without padding

_TINY = 1e-30  # so that outputs of zeros alone agree


@dataclass(frozen=True)
class Check:
    """One comparison: the largest difference of the text nearest to its limit, and that limit.

    Attributes:
        target: the target whose graph was run.
        name: the texts compared.
        output: the output that differs most.
        difference: the largest of its numbers' differences.
        tolerance: the limit of that difference.
    """

    target: str
    name: str
    output: str
    difference: float
    tolerance: float


def not_finite(outputs: Mapping[str, NDArray[Any]]) -> str | None:
    """The fault of outputs that hold NaN or infinity; None where they hold neither."""
    wrong = [name for name, values in outputs.items() if not np.isfinite(values).all()]
    if not wrong:
        return None
    names = " and ".join(f"{name.removesuffix('s')}s" for name in wrong)
    return f"the model's {names} are not finite: its weights overflow float32; correct them"


def row_of(outputs: Mapping[str, NDArray[Any]], row: int) -> Outputs:
    """One row of each array, by name."""
    return {name: values[row] for name, values in outputs.items()}


def cut(
    outputs: tuple[Output, ...], inputs: Mapping[str, NDArray[np.int32]], rows: Sequence[Sequence[Outputs]]
) -> Rows:
    """The outputs of every row, its exits stacked and its padding cut off."""
    counts = inputs["attention_mask"].sum(axis=1).tolist()
    return [
        stacked(
            [{each.name: each.cut(exit_[each.name][None], count)[0] for each in outputs} for exit_ in row]
        )
        for row, count in zip(rows, counts, strict=True)
    ]


@dataclass(frozen=True)
class Apart:
    """Differences [texts, outputs] and the scales [texts, outputs] of which they are shares."""

    names: tuple[str, ...]
    differences: NDArray[np.float64]
    scales: NDArray[np.float64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """Differences as shares of the scales; NaN where either row holds one."""
        shares: NDArray[np.float64] = self.differences / self.scales
        return shares

    @property
    def worst(self) -> float:
        """The largest share, or NaN."""
        return float(self.shares.max())

    @property
    def closest(self) -> int:
        """The text that agrees best: the one in which no value was rounded to the other side."""
        return int(np.argmin(self.shares.max(axis=1)))

    def check(self, target: str, name: str, tolerance: float) -> Check:
        """The check of the text and output with the largest share, or of one with NaN."""
        text, output = np.unravel_index(int(np.argmax(self.shares)), self.shares.shape)
        difference, scale = self.differences[text, output], self.scales[text, output]
        return Check(target, name, self.names[output], float(difference), float(tolerance * scale))


def apart(found: Rows, expected: Rows, floor: float) -> Apart:
    """The differences of rows found from rows expected, whose values give the scales."""
    pairs = [*zip(found, expected, strict=True)]
    return Apart(
        names=tuple(expected[0]),
        differences=np.array([[float(np.abs(a[name] - b[name]).max()) for name in b] for a, b in pairs]),
        scales=np.array([[max(floor + float(np.abs(b[name]).max()), _TINY) for name in b] for _, b in pairs]),
    )
