"""Recipes as data: the formats of weights and tables, and the scaling of activations.

A recipe names no target. Each target has a scheme of its own for a scaling of activations, or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from litebert.targets import FLOAT32, INT8, UNQUANTIZED_NAME

# The scaling of linears' inputs: none, by row (token), by tensor.
FLOAT, PER_ROW, PER_TENSOR = "float", "per-row", "per-tensor"


@dataclass(frozen=True)
class Format:
    """The format of a stored matrix.

    Attributes:
        bits: the bits of a value; 32 is float32, fewer are symmetric integers.
        block: the number of values that share a scale; None for a whole row, which is one output of a linear
            or one token of a table.
    """

    bits: int
    block: int | None = None

    @property
    def is_float(self) -> bool:
        """Whether values are kept as they are."""
        return self.bits == 32

    def row_bytes(self, columns: int) -> int:
        """The bytes of a row and its scales, float32 each."""
        scales = 0 if self.is_float else -(-columns // (self.block or columns))
        return columns * self.bits // 8 + 4 * scales


FLOATS, INT8_ROWS = Format(32), Format(8)


@dataclass(frozen=True)
class Recipe:
    """A way to quantize a student.

    Attributes:
        name: its name in `--quantize`.
        weights: the format of linears' weights; float32 if and only if activations are `FLOAT`.
        tables: the format of word and position embeddings.
        activations: the scaling of linears' inputs: `FLOAT`, `PER_ROW` or `PER_TENSOR`.
        help: its use in a few words, for the help of `--quantize`.
    """

    name: str
    weights: Format
    tables: Format
    activations: str
    help: str

    @property
    def arithmetic(self) -> str:
        """The arithmetic of its linears, by its name in a manifest."""
        return FLOAT32 if self.weights.is_float else INT8

    @property
    def is_float(self) -> bool:
        """Whether it quantizes nothing."""
        return self.weights.is_float and self.tables.is_float


UNQUANTIZED = Recipe(UNQUANTIZED_NAME, FLOATS, FLOATS, FLOAT, "float32")
RECIPES: Mapping[str, Recipe] = {  # the first one is the default
    recipe.name: recipe
    for recipe in (
        Recipe(
            "int8", INT8_ROWS, INT8_ROWS, PER_ROW, "a quarter of the size, activations are scaled per token"
        ),
        Recipe(
            "int8-fast",
            INT8_ROWS,
            INT8_ROWS,
            PER_TENSOR,
            "faster, activations are scaled per tensor: check it on your data",
        ),
        UNQUANTIZED,
    )
}
