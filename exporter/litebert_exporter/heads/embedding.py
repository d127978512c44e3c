"""One vector for a text: its hidden states pooled, and perhaps divided by the vector's length.

Read: UKPLab/sentence-transformers 6.2, sentence_transformer/modules/pooling.py, base/modules/normalize.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from litebert.outputs import BATCH, Output
from litebert.tasks.embeddings import VECTOR
from litebert_exporter.mask import Mask
from litebert_exporter.ops import MASKED_SCORE, Ops

V = TypeVar("V")

_SHORTEST = 1e-12  # the least length to divide by, as in torch.nn.functional.normalize


@dataclass(frozen=True)
class EmbeddingHead:
    """vector = pooled hidden states, divided by their length if normalized.

    Attributes:
        pooling: cls (the first token's state), mean or max over the tokens that are no padding.
        normalized: whether the vector's length becomes 1.
        width: the size of a hidden state.
    """

    pooling: str
    normalized: bool
    width: int

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The vector."""
        return (Output(VECTOR, (BATCH, self.width)),)

    def build(self, ops: Ops[V], hidden: V, mask: Mask[V]) -> Mapping[str, V]:
        """The vector [batch, width] from hidden states [batch, tokens, width]."""
        pooled = self._pool(ops, hidden, mask)
        if self.normalized:
            squares = ops.reduce("sum", ops.binary("multiply", pooled, pooled), "width")
            length = ops.binary("maximum", ops.unary("sqrt", squares), _SHORTEST)
            pooled = ops.binary("divide", pooled, length)
        return {VECTOR: ops.squeeze_token(pooled)}

    def _pool(self, ops: Ops[V], hidden: V, mask: Mask[V]) -> V:
        """The pooled states [batch, 1, width]."""
        if self.pooling == "cls":
            return ops.first_token(hidden)
        keep = mask.keep(ops)
        kept = ops.binary("multiply", hidden, keep)
        if self.pooling == "mean":
            return ops.binary("divide", ops.reduce("sum", kept, "tokens"), ops.reduce("sum", keep, "tokens"))
        far_below = ops.binary("multiply", ops.binary("add", keep, -1.0), -MASKED_SCORE)
        return ops.reduce("max", ops.binary("add", kept, far_below), "tokens")
