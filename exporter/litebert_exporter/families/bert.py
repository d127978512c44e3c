"""BERT (Devlin et al. 2019) and students of its exact shape: MiniLM, converted BERT-of-Theseus.

Read: huggingface/transformers, models/bert/modeling_bert.py.
"""

from __future__ import annotations

import re

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import names
from litebert_exporter.families.encoder import config_layers, embedding_tables, encoder_layers, layer_shape
from litebert_exporter.families.family import PRETRAINING_HEADS, Evidence, Family, class_count
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.spec import Student

IGNORED = (r"(bert\.)?embeddings\.(position_ids|token_type_ids)", PRETRAINING_HEADS)


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
    start, shape = prefix(checkpoint), layer_shape(checkpoint, heads)
    classes = class_count(checkpoint, f"{classifier}.weight")
    return Student(
        family=family,
        embeddings=embedding_tables(checkpoint, f"{start}embeddings", shape.width, shape.epsilon),
        layers=encoder_layers(checkpoint, f"{start}{layers}", layer_count, shape),
        head=pooled_classifier(f"{start}pooler.dense", classifier, shape.width, classes, pooler_activations),
    )


def _evidence(checkpoint: Checkpoint) -> Evidence:
    if not has_bert_tensors(checkpoint):
        return "no"
    return "certain" if names_bert(checkpoint) else "possible"


def _specify(checkpoint: Checkpoint, heads: int | None) -> Student:
    return specify_bert(checkpoint, heads, "bert", "encoder.layer.", config_layers(checkpoint), ("tanh",))


FAMILY = Family("bert", ("bert",), _evidence, _specify, IGNORED)
