"""The post-norm transformer layer (Vaswani et al. 2017, section 3.1; BERT's form of it)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from litebert_exporter.blocks.activations import activate
from litebert_exporter.slots import Linear, Norm
from litebert_exporter.targets.ops import Ops

V = TypeVar("V")


@dataclass(frozen=True)
class TransformerLayer:
    """Self-attention and feed-forward, each with a residual and a norm behind it."""

    query: Linear
    key: Linear
    value: Linear
    attention_output: Linear
    attention_norm: Norm
    ffn_in: Linear
    ffn_out: Linear
    ffn_norm: Norm
    heads: int
    activation: str

    def build(self, ops: Ops[V], hidden: V, padding: V) -> V:
        """Hidden states [batch, tokens, width] of hidden states; padding [batch, 1, 1, tokens]."""
        head_size = self.query.weight.shape[0] // self.heads
        packed = ops.linear(hidden, self.query, self.key, self.value)
        query, key, value = ops.split_heads(packed, 3, self.heads, head_size)
        context = ops.attention(query, key, value, padding, head_size)
        attended = ops.linear(context, self.attention_output)
        hidden = ops.layer_norm(ops.binary("add", hidden, attended), self.attention_norm)
        inner = activate(ops, self.activation, ops.linear(hidden, self.ffn_in))
        return ops.layer_norm(ops.binary("add", hidden, ops.linear(inner, self.ffn_out)), self.ffn_norm)
