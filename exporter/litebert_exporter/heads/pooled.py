"""The classifier on the first token: dense, activations, linear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from litebert.outputs import Output
from litebert.tasks.sequence_classification import LOGITS
from litebert_exporter.blocks.nonlinearities import activate
from litebert_exporter.heads.logits import logits_of
from litebert_exporter.mask import Mask
from litebert_exporter.ops import Ops
from litebert_exporter.slots import Linear, linear

V = TypeVar("V")


@dataclass(frozen=True)
class PooledClassifier:
    """logits = classifier(activations(dense(first token))).

    The activations are tanh for BERT, tanh then relu for TinyBERT, relu for DistilBERT.
    """

    dense: Linear
    activations: tuple[str, ...]
    classifier: Linear

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Its logits."""
        return logits_of(self.classifier)

    def build(self, ops: Ops[V], hidden: V, mask: Mask[V]) -> Mapping[str, V]:
        """Logits [batch, classes] from hidden states [batch, tokens, width]."""
        pooled = ops.linear(ops.first_token(hidden), self.dense)
        for name in self.activations:
            pooled = activate(ops, name, pooled)
        return {LOGITS: ops.squeeze_token(ops.linear(pooled, self.classifier))}


def pooled_classifier(
    dense: str, classifier: str, width: int, classes: int, activations: tuple[str, ...] = ("tanh",)
) -> PooledClassifier:
    """The classifier of these tensors, all in float: it reads one token only, so int8 would save nothing."""
    return PooledClassifier(
        dense=linear(dense, width, width, exact=True),
        activations=activations,
        classifier=linear(classifier, classes, width, exact=True),
    )
