"""A BERT classifier in torch whose parameters carry their Hugging Face names.

Source: Devlin et al. 2019, https://arxiv.org/abs/1810.04805; names and dropout as in transformers'
BertForSequenceClassification.
"""

# mypy: disallow-subclassing-any=False
# (torch is read as Any, so every nn.Module would be an error.)

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields

import torch
from torch import nn
from torch.nn import functional

from litebert.errors import UnsupportedModelError
from litebert_exporter.blocks.embeddings import BertEmbeddings
from litebert_exporter.blocks.transformer import TransformerLayer
from litebert_exporter.config import number
from litebert_exporter.families.encoder import LAYER_NAMES
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.heads.pooled import PooledClassifier
from litebert_exporter.slots import Norm, Slot, slots
from litebert_exporter.subject import Subject

CLASS_NAME = "BertForSequenceClassification"

_ACTIVATIONS = {
    "gelu": nn.GELU(),
    "gelu_new": nn.GELU(approximate="tanh"),
    "gelu_pytorch_tanh": nn.GELU(approximate="tanh"),
    "relu": nn.ReLU(),
}


@dataclass(frozen=True)
class BertShape:
    """The sizes and shares that the maths needs, under their names in config.json."""

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
    """Ids to hidden states: word + position + token type, normalised."""

    def __init__(self, shape: BertShape) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(shape.vocab_size, shape.hidden_size)
        self.position_embeddings = nn.Embedding(shape.max_position_embeddings, shape.hidden_size)
        self.token_type_embeddings = nn.Embedding(shape.type_vocab_size, shape.hidden_size)
        self.LayerNorm = nn.LayerNorm(shape.hidden_size, eps=shape.layer_norm_eps)
        self.dropout = nn.Dropout(shape.hidden_dropout_prob)

    def forward(self, ids: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Returns hidden [batch, tokens, hidden_size] float32 of ids and types [batch, tokens] int64."""
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
        self.activation = _ACTIVATIONS[shape.hidden_act]
        self.dropout = nn.Dropout(shape.hidden_dropout_prob)
        self.attention_dropout = shape.attention_probs_dropout_prob
        self.heads = shape.num_attention_heads

    def forward(self, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Returns hidden [batch, tokens, hidden_size]; the bool mask [batch, 1, 1, tokens] hides padding."""
        projections = self.attention["self"]
        query, key, value = (self._split(projections[name](hidden)) for name in ("query", "key", "value"))
        dropout = self.attention_dropout if self.training else 0.0
        attended = functional.scaled_dot_product_attention(query, key, value, mask, dropout)
        hidden = self._add_norm(self.attention["output"], attended.transpose(1, 2).flatten(2), hidden)
        inner = self.activation(self.intermediate["dense"](hidden))
        return self._add_norm(self.output, inner, hidden)

    def _split(self, projected: torch.Tensor) -> torch.Tensor:
        """Returns [batch, heads, tokens, head_size]."""
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
        """Returns logits [batch, classes] float32.

        Args:
            ids: [batch, tokens] int64.
            mask: [batch, tokens] bool, false for padding.
            types: [batch, tokens] int64, 0 for the first text and 1 for the second.
            layers: what to run instead of the model's own layers.
        """
        hidden = self.bert["embeddings"](ids, types)
        for layer in self.layers if layers is None else layers:
            hidden = layer(hidden, mask[:, None, None, :])
        return self.classify(hidden)

    def classify(self, hidden: torch.Tensor) -> torch.Tensor:
        """Returns logits [batch, classes] of the last layer's hidden states."""
        pooled = torch.tanh(self.bert["pooler"]["dense"](hidden[:, 0]))
        return self.classifier(self.dropout(pooled))


def read_shape(teacher: Subject) -> BertShape:
    """Returns the shape of a teacher that is a BERT classifier.

    Raises:
        CheckpointError: its config has a wrong share of dropout.
        UnsupportedModelError: it is another network.
    """
    config, spec = teacher.checkpoint.config, _read_spec(teacher)
    return BertShape(
        vocab_size=spec.word.shape[0],
        hidden_size=spec.word.shape[1],
        num_hidden_layers=len(spec.layers),
        num_attention_heads=spec.layers[0].attention_heads,
        intermediate_size=spec.layers[0].ffn_in.weight.shape[0],
        max_position_embeddings=spec.position.shape[0],
        type_vocab_size=spec.token_type.shape[0],
        layer_norm_eps=spec.norm.epsilon,
        hidden_act=spec.layers[0].activation,
        hidden_dropout_prob=number(config, "hidden_dropout_prob", 0.0, 1.0, default=0.1),
        attention_probs_dropout_prob=number(config, "attention_probs_dropout_prob", 0.0, 1.0, default=0.1),
    )


def build_model(teacher: Subject) -> BertClassifier:
    """Returns the classifier with a copy of a teacher's weights.

    Raises:
        CheckpointError, UnsupportedModelError: as in `read_shape`.
    """
    model = BertClassifier(read_shape(teacher), class_count_of(teacher.student.head))
    names = _slot_names(_read_spec(teacher))
    model.load_state_dict({name: torch.tensor(teacher.weights[slot]) for name, slot in names})
    return model


@dataclass(frozen=True)
class _BertSpec:
    """The parts of the spec of a BERT classifier, for the names of its slots."""

    word: Slot
    position: Slot
    token_type: Slot
    norm: Norm
    layers: tuple[TransformerLayer, ...]
    head: PooledClassifier


def _read_spec(teacher: Subject) -> _BertSpec:
    """Raises UnsupportedModelError unless the exporter's spec is one of a BERT classifier."""
    student = teacher.student
    tables, head = student.embeddings, student.head
    layers = tuple(layer for layer in student.layers if isinstance(layer, TransformerLayer))
    shapes = {tuple(slot.shape for slot in slots(layer)) for layer in student.layers}
    plain = isinstance(tables, BertEmbeddings) and tables.projection is None and tables.padding_id is None
    if not (plain and isinstance(tables, BertEmbeddings) and tables.token_type is not None):
        wrong = "other tables than those of words, positions and token types"
    elif len(layers) < len(student.layers) or len(shapes) > 1 or not _is_plain(layers[0]):
        wrong = "layers that are not of BERT's shape"
    elif layers[0].activation not in _ACTIVATIONS:
        wrong = f"hidden_act {layers[0].activation!r}, none of {', '.join(_ACTIVATIONS)},"
    elif student.final_norm is not None or tables.norm.beta is None:
        wrong = "other norms than BERT's"
    elif student.exits:
        wrong = "exits"
    elif not isinstance(head, PooledClassifier) or head.activations != ("tanh",):
        wrong = "a classifier that reads no pooler with tanh"
    else:
        return _BertSpec(tables.word, tables.position, tables.token_type, tables.norm, layers, head)
    raise UnsupportedModelError(
        f"{teacher.checkpoint.path}: a student of the family {student.family} with {wrong}; expected a BERT "
        "classifier, which alone can be compressed here: fine-tune one on your task first"
    )


def _is_plain(layer: TransformerLayer) -> bool:
    """Whether a layer has all its attention heads and, for every part, a weight and a bias."""
    outputs, inputs = layer.query.weight.shape
    return outputs == inputs and len([*slots(layer)]) == 2 * len(fields(LAYER_NAMES))


def _slot_names(spec: _BertSpec) -> Iterator[tuple[str, str]]:
    """The name of each parameter of a `BertClassifier`, and of the slot that holds the same."""
    start = "bert.embeddings"
    yield from _parameters(f"{start}.word_embeddings", spec.word)
    yield from _parameters(f"{start}.position_embeddings", spec.position)
    yield from _parameters(f"{start}.token_type_embeddings", spec.token_type)
    yield from _parameters(f"{start}.LayerNorm", spec.norm)
    for index, layer in enumerate(spec.layers):
        for part, name in asdict(LAYER_NAMES).items():
            yield from _parameters(f"bert.encoder.layer.{index}.{name}", getattr(layer, part))
    yield from _parameters("bert.pooler.dense", spec.head.dense)
    yield from _parameters("classifier", spec.head.classifier)


def _parameters(name: str, part: object) -> Iterator[tuple[str, str]]:
    """The weight of a part and, unless it is a table, its bias."""
    for kind, slot in zip(("weight", "bias"), slots(part), strict=False):
        yield f"{name}.{kind}", slot.name


def _dense_norm(inner: int, size: int, shape: BertShape) -> nn.ModuleDict:
    return nn.ModuleDict(
        {"dense": nn.Linear(inner, size), "LayerNorm": nn.LayerNorm(size, eps=shape.layer_norm_eps)}
    )
