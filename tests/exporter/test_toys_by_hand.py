"""The reference on students that no family makes, against the same maths written out in numpy.

Graphs are held to the reference, and both are built from the same blocks: only this finds a norm left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import pytest
from numpy.typing import NDArray
from toys import HEADS, ROWS, WIDTH, cell, feeds, logits_head, pre_norm_student, random_weights, student

from litebert_exporter.quantize.recipe import UNQUANTIZED
from litebert_exporter.quantize.schemes import FLOAT_PRODUCTS
from litebert_exporter.spec import Student
from litebert_exporter.targets.reference import Reference

Floats: TypeAlias = "NDArray[Any]"
Weights: TypeAlias = "Mapping[str, Floats]"


def _norm(weights: Weights, name: str, x: Floats, epsilon: float) -> Floats:
    scaled = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + epsilon)
    return scaled * weights[f"{name}.weight"] + weights.get(f"{name}.bias", 0)


def _linear(weights: Weights, name: str, x: Floats) -> Floats:
    return x @ weights[f"{name}.weight"].T + weights.get(f"{name}.bias", 0)


def _attention(query: Floats, key: Floats, value: Floats) -> Floats:
    size = WIDTH // HEADS
    joined = []
    for head in (slice(start, start + size) for start in range(0, WIDTH, size)):
        scores = np.exp(query[:, head] @ key[:, head].T / math.sqrt(size))
        joined.append(scores / scores.sum(-1, keepdims=True) @ value[:, head])
    return np.concatenate(joined, axis=-1)


def _embeddings(weights: Weights, ids: list[int]) -> Floats:
    tables = weights["embeddings.word"][ids] + weights["embeddings.position"][: len(ids)]
    return _norm(weights, "embeddings.norm", tables, 1e-12)


def _pre_norm_states(weights: Weights, ids: list[int]) -> list[Floats]:
    """The states that the heads behind three layers read: only the last get the final norm."""
    x, read = _embeddings(weights, ids), []
    for name in ("layer.0", "layer.1", "layer.2"):
        normed = _norm(weights, f"{name}.attention_norm", x, 1e-6)
        parts = [_linear(weights, f"{name}.{part}", normed) for part in ("query", "key", "value")]
        x = x + _linear(weights, f"{name}.out", _attention(*parts))
        inner = _linear(weights, f"{name}.ffn_in", _norm(weights, f"{name}.ffn_norm", x, 1e-6))
        gelu = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = x + _linear(weights, f"{name}.ffn_out", gelu)
        read.append(x)
    return [*read[:2], _norm(weights, "final_norm", x, 1e-6)]


def _cell_states(weights: Weights, ids: list[int]) -> list[Floats]:
    """The states behind three cells; to the first both inputs are those of the embeddings."""
    states = [_embeddings(weights, ids)] * 2
    for name in "abc":
        older, newer = states[-2:]
        heads = _linear(weights, f"{name}.newer", newer)
        summed = _linear(weights, f"{name}.older", older) + _attention(heads, heads, heads)
        states.append(_norm(weights, f"{name}.norm", summed, 1e-12))
    return states[2:]


@pytest.mark.parametrize(
    ("spec", "states_by_hand"),
    [
        (pre_norm_student(*map(logits_head, "xyz")), _pre_norm_states),
        (student([cell(name) for name in "abc"], *map(logits_head, "xyz")), _cell_states),
    ],
    ids=["norms first", "two states"],
)
def test_the_reference_is_the_maths(spec: Student, states_by_hand: Any) -> None:
    weights = random_weights(spec)
    for row in ROWS:
        found = Reference(spec, weights).outputs(range(3), UNQUANTIZED, FLOAT_PRODUCTS, feeds([row]))
        for head, states, outputs in zip("xyz", states_by_hand(weights, row), found, strict=True):
            expected = _linear(weights, f"{head}.classifier", states[:1])
            np.testing.assert_allclose(outputs["logits"], expected, atol=1e-5)
