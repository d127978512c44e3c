"""The mask of text and padding, in the forms that blocks and heads need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from litebert_exporter.ops import Ops

V = TypeVar("V")
W = TypeVar("W")

PADDING = "padding"  # the tensor that carries a mask from segment to segment


@dataclass(frozen=True)
class Mask(Generic[V]):
    """The mask of a batch of rows.

    Attributes:
        bias: [batch, 1, 1, tokens], added to the scores of attention: 0 on text; MASKED_SCORE on padding,
            far below any score.
    """

    bias: V

    def keep(self, ops: Ops[V]) -> V:
        """[batch, tokens, 1], a factor for hidden states: 1 on text, 0 on padding."""
        return ops.token_column(ops.binary("add", ops.binary("maximum", self.bias, -1.0), 1.0))

    def each(self, change: Callable[[V], W]) -> Mask[W]:
        """The mask with every array of it changed; the batch is the first axis of each."""
        return Mask(change(self.bias))

    def output(self, ops: Ops[V]) -> None:
        """Makes the mask an output of a segment, which `input_mask` reads in the next one."""
        ops.output(PADDING, self.bias, ("batch", 1, 1, "tokens"))


def mask_of(ops: Ops[V], attention_mask: V) -> Mask[V]:
    """The mask of the graph's input attention_mask, int32 [batch, tokens]."""
    return Mask(ops.padding_bias(attention_mask))


def input_mask(ops: Ops[V]) -> Mask[V]:
    """The mask that the segment before gave as its output."""
    return Mask(ops.float_input(PADDING, ("batch", 1, 1, "tokens")))
