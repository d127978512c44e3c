"""ELECTRA (Clark et al. 2020): narrow embeddings and their projection, a head with GELU and no pooler.

Read: huggingface/transformers, models/electra/modeling_electra.py. The head's GELU is the exact one whatever
hidden_act says, and it reads none of the config's summary_*.
"""

from __future__ import annotations

from dataclasses import replace

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import integer
from litebert_exporter.families.encoder import config_layers, embedding_tables, encoder_layers, layer_shape
from litebert_exporter.families.family import MAX_WIDTH, Evidence, Family, class_count
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.slots import linear
from litebert_exporter.spec import Student

_EMBEDDINGS = "electra.embeddings"


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "certain" if any(name.startswith(f"{_EMBEDDINGS}.") for name in checkpoint.tensors) else "no"


def _specify(checkpoint: Checkpoint, heads: int | None) -> Student:
    shape = layer_shape(checkpoint, heads)
    size = integer(checkpoint.config, "embedding_size", 1, MAX_WIDTH, default=128)
    projection = linear(f"{_EMBEDDINGS}_project", shape.width, size) if size != shape.width else None
    classes = class_count(checkpoint, "classifier.out_proj.weight")
    return Student(
        family="electra",
        embeddings=replace(
            embedding_tables(checkpoint, _EMBEDDINGS, size, shape.epsilon), projection=projection
        ),
        layers=encoder_layers(checkpoint, "electra.encoder.layer.", config_layers(checkpoint), shape),
        head=pooled_classifier("classifier.dense", "classifier.out_proj", shape.width, classes, ("gelu",)),
    )


FAMILY = Family(
    name="electra",
    model_types=("electra",),
    evidence=_evidence,
    specify=_specify,
    ignored=(
        rf"{_EMBEDDINGS}\.(position_ids|token_type_ids)",
        r"(discriminator_predictions|generator_predictions|generator_lm_head)\..*",
    ),
    classifier="classifier.out_proj",
)
