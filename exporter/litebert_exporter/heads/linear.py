"""The cheapest head: one linear on the first token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from litebert_exporter.slots import Linear
from litebert_exporter.targets.ops import Ops

V = TypeVar("V")


@dataclass(frozen=True)
class LinearClassifier:
    """logits = classifier(first token)."""

    classifier: Linear

    @property
    def outputs(self) -> int:
        """How many logits it has."""
        return self.classifier.weight.shape[0]

    def build(self, ops: Ops[V], hidden: V, padding: V) -> V:
        """Logits [batch, outputs] of hidden states [batch, tokens, width]."""
        return ops.squeeze_token(ops.linear(ops.first_token(hidden), self.classifier))
