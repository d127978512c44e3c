"""A teacher that is a BERT classifier: its shape and its weights for the torch module."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields

import torch

from litebert.errors import UnsupportedModelError
from litebert_exporter.blocks.embeddings import BertEmbeddings
from litebert_exporter.blocks.transformer import TransformerLayer
from litebert_exporter.config import number
from litebert_exporter.families.encoder import LAYER_NAMES
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.heads.pooled import PooledClassifier
from litebert_exporter.slots import Norm, Slot, slots
from litebert_exporter.subject import Subject
from litebert_students.torch_bert import ACTIVATIONS, BertClassifier, BertShape


def read_shape(teacher: Subject) -> BertShape:
    """The shape of a teacher that is a BERT classifier.

    Raises:
        CheckpointError: the config has a wrong share of dropout.
        UnsupportedModelError: the teacher is another network.
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
    """The torch module of a teacher, with a copy of its weights.

    Raises:
        CheckpointError, UnsupportedModelError: as `read_shape`.
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
    """The parts of the exporter's spec; raises UnsupportedModelError unless it is a BERT classifier's."""
    student = teacher.student
    tables, head = student.embeddings, student.head
    layers = tuple(layer for layer in student.layers if isinstance(layer, TransformerLayer))
    shapes = {tuple(slot.shape for slot in slots(layer)) for layer in student.layers}
    plain = isinstance(tables, BertEmbeddings) and tables.projection is None and tables.padding_id is None
    if not (plain and isinstance(tables, BertEmbeddings) and tables.token_type is not None):
        wrong = "other tables than those of words, positions and token types"
    elif len(layers) < len(student.layers) or len(shapes) > 1 or not _is_plain(layers[0]):
        wrong = "layers that are not of BERT's shape"
    elif layers[0].activation not in ACTIVATIONS:
        wrong = f"hidden_act {layers[0].activation!r}, none of {', '.join(ACTIVATIONS)},"
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
    """The name of each parameter of a `BertClassifier`, and the name of the slot for the same tensor."""
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
    """The names of a part's weight and, unless it is a table, those of its bias."""
    for kind, slot in zip(("weight", "bias"), slots(part), strict=False):
        yield f"{name}.{kind}", slot.name
