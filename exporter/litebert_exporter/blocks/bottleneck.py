"""MobileBERT's embeddings and layer (Sun et al. 2020, sections 3.1 to 3.3).

Read: huggingface/transformers, models/mobilebert/modeling_mobilebert.py; google-research/google-research,
mobilebert/modeling.py, BertModel and transformer_model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, TypeVar

from litebert_exporter.blocks.embeddings import type_rows
from litebert_exporter.blocks.nonlinearities import activate
from litebert_exporter.mask import Mask
from litebert_exporter.ops import Ops
from litebert_exporter.slots import Linear, Norm, ScaleShift, Slot, linear

V = TypeVar("V")
AnyNorm: TypeAlias = "Norm | ScaleShift"
Origin: TypeAlias = 'Literal["hidden", "input", "attention"]'
MakeNorm: TypeAlias = "Callable[[str, int], AnyNorm]"  # from a name and a width


def _normalize(ops: Ops[V], x: V, norm: AnyNorm) -> V:
    return ops.layer_norm(x, norm) if isinstance(norm, Norm) else ops.scale_shift(x, norm)


@dataclass(frozen=True)
class WordRows:
    """A word table [rows, embedding]."""

    table: Slot

    @property
    def width(self) -> int:
        """Size of a token's embedding."""
        return self.table.shape[1]

    def build(self, ops: Ops[V], inputs: Mapping[str, V]) -> V:
        """The row of every id: [batch, tokens, embedding]."""
        return ops.gather_words(self.table, inputs["input_ids"])


@dataclass(frozen=True)
class Trigrams:
    """A word table [rows, embedding] that is read three rows at a time.

    The neighbour beyond the last token is zeros, whether the row of ids ends there or padding follows. So
    padding does not change an answer. The original code takes the row of [PAD] where padding follows.
    """

    table: Slot

    @property
    def width(self) -> int:
        """Size of a token's embedding."""
        return 3 * self.table.shape[1]

    def build(self, ops: Ops[V], inputs: Mapping[str, V]) -> V:
        """The rows of the next, this and the previous id: [batch, tokens, 3 · embedding]."""
        return ops.gather_trigrams(self.table, inputs["input_ids"], inputs["attention_mask"])


@dataclass(frozen=True)
class MobileBertEmbeddings:
    """Word rows projected to the width of the network, position and token type added, normalized.

    Without `projection` the word rows have that width already.
    """

    words: WordRows | Trigrams
    projection: Linear | None
    position: Slot
    token_type: Slot
    norm: AnyNorm

    @property
    def uses_token_types(self) -> bool:
        """Whether the graph has the input token_type_ids; a single type needs none."""
        return self.token_type.shape[0] > 1

    @property
    def positions(self) -> int:
        """Rows of the position table."""
        return self.position.shape[0]

    @property
    def rows(self) -> int:
        """Rows of the word table."""
        return self.words.table.shape[0]

    @property
    def width(self) -> int:
        """Size of a hidden state."""
        return self.position.shape[1]

    def build(self, ops: Ops[V], inputs: Mapping[str, V]) -> V:
        """Hidden states [batch, tokens, width] from the graph's inputs [batch, tokens] by name."""
        hidden = self.words.build(ops, inputs)
        if self.projection is not None:
            hidden = ops.linear(hidden, self.projection)
        hidden = ops.binary("add", hidden, ops.position_rows(self.position, inputs["input_ids"]))
        hidden = ops.binary("add", hidden, type_rows(ops, self.token_type, inputs))
        return _normalize(ops, hidden, self.norm)


@dataclass(frozen=True)
class Projection:
    """A linear with a norm behind it."""

    dense: Linear
    norm: AnyNorm

    def build(self, ops: Ops[V], x: V) -> V:
        """norm(dense(x))."""
        return _normalize(ops, ops.linear(x, self.dense), self.norm)

    def build_residual(self, ops: Ops[V], x: V, residual: V) -> V:
        """norm(dense(x) + residual)."""
        return _normalize(ops, ops.binary("add", ops.linear(x, self.dense), residual), self.norm)


@dataclass(frozen=True)
class FeedForward:
    """norm(outer(activation(inner(x))) + x)."""

    inner: Linear
    outer: Projection

    def build(self, ops: Ops[V], x: V, activation: str) -> V:
        """The states behind the feed-forward, of x's shape."""
        return self.outer.build_residual(ops, activate(ops, activation, ops.linear(x, self.inner)), x)


@dataclass(frozen=True)
class Wiring:
    """The sources of attention: the layer's hidden states, or a bottleneck of them by name."""

    residual: Origin
    query_key: Origin
    value: Origin


@dataclass(frozen=True)
class MobileBertLayer:
    """Narrow attention and feed-forwards between a way in and a way out, with a residual around all of it.

    Without bottlenecks there is no `widening` either.
    """

    reads: ClassVar[int] = 1

    bottlenecks: tuple[tuple[Origin, Projection], ...]
    wiring: Wiring
    query: Linear
    key: Linear
    value: Linear
    attention_output: Projection
    feed_forwards: tuple[FeedForward, ...]
    widening: Projection | None
    attention_heads: int
    activation: str

    def build(self, ops: Ops[V], states: tuple[V, ...], mask: Mask[V]) -> V:
        """Hidden states [batch, tokens, width] from those before the layer."""
        (hidden,) = states
        origins = {"hidden": hidden}
        origins |= {name: bottleneck.build(ops, hidden) for name, bottleneck in self.bottlenecks}
        context = self._attention(ops, origins[self.wiring.query_key], origins[self.wiring.value], mask)
        narrow = self.attention_output.build_residual(ops, context, origins[self.wiring.residual])
        for feed_forward in self.feed_forwards:
            narrow = feed_forward.build(ops, narrow, self.activation)
        return narrow if self.widening is None else self.widening.build_residual(ops, narrow, hidden)

    def _attention(self, ops: Ops[V], query_key: V, value: V, mask: Mask[V]) -> V:
        head_size = self.query.weight.shape[0] // self.attention_heads
        if self.wiring.query_key == self.wiring.value:
            packed = ops.linear(value, self.query, self.key, self.value)
            queries, keys, values = ops.split_heads(packed, 3, self.attention_heads, head_size)
        else:
            packed = ops.linear(query_key, self.query, self.key)
            queries, keys = ops.split_heads(packed, 2, self.attention_heads, head_size)
            (values,) = ops.split_heads(ops.linear(value, self.value), 1, self.attention_heads, head_size)
        return ops.attention(queries, keys, values, mask.bias, head_size)


@dataclass(frozen=True)
class MobileBertLayerShape:
    """The facts that all layers of an encoder share.

    Attributes:
        width: size of a hidden state.
        narrow: size of the states within a layer.
        ffn: size of the states within a feed-forward.
        attention_heads: `narrow` is divided among them.
        feed_forwards: how many of them a layer has.
        activation: of the feed-forwards.
        bottlenecks: the names of a layer's bottlenecks; none where `narrow` is the width.
        wiring: the sources of attention.
        make_norm: makes every norm but one.
        make_last_norm: makes the norm of the last feed-forward.
        exact: linears kept in float under every recipe, by their names within a layer.
    """

    width: int
    narrow: int
    ffn: int
    attention_heads: int
    feed_forwards: int
    activation: str
    bottlenecks: tuple[Origin, ...]
    wiring: Wiring
    make_norm: MakeNorm
    make_last_norm: MakeNorm
    exact: frozenset[str]


def mobilebert_layer(name: str, shape: MobileBertLayerShape) -> MobileBertLayer:
    """The layer of that name."""
    width, narrow, ffn = shape.width, shape.narrow, shape.ffn
    widths = {"hidden": width, "input": narrow, "attention": narrow}

    def dense(part: str, outputs: int, inputs: int) -> Linear:
        return linear(f"{name}.{part}", outputs, inputs, exact=part in shape.exact)

    def projection(part: str, outputs: int, inputs: int, make_norm: MakeNorm = shape.make_norm) -> Projection:
        return Projection(
            dense(f"{part}.dense", outputs, inputs), make_norm(f"{name}.{part}.LayerNorm", outputs)
        )

    def feed_forward(part: str, make_norm: MakeNorm) -> FeedForward:
        return FeedForward(
            dense(f"{part}intermediate.dense", ffn, narrow),
            projection(f"{part}output", narrow, ffn, make_norm),
        )

    early = (feed_forward(f"ffn.{index}.", shape.make_norm) for index in range(shape.feed_forwards - 1))
    return MobileBertLayer(
        bottlenecks=tuple(
            (part, projection(f"bottleneck.{part}", narrow, width)) for part in shape.bottlenecks
        ),
        wiring=shape.wiring,
        query=dense("attention.self.query", narrow, widths[shape.wiring.query_key]),
        key=dense("attention.self.key", narrow, widths[shape.wiring.query_key]),
        value=dense("attention.self.value", narrow, widths[shape.wiring.value]),
        attention_output=projection("attention.output", narrow, narrow),
        feed_forwards=(*early, feed_forward("", shape.make_last_norm)),
        widening=projection("output.bottleneck", width, narrow) if shape.bottlenecks else None,
        attention_heads=shape.attention_heads,
        activation=shape.activation,
    )
