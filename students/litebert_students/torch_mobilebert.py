"""A MobileBERT classifier in torch whose parameters carry their Hugging Face names.

Source: Sun et al. 2020, ACL, https://arxiv.org/abs/2004.02984, section 3.1 to 3.2; names as in transformers'
MobileBertForSequenceClassification. The one form written here has bottlenecks with shared queries and keys,
NoNorm, ReLU, trigrams and a pooler with tanh.
"""

# mypy: disallow-subclassing-any=False
# (mypy reads torch as Any, so every nn.Module would be an error.)

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

CLASS_NAME = "MobileBertForSequenceClassification"


@dataclass(frozen=True)
class MobileBertShape:
    """The sizes of config.json, under their names there."""

    vocab_size: int
    embedding_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intra_bottleneck_size: int
    num_feedforward_networks: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int


# The network below, as entries of config.json.
FORM: dict[str, Any] = {
    "attention_probs_dropout_prob": 0.0,
    "classifier_activation": True,
    "hidden_act": "relu",
    "hidden_dropout_prob": 0.0,
    "key_query_shared_bottleneck": True,
    "model_type": "mobilebert",
    "normalization_type": "no_norm",
    "trigram_input": True,
    "use_bottleneck": True,
    "use_bottleneck_attention": False,
}


class NoNorm(nn.Module):
    """A factor and a summand for every feature, in place of layer normalisation (section 3.2)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.bias = nn.Parameter(torch.zeros(size))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Hidden of the same shape."""
        return hidden * self.weight + self.bias


class Embeddings(nn.Module):
    """The embeddings, from ids to hidden states: words with their neighbours, widened, + position + type."""

    def __init__(self, shape: MobileBertShape) -> None:
        super().__init__()
        size = shape.hidden_size
        self.word_embeddings = nn.Embedding(shape.vocab_size, shape.embedding_size)
        self.position_embeddings = nn.Embedding(shape.max_position_embeddings, size)
        self.token_type_embeddings = nn.Embedding(shape.type_vocab_size, size)
        self.embedding_transformation = nn.Linear(3 * shape.embedding_size, size)
        self.LayerNorm = NoNorm(size)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Hidden [batch, tokens, hidden_size] float32; a neighbour that is padding counts as 0.

        Args:
            ids: [batch, tokens] int64.
            mask: [batch, tokens] bool, false for padding.
            types: [batch, tokens] int64.
        """
        words = self.word_embeddings(ids) * mask[:, :, None]
        following = functional.pad(words[:, 1:], (0, 0, 0, 1))
        previous = functional.pad(words[:, :-1], (0, 0, 1, 0))
        wide = self.embedding_transformation(torch.cat([following, words, previous], dim=2))
        positions = self.position_embeddings.weight[: ids.shape[1]]
        return self.LayerNorm(wide + positions + self.token_type_embeddings(types))


class Layer(nn.Module):
    """One encoder layer: into the bottleneck, self-attention, feed-forward networks, and out again."""

    def __init__(self, shape: MobileBertShape) -> None:
        super().__init__()
        size, narrow, inner = shape.hidden_size, shape.intra_bottleneck_size, shape.intermediate_size
        self.heads = shape.num_attention_heads
        self.bottleneck = nn.ModuleDict({name: _dense_norm(size, narrow) for name in ("input", "attention")})
        projections = {name: nn.Linear(narrow, narrow) for name in ("query", "key")}
        self.attention = nn.ModuleDict(
            {
                "self": nn.ModuleDict({**projections, "value": nn.Linear(size, narrow)}),
                "output": _dense_norm(narrow, narrow),
            }
        )
        self.ffn = nn.ModuleList(
            nn.ModuleDict({"intermediate": _dense(narrow, inner), "output": _dense_norm(inner, narrow)})
            for _ in range(shape.num_feedforward_networks - 1)
        )
        self.intermediate = _dense(narrow, inner)
        self.output = _dense_norm(inner, narrow)
        self.output["bottleneck"] = _dense_norm(narrow, size)

    @property
    def feed_forwards(self) -> list[tuple[nn.ModuleDict, nn.ModuleDict]]:
        """The way in and the way out of each feed-forward network, in order."""
        first = [(network["intermediate"], network["output"]) for network in self.ffn]
        return [*first, (self.intermediate, self.output)]

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Hidden [batch, tokens, hidden_size]; the bool mask [batch, tokens] hides padding."""
        probabilities = self.log_attention(hidden, mask).exp()
        value = split_heads(self.attention["self"]["value"](hidden), self.heads)
        attended = (probabilities @ value).transpose(1, 2).flatten(2)
        thin = _add_norm(self.attention["output"], attended, _narrow(self.bottleneck["input"], hidden))
        for intermediate, output in self.feed_forwards:
            thin = _add_norm(output, functional.relu(intermediate["dense"](thin)), thin)
        return _add_norm(self.output["bottleneck"], thin, hidden)

    def log_attention(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The log-probabilities of attention, [batch, heads, tokens, tokens]."""
        shared = _narrow(self.bottleneck["attention"], hidden)
        projections = self.attention["self"]
        query, key = (split_heads(projections[name](shared), self.heads) for name in ("query", "key"))
        return log_attention(query, key, mask)


class MobileBertClassifier(nn.Module):
    """Embeddings, layers, pooler, classifier."""

    def __init__(self, shape: MobileBertShape, classes: int) -> None:
        super().__init__()
        size = shape.hidden_size
        self.mobilebert = nn.ModuleDict(
            {
                "embeddings": Embeddings(shape),
                "encoder": nn.ModuleDict(
                    {"layer": nn.ModuleList(Layer(shape) for _ in range(shape.num_hidden_layers))}
                ),
                "pooler": _dense(size, size),
            }
        )
        self.classifier = nn.Linear(size, classes)

    @property
    def embeddings(self) -> Embeddings:
        """The embeddings, from ids to hidden states."""
        return self.mobilebert["embeddings"]

    @property
    def layers(self) -> nn.ModuleList:
        """The encoder's layers, the first one first."""
        return self.mobilebert["encoder"]["layer"]

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes] float32; the arguments are those of `Embeddings.forward`."""
        hidden = self.embeddings(ids, mask, types)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return self.classify(hidden)

    def classify(self, hidden: torch.Tensor) -> torch.Tensor:
        """Logits [batch, classes] from the last layer's hidden states."""
        return self.classifier(torch.tanh(self.mobilebert["pooler"]["dense"](hidden[:, 0])))


def split_heads(projected: torch.Tensor, heads: int) -> torch.Tensor:
    """The states of each attention head, [batch, heads, tokens, head_size]."""
    return projected.unflatten(2, (heads, -1)).transpose(1, 2)


def log_attention(query: torch.Tensor, key: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Log-probabilities [batch, heads, tokens, tokens]; the bool mask [batch, tokens] hides keys."""
    scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[-1])
    return torch.log_softmax(scores.masked_fill(~mask[:, None, None, :], -1e4), dim=-1)


def _narrow(block: nn.ModuleDict, hidden: torch.Tensor) -> torch.Tensor:
    return block["LayerNorm"](block["dense"](hidden))


def _add_norm(block: nn.ModuleDict, inner: torch.Tensor, skipped: torch.Tensor) -> torch.Tensor:
    return block["LayerNorm"](block["dense"](inner) + skipped)


def _dense(inner: int, size: int) -> nn.ModuleDict:
    return nn.ModuleDict({"dense": nn.Linear(inner, size)})


def _dense_norm(inner: int, size: int) -> nn.ModuleDict:
    return nn.ModuleDict({"dense": nn.Linear(inner, size), "LayerNorm": NoNorm(size)})
