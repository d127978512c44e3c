"""TinyBERT (Jiao et al. 2020): BERT's names, but a ReLU between pooler and classifier.

Read: huawei-noah/Pretrained-Language-Model, TinyBERT/transformer/modeling.py,
TinyBertForSequenceClassification.forward. Only fit_dense(s), a remainder of distillation, distinguishes it
from BERT.
"""

from __future__ import annotations

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.families.bert import (
    BERT_NAMES,
    IGNORED,
    bert_classifier,
    bert_encoder,
    has_bert_tensors,
    is_marked,
)
from litebert_exporter.families.family import Classifiers, Evidence, Family
from litebert_exporter.spec import Encoder


def _evidence(checkpoint: Checkpoint) -> Evidence:
    if is_marked(checkpoint, r"fit_denses?\."):  # of distillation
        return "marked"
    return "possible" if has_bert_tensors(checkpoint) else "no"


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    return bert_encoder(checkpoint, attention_heads, "tinybert")


def _classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    return Classifiers(bert_classifier(checkpoint, encoder, ("tanh", "relu")))


FAMILY = Family(
    name="tinybert",
    model_types=("bert", "tinybert"),
    encoder_names=BERT_NAMES,
    evidence=_evidence,
    encoder=_encoder,
    classifiers=_classifiers,
    ignored=(*IGNORED, r"fit_denses?\..*"),
)
