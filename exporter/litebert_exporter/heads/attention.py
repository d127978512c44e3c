"""FastBERT's student classifier (Liu et al. 2020, section 3.1; autoliuweijie/FastBERT, run_fastbert.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from litebert.outputs import Output
from litebert.tasks.sequence_classification import LOGITS
from litebert_exporter.heads.logits import logits_of
from litebert_exporter.mask import Mask
from litebert_exporter.ops import Ops
from litebert_exporter.slots import Linear, linear

V = TypeVar("V")


@dataclass(frozen=True)
class AttentionClassifier:
    """A narrow projection, self-attention without residual or norm, and two linears on the first token.

    logits = classifier(tanh(dense(first token of attention_output(attention(tanh(narrow(hidden)))))))

    Only the first token is read behind the attention, so the attention is computed for that one query.
    """

    narrow: Linear
    query: Linear
    key: Linear
    value: Linear
    attention_output: Linear
    dense: Linear
    classifier: Linear
    attention_heads: int

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Its logits."""
        return logits_of(self.classifier)

    def build(self, ops: Ops[V], hidden: V, mask: Mask[V]) -> Mapping[str, V]:
        """Logits [batch, classes] from hidden states [batch, tokens, width]."""
        narrow = ops.unary("tanh", ops.linear(hidden, self.narrow))
        query = ops.linear(ops.first_token(narrow), self.query)
        context = ops.single_query_attention(
            query, narrow, self.key, self.value, mask.bias, self.attention_heads
        )
        pooled = ops.unary("tanh", ops.linear(ops.linear(context, self.attention_output), self.dense))
        return {LOGITS: ops.squeeze_token(ops.linear(pooled, self.classifier))}


@dataclass(frozen=True)
class AttentionNames:
    """A checkpoint's names for the parts of the classifier, behind its own name; by default ours."""

    narrow: str = "narrow"
    query: str = "query"
    key: str = "key"
    value: str = "value"
    attention_output: str = "attention_output"
    dense: str = "dense"
    classifier: str = "classifier"


def attention_classifier(
    name: str, names: AttentionNames, width: int, size: int, classes: int, attention_heads: int
) -> AttentionClassifier:
    """The classifier of that name. All its linears but `narrow`, the one on every token, stay in float."""
    return AttentionClassifier(
        narrow=linear(f"{name}.{names.narrow}", size, width),
        query=linear(f"{name}.{names.query}", size, size, exact=True),
        key=linear(f"{name}.{names.key}", size, size, exact=True),
        value=linear(f"{name}.{names.value}", size, size, exact=True),
        attention_output=linear(f"{name}.{names.attention_output}", size, size, exact=True),
        dense=linear(f"{name}.{names.dense}", size, size, exact=True),
        classifier=linear(f"{name}.{names.classifier}", classes, size, exact=True),
        attention_heads=attention_heads,
    )
