"""The operations that every block is written in. They become numbers (targets/reference.py) or graphs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, Protocol, TypeAlias, TypeVar

from litebert_exporter.slots import Linear, Norm, ScaleShift, Slot

V = TypeVar("V")
Shape: TypeAlias = "tuple[str | int, ...]"  # of a graph's input or output; "batch" and "tokens" are any size

Unary = Literal["gelu", "gelu_tanh", "relu", "sigmoid", "tanh", "sqrt"]
Binary = Literal["add", "multiply", "divide", "maximum"]
Reduction = Literal["sum", "max"]
Axis = Literal["tokens", "width"]  # an axis of [batch, tokens, width]
AXES: Mapping[Axis, int] = MappingProxyType({"tokens": 1, "width": 2})

MASKED_SCORE = -1e9
"""The summand for the attention score of padding: far below any score, yet finite in float32."""


class Ops(Protocol[V]):
    """Model-level operations on values V: arrays in the reference, tensors in the graphs.

    Shapes: hidden [batch, tokens, width], attention heads [batch, heads, tokens, head size]. The bias of
    attention is a `Mask`'s.
    """

    def input(self, name: str) -> V:
        """A graph input, int32 [batch, tokens]."""

    def float_input(self, name: str, shape: Shape) -> V:
        """A graph input, float32."""

    def output(self, name: str, value: V, shape: Shape) -> None:
        """Makes a value an output of the graph."""

    def padding_bias(self, attention_mask: V) -> V:
        """[batch, 1, 1, tokens]: 0 where the mask is 1, MASKED_SCORE where it is 0."""

    def gather_rows(self, table: Slot, ids: V) -> V:
        """Rows [batch, tokens, width] of a small table, in float under every recipe."""

    def gather_words(self, table: Slot, ids: V) -> V:
        """Rows [batch, tokens, width] of a large table, in the recipe's format of tables."""

    def gather_trigrams(self, table: Slot, ids: V, attention_mask: V) -> V:
        """The rows of the next, this and the previous id side by side: [batch, tokens, 3 · width].

        They are those of `gather_words`. Where the mask is 0, and beyond either end, a row is zeros.
        """

    def position_rows(self, table: Slot, ids: V) -> V:
        """The first rows [1, tokens, width] of a large table, as many as there are ids [batch, tokens]."""

    def counted_rows(self, table: Slot, ids: V, padding_id: int) -> V:
        """Rows [batch, tokens, width] of a large table: padding_id + n for the n-th id but padding_id.

        Ids that are padding_id are not counted and get the row padding_id.
        """

    def first_row(self, table: Slot) -> V:
        """The first row [1, 1, width] of a table, the same for every token."""

    def linear(self, x: V, *parts: Linear) -> V:
        """One product for all parts, their outputs side by side, with the recipe's weights and activations.

        It is in float if one of the parts is exact.
        """

    def layer_norm(self, x: V, norm: Norm) -> V:
        """(x − mean) / √(variance + ε) · gamma + beta over the last axis."""

    def scale_shift(self, x: V, norm: Norm | ScaleShift) -> V:
        """X · gamma + beta over the last axis."""

    def unary(self, kind: Unary, x: V) -> V:
        """An elementwise function; gelu is the exact one (erf), gelu_tanh its tanh form."""

    def binary(self, kind: Binary, a: V, b: V | float) -> V:
        """An elementwise function of two values, or of a value and a constant."""

    def split_heads(self, x: V, parts: int, heads: int, head_size: int) -> tuple[V, ...]:
        """[batch, tokens, parts · heads · head_size] as `parts` values [batch, heads, tokens, head size]."""

    def attention(self, query: V, key: V, value: V, bias: V, head_size: int) -> V:
        """softmax(query · keyᵀ / √head_size + bias) · value, heads joined: [batch, queries, width]."""

    def single_query_attention(self, query: V, x: V, key: Linear, value: Linear, bias: V, heads: int) -> V:
        """The attention of one query [batch, 1, width] on x [batch, tokens, width], in float.

        With K = key(x) and V = value(x) it is softmax(query · Kᵀ / √head_size + bias) · V per head, heads
        joined: [batch, 1, width]. Graphs compute neither K nor V. query · Kᵀ is (query · key.weight) · xᵀ
        plus a constant, which softmax drops. The weights of a head sum to 1, so `value` is applied to one
        mean row.
        """

    def first_token(self, x: V) -> V:
        """The first token: [batch, 1, width] from [batch, tokens, width]."""

    def squeeze_token(self, x: V) -> V:
        """[batch, width] from [batch, 1, width]."""

    def reduce(self, kind: Reduction, x: V, axis: Axis) -> V:
        """The sum or the maximum of [batch, tokens, width] over an axis, whose size becomes 1."""

    def token_column(self, x: V) -> V:
        """[batch, tokens, 1] from [batch, 1, 1, tokens]."""
