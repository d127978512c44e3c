"""RoBERTa (Liu et al. 2019), DistilRoBERTa, XLM-RoBERTa: counted positions, a head without pooler.

Read: huggingface/transformers, models/{roberta,xlm_roberta}/modeling_*.py. A class is told by the first token
alone; a pooler that the file may have is not asked.
"""

from __future__ import annotations

from dataclasses import replace

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import integer
from litebert_exporter.families.encoder import config_layers, embedding_tables, encoder_layers, layer_shape
from litebert_exporter.families.family import MAX_ROWS, Evidence, Family, class_count
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.spec import Student

_EMBEDDINGS = "roberta.embeddings"


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "certain" if any(name.startswith(f"{_EMBEDDINGS}.") for name in checkpoint.tensors) else "no"


def _specify(checkpoint: Checkpoint, heads: int | None) -> Student:
    shape = layer_shape(checkpoint, heads)
    padding_id = integer(checkpoint.config, "pad_token_id", 0, MAX_ROWS, default=1)
    integer(checkpoint.config, "max_position_embeddings", padding_id + 2, MAX_ROWS)  # one token at least
    classes = class_count(checkpoint, "classifier.out_proj.weight")
    return Student(
        family="roberta",
        embeddings=replace(
            embedding_tables(checkpoint, _EMBEDDINGS, shape.width, shape.epsilon), padding_id=padding_id
        ),
        layers=encoder_layers(checkpoint, "roberta.encoder.layer.", config_layers(checkpoint), shape),
        head=pooled_classifier("classifier.dense", "classifier.out_proj", shape.width, classes),
    )


FAMILY = Family(
    name="roberta",
    model_types=("roberta", "xlm-roberta"),
    evidence=_evidence,
    specify=_specify,
    ignored=(rf"{_EMBEDDINGS}\.(position_ids|token_type_ids)", r"roberta\.pooler\..*", r"lm_head\..*"),
    classifier="classifier.out_proj",
)
