"""The post-norm transformer layer (Vaswani et al. 2017, section 3.1) in BERT's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypeVar

from litebert_exporter.blocks.nonlinearities import activate
from litebert_exporter.mask import Mask
from litebert_exporter.ops import Ops
from litebert_exporter.slots import Linear, Norm, linear, norm

V = TypeVar("V")


@dataclass(frozen=True)
class TransformerLayer:
    """Self-attention and feed-forward, each with a residual and a norm behind it."""

    reads: ClassVar[int] = 1

    query: Linear
    key: Linear
    value: Linear
    attention_output: Linear
    attention_norm: Norm
    ffn_in: Linear
    ffn_out: Linear
    ffn_norm: Norm
    attention_heads: int
    activation: str

    def build(self, ops: Ops[V], states: tuple[V, ...], mask: Mask[V]) -> V:
        """Hidden states [batch, tokens, width] from those before the layer."""
        (hidden,) = states
        head_size = self.query.weight.shape[0] // self.attention_heads
        packed = ops.linear(hidden, self.query, self.key, self.value)
        query, key, value = ops.split_heads(packed, 3, self.attention_heads, head_size)
        context = ops.attention(query, key, value, mask.bias, head_size)
        attended = ops.linear(context, self.attention_output)
        hidden = ops.layer_norm(ops.binary("add", hidden, attended), self.attention_norm)
        inner = activate(ops, self.activation, ops.linear(hidden, self.ffn_in))
        return ops.layer_norm(ops.binary("add", hidden, ops.linear(inner, self.ffn_out)), self.ffn_norm)


@dataclass(frozen=True)
class LayerNames:
    """A checkpoint's names for the parts of a layer, behind the layer's own name."""

    query: str
    key: str
    value: str
    attention_output: str
    attention_norm: str
    ffn_in: str
    ffn_out: str
    ffn_norm: str


@dataclass(frozen=True)
class LayerShape:
    """The sizes of a layer. Queries, keys and values are `inner` wide, divided among the attention heads."""

    width: int
    inner: int
    ffn: int
    attention_heads: int
    activation: str
    epsilon: float


def transformer_layer(name: str, names: LayerNames, shape: LayerShape) -> TransformerLayer:
    """The layer of that name."""
    width, inner = shape.width, shape.inner
    return TransformerLayer(
        query=linear(f"{name}.{names.query}", inner, width),
        key=linear(f"{name}.{names.key}", inner, width),
        value=linear(f"{name}.{names.value}", inner, width),
        attention_output=linear(f"{name}.{names.attention_output}", width, inner),
        attention_norm=norm(f"{name}.{names.attention_norm}", width, shape.epsilon),
        ffn_in=linear(f"{name}.{names.ffn_in}", shape.ffn, width),
        ffn_out=linear(f"{name}.{names.ffn_out}", width, shape.ffn),
        ffn_norm=norm(f"{name}.{names.ffn_norm}", width, shape.epsilon),
        attention_heads=shape.attention_heads,
        activation=shape.activation,
    )
