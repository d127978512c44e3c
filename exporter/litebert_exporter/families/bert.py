"""BERT (Devlin et al. 2019) and students of its exact shape: MiniLM, converted BERT-of-Theseus.

Read: huggingface/transformers, models/bert/modeling_bert.py.
"""

from __future__ import annotations

import re

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import names
from litebert_exporter.families.encoder import config_layers, embedding_tables, encoder_layers, layer_shape
from litebert_exporter.families.family import (
    PRETRAINING_HEADS,
    Classifiers,
    EncoderNames,
    Evidence,
    Family,
    class_count,
)
from litebert_exporter.heads.pooled import PooledClassifier, pooled_classifier
from litebert_exporter.spec import Encoder

BERT_NAMES = EncoderNames("bert.")
IGNORED = (r"(bert\.)?embeddings\.(position_ids|token_type_ids)", PRETRAINING_HEADS)


def has_bert_tensors(checkpoint: Checkpoint) -> bool:
    """Whether any tensor has a name of BERT's embeddings."""
    start = f"{prefix(checkpoint)}embeddings."
    return any(name.startswith(start) for name in checkpoint.tensors)


def names_bert(checkpoint: Checkpoint) -> bool:
    """Whether the config says that the model is a BERT."""
    config = checkpoint.config
    return config.get("model_type") == "bert" or any(
        name.startswith("Bert") for name in names(config, "architectures")
    )


def is_marked(checkpoint: Checkpoint, pattern: str) -> bool:
    """Whether a name begins with a pattern in a checkpoint with BERT's names."""
    return has_bert_tensors(checkpoint) and any(re.match(pattern, name) for name in checkpoint.tensors)


def prefix(checkpoint: Checkpoint) -> str:
    """The prefix of the encoder's names: `bert.`, or nothing."""
    return "bert." if any(name.startswith("bert.") for name in checkpoint.tensors) else ""


def bert_encoder(
    checkpoint: Checkpoint,
    attention_heads: int | None,
    family: str,
    layers: str = "encoder.layer.",
    count: int = 0,
) -> Encoder:
    """The spec of a BERT's encoder whose layers are named `layers` + number.

    Args:
        checkpoint: the checkpoint.
        attention_heads: `--heads`.
        family: the name of its family.
        layers: the start of the layers' names, behind `prefix`.
        count: the number of layers; 0 for the number in the config.
    """
    start, shape = prefix(checkpoint), layer_shape(checkpoint, attention_heads)
    return Encoder(
        family=family,
        embeddings=embedding_tables(checkpoint, f"{start}embeddings", shape.width, shape.epsilon),
        layers=encoder_layers(checkpoint, f"{start}{layers}", count or config_layers(checkpoint), shape),
    )


def bert_classifier(
    checkpoint: Checkpoint,
    encoder: Encoder,
    activations: tuple[str, ...] = ("tanh",),
    classifier: str = "classifier",
) -> PooledClassifier:
    """The head of a BERT: the pooler, its activations and the linear of that name."""
    classes = class_count(checkpoint, f"{classifier}.weight")
    pooler = f"{prefix(checkpoint)}pooler.dense"
    return pooled_classifier(pooler, classifier, encoder.embeddings.width, classes, activations)


def _evidence(checkpoint: Checkpoint) -> Evidence:
    if not has_bert_tensors(checkpoint):
        return "no"
    return "certain" if names_bert(checkpoint) else "possible"


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    return bert_encoder(checkpoint, attention_heads, "bert")


def bert_classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    """The one classifier of a BERT without exits."""
    return Classifiers(bert_classifier(checkpoint, encoder))


FAMILY = Family(
    name="bert",
    model_types=("bert",),
    encoder_names=BERT_NAMES,
    evidence=_evidence,
    encoder=_encoder,
    classifiers=bert_classifiers,
    ignored=IGNORED,
)
