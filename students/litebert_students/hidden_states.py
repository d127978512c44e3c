"""A classifier's states after every layer, computed by the exporter's numpy reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from litebert.tasks.sequence_classification import LOGITS
from litebert_exporter.binding import Weights
from litebert_exporter.mask import mask_of
from litebert_exporter.quantize.recipe import UNQUANTIZED
from litebert_exporter.quantize.schemes import FLOAT_PRODUCTS
from litebert_exporter.segments import build_layer
from litebert_exporter.spec import Student
from litebert_exporter.targets.reference import ReferenceOps


@dataclass(frozen=True)
class LayerStates:
    """The states of one batch at full depth.

    Attributes:
        hidden: the states after each layer but the last, each [batch, tokens, width] float32.
        logits: the last layer's answer, [batch, classes] float32.
    """

    hidden: tuple[NDArray[np.float32], ...]
    logits: NDArray[np.float32]


def run_layers(
    student: Student, weights: Weights, ids: NDArray[np.int32], types: NDArray[np.int32]
) -> LayerStates:
    """The states of a batch of texts of equal length, in float, unquantized.

    Args:
        student: the spec.
        weights: its tensors by slot name.
        ids: [batch, tokens], without padding.
        types: [batch, tokens], token types.
    """
    ops = ReferenceOps(weights, UNQUANTIZED, FLOAT_PRODUCTS, {}, {}, jitter=0.0)
    inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
    mask = mask_of(ops, inputs["attention_mask"])
    with np.errstate(all="ignore"):  # the callers look for NaNs
        states = {0: student.embeddings.build(ops, inputs)}
        for layer in range(len(student.layers)):
            states[layer + 1] = build_layer(ops, student, layer, states, mask)
        _, *early, last = states.values()
        return LayerStates(tuple(early), student.head.build(ops, last, mask)[LOGITS])
