"""ELECTRA (Clark et al. 2020): narrow embeddings and their projection, a head with GELU and no pooler.

Read: huggingface/transformers, models/electra/modeling_electra.py. The head's GELU is always the exact one.
The class reads none of the config's summary_*.
"""

from __future__ import annotations

from dataclasses import replace

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import integer
from litebert_exporter.families.encoder import config_layers, embedding_tables, encoder_layers, layer_shape
from litebert_exporter.families.family import (
    MAX_WIDTH,
    Classifiers,
    EncoderNames,
    Evidence,
    Family,
    class_count,
)
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.slots import linear
from litebert_exporter.spec import Encoder

_EMBEDDINGS, _LAST_LINEAR = "electra.embeddings", "classifier.out_proj"


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "certain" if any(name.startswith(f"{_EMBEDDINGS}.") for name in checkpoint.tensors) else "no"


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    shape = layer_shape(checkpoint, attention_heads)
    size = integer(checkpoint.config, "embedding_size", 1, MAX_WIDTH, default=128)
    projection = linear(f"{_EMBEDDINGS}_project", shape.width, size) if size != shape.width else None
    return Encoder(
        family="electra",
        embeddings=replace(
            embedding_tables(checkpoint, _EMBEDDINGS, size, shape.epsilon), projection=projection
        ),
        layers=encoder_layers(checkpoint, "electra.encoder.layer.", config_layers(checkpoint), shape),
    )


def _classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    width, classes = encoder.embeddings.width, class_count(checkpoint, f"{_LAST_LINEAR}.weight")
    return Classifiers(pooled_classifier("classifier.dense", _LAST_LINEAR, width, classes, ("gelu",)))


FAMILY = Family(
    name="electra",
    model_types=("electra",),
    encoder_names=EncoderNames("electra.", parts=("embeddings", "embeddings_project", "encoder")),
    evidence=_evidence,
    encoder=_encoder,
    classifiers=_classifiers,
    ignored=(
        rf"{_EMBEDDINGS}\.(position_ids|token_type_ids)",
        r"(discriminator_predictions|generator_predictions|generator_lm_head)\..*",
    ),
    last_linear=_LAST_LINEAR,
)
