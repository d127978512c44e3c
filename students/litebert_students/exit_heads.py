"""The heads of early exits, in torch.

Source: Liu et al. 2020, https://arxiv.org/abs/2004.02178, section 3.1; sizes and activations from the
authors' code, github.com/autoliuweijie/FastBERT.
"""

# mypy: disallow-subclassing-any=False
# (mypy reads torch as Any, so every nn.Module would be an error.)

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

from litebert_students.recipe_numbers import plain_numbers

HEADS = ("attention", "linear")
FIRST = {"attention": "narrow", "linear": "classifier"}
"""The linear in each kind of head that reads the hidden states."""
LEARNING_RATES = {"attention": 1e-3, "linear": 3e-2}
"""The peak learning rate for each kind; a linear head's few weights have a long way to go."""


@dataclass(frozen=True)
class HeadShape:
    """The kind and the size of an early exit's head.

    Attributes:
        kind: one of `HEADS`.
        size: the width of the states inside a head of the kind attention.
        attention_heads: the number of its attention heads, which divides `size`.
    """

    kind: str = "attention"
    size: int = 128
    attention_heads: int = 2

    def __post_init__(self) -> None:
        plain_numbers(self)


class AttentionHead(nn.Module):
    """narrow → tanh → self-attention → first token → dense → tanh → classifier.

    The attention has neither residual nor norm. Only the first token's answer is used, so only its query is
    computed.
    """

    def __init__(self, width: int, size: int, attention_heads: int, classes: int) -> None:
        super().__init__()
        self.narrow = nn.Linear(width, size)
        self.query = nn.Linear(size, size)
        self.key = nn.Linear(size, size)
        self.value = nn.Linear(size, size)
        self.attention_output = nn.Linear(size, size)
        self.dense = nn.Linear(size, size)
        self.classifier = nn.Linear(size, classes)
        self.attention_heads = attention_heads

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes].

        Args:
            hidden: [batch, tokens, width] float32.
            mask: [batch, tokens] bool, false for padding.
        """
        narrow = torch.tanh(self.narrow(hidden))
        query, key, value = self.query(narrow[:, :1]), self.key(narrow), self.value(narrow)
        attended = functional.scaled_dot_product_attention(
            self._split(query), self._split(key), self._split(value), mask[:, None, None, :]
        )
        first = self.attention_output(attended.transpose(1, 2).flatten(2)[:, 0])
        return self.classifier(torch.tanh(self.dense(first)))

    def _split(self, projected: torch.Tensor) -> torch.Tensor:
        """The states of each attention head, [batch, attention heads, tokens, head size]."""
        return projected.unflatten(2, (self.attention_heads, -1)).transpose(1, 2)


class LinearHead(nn.Module):
    """A linear classifier on the first token."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(width, classes)

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes] from hidden [batch, tokens, width]; the mask is not read."""
        return self.classifier(hidden[:, 0])


def build_head(shape: HeadShape, width: int, classes: int) -> nn.Module:
    """A new head of that shape for states of that width."""
    if shape.kind == "linear":
        return LinearHead(width, classes)
    return AttentionHead(width, shape.size, shape.attention_heads, classes)
