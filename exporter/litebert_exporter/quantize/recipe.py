"""Recipes: which tensors become int8, and how activations are scaled. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Scheme = Literal["float", "per-token", "per-token-asymmetric", "per-tensor"]


@dataclass(frozen=True)
class Recipe:
    """How a student is quantized.

    Attributes:
        name: what `--quantize` calls it.
        activations: for each target it can be written for, how the inputs of linears are scaled;
            "float" leaves the linears alone. Weights of the others are int8, symmetric per output.
        int8_tables: whether the word and position embeddings are int8, symmetric per row.
    """

    name: str
    activations: Mapping[str, Scheme]
    int8_tables: bool


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (
            Recipe("int8", {"onnx": "per-token", "tflite": "per-token-asymmetric"}, int8_tables=True),
            Recipe("int8-fast", {"onnx": "per-tensor"}, int8_tables=True),
            Recipe("none", {"onnx": "float", "tflite": "float"}, int8_tables=False),
        )
    }
)
