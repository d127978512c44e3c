"""BERT (Devlin et al. 2019) and students of its exact shape: MiniLM, converted BERT-of-Theseus.

Read: huggingface/transformers, models/bert/modeling_bert.py.
"""

from __future__ import annotations

import re

from litebert import UnsupportedModelError
from litebert_exporter.blocks.activations import ACTIVATIONS
from litebert_exporter.blocks.embeddings import BertEmbeddings
from litebert_exporter.blocks.transformer import LayerNames, LayerShape, transformer_layer
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import choice, integer, names, number
from litebert_exporter.families.family import (
    MAX_LAYERS,
    MAX_ROWS,
    MAX_WIDTH,
    Evidence,
    Family,
    class_count,
    head_count,
)
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.slots import Slot, norm
from litebert_exporter.spec import Student

IGNORED = (r"(bert\.)?embeddings\.(position_ids|token_type_ids)",)
LAYER_NAMES = LayerNames(
    query="attention.self.query",
    key="attention.self.key",
    value="attention.self.value",
    attention_output="attention.output.dense",
    attention_norm="attention.output.LayerNorm",
    ffn_in="intermediate.dense",
    ffn_out="output.dense",
    ffn_norm="output.LayerNorm",
)


def has_bert_tensors(checkpoint: Checkpoint) -> bool:
    """Whether the tensors carry BERT's names, whatever their number."""
    start = f"{prefix(checkpoint)}embeddings."
    return any(name.startswith(start) for name in checkpoint.tensors)


def names_bert(checkpoint: Checkpoint) -> bool:
    """Whether the config says that the model is a BERT."""
    config = checkpoint.config
    return config.get("model_type") == "bert" or any(
        name.startswith("Bert") for name in names(config, "architectures")
    )


def is_marked(checkpoint: Checkpoint, pattern: str) -> bool:
    """Whether there are tensors that begin with a pattern among those of BERT's names."""
    return has_bert_tensors(checkpoint) and any(re.match(pattern, name) for name in checkpoint.tensors)


def prefix(checkpoint: Checkpoint) -> str:
    """What stands before the encoder's names: `bert.`, or nothing."""
    return "bert." if any(name.startswith("bert.") for name in checkpoint.tensors) else ""


def specify_bert(
    checkpoint: Checkpoint,
    heads: int | None,
    family: str,
    layers: str,
    layer_count: int,
    pooler_activations: tuple[str, ...],
    classifier: str = "classifier",
) -> Student:
    """The spec of a BERT whose layers are called `layers` + number."""
    config = checkpoint.config
    if config.get("position_embedding_type", "absolute") != "absolute":
        raise UnsupportedModelError(
            f"{checkpoint.path}: position_embedding_type {config['position_embedding_type']!r:.60}, "
            "only absolute positions are supported; retrain with those"
        )
    width = integer(config, "hidden_size", 1, MAX_WIDTH)
    epsilon = number(config, "layer_norm_eps", 0.0, 1.0, default=1e-12)
    shape = LayerShape(
        width=width,
        ffn=integer(config, "intermediate_size", 1, MAX_WIDTH),
        heads=head_count(checkpoint, "num_attention_heads", heads, width),
        activation=choice(config, "hidden_act", ACTIVATIONS, "gelu"),
        epsilon=epsilon,
    )
    start = prefix(checkpoint)
    classes = class_count(checkpoint, f"{classifier}.weight")
    embeddings = f"{start}embeddings."
    positions = integer(config, "max_position_embeddings", 1, MAX_ROWS)
    types = integer(config, "type_vocab_size", 1, MAX_ROWS, default=2)
    return Student(
        family=family,
        embeddings=BertEmbeddings(
            word=Slot(
                f"{embeddings}word_embeddings.weight", (integer(config, "vocab_size", 1, MAX_ROWS), width)
            ),
            position=Slot(f"{embeddings}position_embeddings.weight", (positions, width)),
            token_type=Slot(f"{embeddings}token_type_embeddings.weight", (types, width)),
            norm=norm(f"{embeddings}LayerNorm", width, epsilon),
        ),
        layers=tuple(
            transformer_layer(f"{start}{layers}{index}", LAYER_NAMES, shape) for index in range(layer_count)
        ),
        head=pooled_classifier(f"{start}pooler.dense", classifier, width, classes, pooler_activations),
    )


def config_layers(checkpoint: Checkpoint) -> int:
    """num_hidden_layers."""
    return integer(checkpoint.config, "num_hidden_layers", 1, MAX_LAYERS)


def _evidence(checkpoint: Checkpoint) -> Evidence:
    if not has_bert_tensors(checkpoint):
        return "no"
    return "certain" if names_bert(checkpoint) else "possible"


def _specify(checkpoint: Checkpoint, heads: int | None) -> Student:
    return specify_bert(checkpoint, heads, "bert", "encoder.layer.", config_layers(checkpoint), ("tanh",))


FAMILY = Family("bert", ("bert",), _evidence, _specify, IGNORED)
