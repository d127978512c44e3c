"""The cheapest head: one linear on the first token."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from litebert.outputs import Output
from litebert.tasks.sequence_classification import LOGITS
from litebert_exporter.heads.logits import logits_of
from litebert_exporter.mask import Mask
from litebert_exporter.ops import Ops
from litebert_exporter.slots import Linear

V = TypeVar("V")


@dataclass(frozen=True)
class LinearClassifier:
    """logits = classifier(first token)."""

    classifier: Linear

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Its logits."""
        return logits_of(self.classifier)

    def build(self, ops: Ops[V], hidden: V, mask: Mask[V]) -> Mapping[str, V]:
        """Logits [batch, classes] from hidden states [batch, tokens, width]."""
        return {LOGITS: ops.squeeze_token(ops.linear(ops.first_token(hidden), self.classifier))}
