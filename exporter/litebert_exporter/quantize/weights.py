"""int8 weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from litebert_exporter.quantize.recipe import INT8_ROWS, Format
from litebert_exporter.slots import Linear

_SMALLEST_SCALE = np.float32(1e-12)  # for rows of zeros


@dataclass(frozen=True)
class Int8Rows:
    """A matrix as values int8 [rows, columns] times scales float32 [rows]."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]


def quantize_rows(matrix: NDArray[np.float32], form: Format = INT8_ROWS) -> Int8Rows:
    """A matrix in symmetric int8 per row: scale = max|row| / 127, values in −127..127, rounded half to even.

    Source: Krishnamoorthi 2018 (arXiv:1806.08342), sections 2.2 and 2.4, with the narrow range.

    Raises:
        ValueError: the format is another one; only int8 per row can be written today.
    """
    if form != INT8_ROWS:
        raise ValueError(f"{form}: no matrix can be written in this format yet")
    scales = np.maximum(np.abs(matrix).max(axis=1) / np.float32(127), _SMALLEST_SCALE)
    values = np.rint(matrix / scales[:, None])
    return Int8Rows(values.clip(-127, 127).astype(np.int8), scales.astype(np.float32))


def with_zero_row(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """The table [rows + 1, columns] with a row of zeros behind its own."""
    return np.concatenate([table, np.zeros_like(table[:1])])


@dataclass(frozen=True)
class Joined:
    """Linears set side by side, for one product.

    Attributes:
        name: the name of the weight, which joins those of the parts.
        weight: [outputs, inputs].
        bias_name: the name of the bias.
        bias: [outputs], zeros where a part has no bias; None where no part has one.
        exact: whether the product stays in float under every recipe.
    """

    name: str
    weight: NDArray[np.float32]
    bias_name: str
    bias: NDArray[np.float32] | None
    exact: bool


def joined(parts: tuple[Linear, ...], weights: Mapping[str, NDArray[np.float32]]) -> Joined:
    """Linears set side by side; `weights` holds their tensors by slot name."""
    biases = [
        np.zeros(part.weight.shape[0], np.float32) if part.bias is None else weights[part.bias.name]
        for part in parts
    ]
    return Joined(
        name="+".join(part.weight.name for part in parts),
        weight=np.concatenate([weights[part.weight.name] for part in parts]),
        bias_name="+".join(
            f"{part.weight.name}.no_bias" if part.bias is None else part.bias.name for part in parts
        ),
        bias=np.concatenate(biases) if any(part.bias is not None for part in parts) else None,
        exact=any(part.exact for part in parts),
    )
