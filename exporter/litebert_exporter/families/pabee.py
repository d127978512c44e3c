"""PABEE (Zhou et al. 2020): a BERT with a linear classifier behind every layer, on one shared pooler.

Read: JetRunner/PABEE, pabee/modeling_bert.py, BertForSequenceClassification and BertModel.adaptive_forward.
"""

from __future__ import annotations

from dataclasses import replace

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.families.bert import IGNORED, is_marked, prefix, specify_bert
from litebert_exporter.families.encoder import config_layers
from litebert_exporter.families.family import Evidence, Family
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.spec import Exit, Student


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "marked" if is_marked(checkpoint, r"classifiers\.\d+\.weight") else "no"


def _specify(checkpoint: Checkpoint, heads: int | None) -> Student:
    last = config_layers(checkpoint) - 1
    student = specify_bert(
        checkpoint, heads, "pabee", "encoder.layer.", last + 1, ("tanh",), classifier=f"classifiers.{last}"
    )
    pooler = f"{prefix(checkpoint)}pooler.dense"
    width, classes = student.embeddings.width, student.head.outputs
    rule = "patience-within" if classes == 1 else "patience"
    return replace(
        student,
        exits=tuple(
            Exit(layer, pooled_classifier(pooler, f"classifiers.{layer}", width, classes))
            for layer in range(last)
        ),
        exit_rule=rule if last else None,
    )


FAMILY = Family("pabee", ("bert",), _evidence, _specify, IGNORED, classifier=None)
