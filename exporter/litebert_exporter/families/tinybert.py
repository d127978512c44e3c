"""TinyBERT (Jiao et al. 2020): BERT's names, but a ReLU between pooler and classifier.

Read: huawei-noah/Pretrained-Language-Model, TinyBERT/transformer/modeling.py,
TinyBertForSequenceClassification.forward. Only fit_dense(s), left from distillation, tells it from BERT.
"""

from __future__ import annotations

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.families.bert import IGNORED, has_bert_tensors, is_marked, specify_bert
from litebert_exporter.families.encoder import config_layers
from litebert_exporter.families.family import Evidence, Family
from litebert_exporter.spec import Student


def _evidence(checkpoint: Checkpoint) -> Evidence:
    if is_marked(checkpoint, r"fit_denses?\."):  # of distillation
        return "marked"
    return "possible" if has_bert_tensors(checkpoint) else "no"


def _specify(checkpoint: Checkpoint, heads: int | None) -> Student:
    layers = config_layers(checkpoint)
    return specify_bert(checkpoint, heads, "tinybert", "encoder.layer.", layers, ("tanh", "relu"))


FAMILY = Family("tinybert", ("bert", "tinybert"), _evidence, _specify, (*IGNORED, r"fit_denses?\..*"))
