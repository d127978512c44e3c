"""PABEE (Zhou et al. 2020): a BERT with a linear classifier behind every layer, on one shared pooler.

Read: JetRunner/PABEE, pabee/modeling_bert.py, BertForSequenceClassification and BertModel.adaptive_forward.
"""

from __future__ import annotations

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.families.bert import (
    BERT_NAMES,
    IGNORED,
    bert_classifier,
    bert_encoder,
    is_marked,
    prefix,
)
from litebert_exporter.families.family import Classifiers, Evidence, Family
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.spec import EarlyExit, Encoder


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "marked" if is_marked(checkpoint, r"classifiers\.\d+\.weight") else "no"


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    return bert_encoder(checkpoint, attention_heads, "pabee")


def _classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    last = len(encoder.layers) - 1
    head = bert_classifier(checkpoint, encoder, classifier=f"classifiers.{last}")
    pooler = f"{prefix(checkpoint)}pooler.dense"
    width, classes = encoder.embeddings.width, class_count_of(head)
    rule = "patience-within" if classes == 1 else "patience"
    return Classifiers(
        head,
        exits=tuple(
            EarlyExit(layer, pooled_classifier(pooler, f"classifiers.{layer}", width, classes))
            for layer in range(last)
        ),
        exit_rule=rule if last else None,
    )


FAMILY = Family(
    name="pabee",
    model_types=("bert",),
    encoder_names=BERT_NAMES,
    evidence=_evidence,
    encoder=_encoder,
    classifiers=_classifiers,
    ignored=IGNORED,
    last_linear=None,
)
