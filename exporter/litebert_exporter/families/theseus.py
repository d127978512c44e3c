"""BERT-of-Theseus (Xu et al. 2020) as trained: predecessor and successor in one file.

Read: JetRunner/BERT-of-Theseus, bert_of_theseus/modeling_bert_of_theseus.py. Inference uses the successor's
layers; embeddings, pooler and classifier are shared. Plain loading would take the predecessor.
"""

from __future__ import annotations

import re

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.families.bert import (
    IGNORED,
    has_bert_tensors,
    has_fit_dense,
    specify_bert,
    successor_layers,
)
from litebert_exporter.families.family import Evidence, Family
from litebert_exporter.spec import Student


def _evidence(checkpoint: Checkpoint) -> Evidence:
    if not has_bert_tensors(checkpoint) or has_fit_dense(checkpoint):
        return "no"
    return "certain" if successor_layers(checkpoint) else "no"


def _specify(checkpoint: Checkpoint, heads: int | None) -> Student:
    layers = successor_layers(checkpoint) or ""
    numbers = re.findall(rf"{re.escape(layers)}(\d+)\.", "\n".join(checkpoint.tensors))
    layer_count = len(set(numbers))  # num_hidden_layers counts the predecessor's
    return specify_bert(checkpoint, heads, "theseus", layers, layer_count, ("tanh",))


FAMILY = Family("theseus", ("bert",), _evidence, _specify, (*IGNORED, r"(bert\.)?encoder\.layer\..*"))
