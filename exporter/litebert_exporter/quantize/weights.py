"""int8 weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from litebert_exporter.quantize.recipe import INT8, Format
from litebert_exporter.slots import Linear

_SMALLEST_SCALE = np.float32(1e-12)  # for rows of zeros


@dataclass(frozen=True)
class Int8Rows:
    """A matrix as values int8 [rows, columns] times scales float32 [rows]."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]


def quantize_rows(matrix: NDArray[np.float32], form: Format = INT8) -> Int8Rows:
    """A matrix in a recipe's format, of which there is one today.

    Symmetric int8 per row: scale = max|row| / 127, values in −127..127, rounded half to even.

    The source is Krishnamoorthi 2018 (arXiv:1806.08342), sections 2.2 and 2.4, with the narrow range.

    Raises:
        ValueError: another format.
    """
    if form != INT8:
        raise ValueError(f"{form}: no matrix can be written in this format yet")
    scales = np.maximum(np.abs(matrix).max(axis=1) / np.float32(127), _SMALLEST_SCALE)
    values = np.rint(matrix / scales[:, None])
    return Int8Rows(values.clip(-127, 127).astype(np.int8), scales.astype(np.float32))


def with_zero_row(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """The table [rows + 1, columns] with a row of zeros behind its own."""
    return np.concatenate([table, np.zeros_like(table[:1])])


def joined(
    parts: tuple[Linear, ...], weights: dict[str, NDArray[np.float32]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight [outputs, inputs] and bias [outputs] of linears set side by side."""
    weight = np.concatenate([weights[part.weight.name] for part in parts])
    return weight, np.concatenate([weights[part.bias.name] for part in parts])
