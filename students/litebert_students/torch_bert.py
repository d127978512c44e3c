"""A BERT classifier in torch whose parameters carry their Hugging Face names.

Source: Devlin et al. 2019, https://arxiv.org/abs/1810.04805; names and dropout as in transformers'
BertForSequenceClassification.
"""

# mypy: disallow-subclassing-any=False
# (mypy reads torch as Any, so every nn.Module would be an error.)

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

CLASS_NAME = "BertForSequenceClassification"

ACTIVATIONS = {
    "gelu": nn.GELU(),
    "gelu_new": nn.GELU(approximate="tanh"),
    "gelu_pytorch_tanh": nn.GELU(approximate="tanh"),
    "relu": nn.ReLU(),
}


@dataclass(frozen=True)
class BertShape:
    """The sizes and shares of the network, under their names in config.json."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int = 2
    layer_norm_eps: float = 1e-12
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1


class Embeddings(nn.Module):
    """The embeddings, from ids to hidden states: word + position + token type, normalised."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(shape.vocab_size, shape.hidden_size)
        self.position_embeddings = nn.Embedding(shape.max_position_embeddings, shape.hidden_size)
        self.token_type_embeddings = nn.Embedding(shape.type_vocab_size, shape.hidden_size)
        self.LayerNorm = nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)
        self.dropout = nn.Dropout(shape.hidden_dropout_prob)

    def forward(self, ids: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Hidden [batch, tokens, hidden_size] float32 from ids and types [batch, tokens] int64."""
        words = self.word_embeddings(ids) + self.token_type_embeddings(types)
        return self.dropout(self.LayerNorm(words + self.position_embeddings.weight[: ids.shape[1]]))


class Layer(nn.Module):
    """One encoder layer: self-attention, then feed-forward, each added to its input and normalised."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        size, inner = shape.hidden_size, shape.intermediate_size
        projections = nn.ModuleDict({name: nn.Linear(size, size) for name in ("query", "key", "value")})
        self.attention = nn.ModuleDict({"self": projections, "output": _dense_norm(size, size, shape)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(size, inner)})
        self.output = _dense_norm(inner, size, shape)
        self.activation = ACTIVATIONS[shape.hidden_act]
        self.dropout = nn.Dropout(shape.hidden_dropout_prob)
        self.attention_dropout = shape.attention_probs_dropout_prob
        self.heads = shape.num_attention_heads

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Hidden [batch, tokens, hidden_size]; the bool mask [batch, 1, 1, tokens] hides padding."""
        projections = self.attention["self"]
        query, key, value = (self._split(projections[name](hidden)) for name in ("query", "key", "value"))
        dropout = self.attention_dropout if self.training else 0.0
        attended = functional.scaled_dot_product_attention(query, key, value, mask, dropout)
        hidden = self._add_norm(self.attention["output"], attended.transpose(1, 2).flatten(2), hidden)
        inner = self.activation(self.intermediate["dense"](hidden))
        return self._add_norm(self.output, inner, hidden)

    def _split(self, projected: torch.Tensor) -> torch.Tensor:
        """The states of each attention head, [batch, heads, tokens, head_size]."""
        return projected.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def _add_norm(self, block: nn.ModuleDict, inner: torch.Tensor, skipped: torch.Tensor) -> torch.Tensor:
        return block["LayerNorm"](self.dropout(block["dense"](inner)) + skipped)


class BertClassifier(nn.Module):
    """Embeddings, layers, pooler, classifier."""

    def __init__(self, shape: BertShape, classes: int) -> None:
        super().__init__()
        size = shape.hidden_size
        self.bert = nn.ModuleDict(
            {
                "embeddings": Embeddings(shape),
                "encoder": nn.ModuleDict(
                    {"layer": nn.ModuleList(Layer(shape) for _ in range(shape.num_hidden_layers))}
                ),
                "pooler": nn.ModuleDict({"dense": nn.Linear(size, size)}),
            }
        )
        self.classifier = nn.Linear(size, classes)
        self.dropout = nn.Dropout(shape.hidden_dropout_prob)

    @property
    def layers(self) -> nn.ModuleList:
        """The encoder's layers, the first one first."""
        return self.bert["encoder"]["layer"]

    def forward(
        self,
        ids: torch.Tensor,
        mask: torch.Tensor,
        types: torch.Tensor,
        layers: Iterable[Layer] | None = None,
    ) -> torch.Tensor:
        """Logits [batch, classes] float32.

        Args:
            ids: [batch, tokens] int64.
            mask: [batch, tokens] bool, false for padding.
            types: [batch, tokens] int64, 0 for the first text and 1 for the second.
            layers: the layers to run in place of the model's own.
        """
        hidden = self.bert["embeddings"](ids, types)
        for layer in self.layers if layers is None else layers:
            hidden = layer(hidden, mask[:, None, None, :])
        return self.classify(hidden)

    def classify(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes] from the last layer's hidden states."""
        pooled = torch.tanh(self.bert["pooler"]["dense"](hidden[:, 0]))
        return self.classifier(self.dropout(pooled))


def _dense_norm(inner: int, size: int, shape: BertShape) -> nn.ModuleDict:
    return nn.ModuleDict(
        {"dense": nn.Linear(inner, size), "LayerNorm": nn.LayerNorm(size, eps=shape.layer_norm_eps)}
    )
