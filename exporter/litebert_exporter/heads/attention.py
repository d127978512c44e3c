"""FastBERT's student classifier (Liu et al. 2020, section 3.1; autoliuweijie/FastBERT, run_fastbert.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from litebert_exporter.slots import Linear
from litebert_exporter.targets.ops import Ops

V = TypeVar("V")


@dataclass(frozen=True)
class AttentionClassifier:
    """A narrow projection, self-attention without residual or norm, two linears on the first token.

    logits = classifier(tanh(dense(first token of attention_output(attention(tanh(narrow(hidden)))))))

    Only the first token is read behind the attention, so only its query is formed.
    """

    narrow: Linear
    query: Linear
    key: Linear
    value: Linear
    attention_output: Linear
    dense: Linear
    classifier: Linear
    heads: int

    @property
    def outputs(self) -> int:
        """How many logits it has."""
        return self.classifier.weight.shape[0]

    def build(self, ops: Ops[V], hidden: V, padding: V) -> V:
        """Logits [batch, outputs] of hidden states [batch, tokens, width]; padding [batch, 1, 1, tokens]."""
        head_size = self.query.weight.shape[0] // self.heads
        narrow = ops.unary("tanh", ops.linear(hidden, self.narrow))
        key, value = ops.split_heads(ops.linear(narrow, self.key, self.value), 2, self.heads, head_size)
        first = ops.linear(ops.first_token(narrow), self.query)
        (query,) = ops.split_heads(first, 1, self.heads, head_size)
        attended = ops.linear(ops.attention(query, key, value, padding, head_size), self.attention_output)
        return ops.squeeze_token(
            ops.linear(ops.unary("tanh", ops.linear(attended, self.dense)), self.classifier)
        )
