"""Recipes: the formats of weights and tables, and how activations are scaled. Data only.

A recipe names no target: each target has a scheme of its own for a kind of activations, or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from litebert.targets import FLOAT32, INT8, UNQUANTIZED_NAME

# How the inputs of linears are scaled: not at all, for each row (token), for the whole tensor.
FLOAT, PER_ROW, PER_TENSOR = "float", "per-row", "per-tensor"


@dataclass(frozen=True)
class Format:
    """How a matrix is stored.

    Attributes:
        bits: of a value; 32 is float32, fewer are symmetric integers.
        block: how many values share a scale; None for a whole row, an output or a token of the vocabulary.
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
    """How a student is quantized.

    Attributes:
        name: what `--quantize` calls it.
        weights: the format of linears' weights; float32 just where activations are `FLOAT`.
        tables: the format of word and position embeddings.
        activations: how the inputs of linears are scaled: `FLOAT`, `PER_ROW` or `PER_TENSOR`.
        help: what it is good for, as `--quantize` says it.
    """

    name: str
    weights: Format
    tables: Format
    activations: str
    help: str

    @property
    def arithmetic(self) -> str:
        """That of its linears, as a manifest calls it."""
        return FLOAT32 if self.weights.is_float else INT8

    @property
    def is_float(self) -> bool:
        """Whether nothing is quantized."""
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
