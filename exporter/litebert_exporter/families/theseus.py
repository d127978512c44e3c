"""BERT-of-Theseus (Xu et al. 2020) as trained: predecessor and successor in one file.

Read: JetRunner/BERT-of-Theseus, bert_of_theseus/modeling_bert_of_theseus.py. Inference uses the successor's
layers; embeddings, pooler and classifier are shared. Plain loading would take the predecessor.
"""

from __future__ import annotations

import re

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.families.bert import BERT_NAMES, IGNORED, bert_classifiers, bert_encoder, is_marked
from litebert_exporter.families.family import Evidence, Family
from litebert_exporter.spec import Encoder

_SUCCESSORS = ("encoder.scc_layer.", "encoder.successor_layers.")


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "marked" if is_marked(checkpoint, r"(bert\.)?encoder\.(scc_layer|successor_layers)\.") else "no"


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    names = "\n".join(checkpoint.tensors)
    layers = next(layers for layers in _SUCCESSORS if layers in names)
    numbers = re.findall(rf"{re.escape(layers)}(\d+)\.", names)
    count = len(set(numbers))  # num_hidden_layers is the number of the predecessor's
    return bert_encoder(checkpoint, attention_heads, "theseus", layers, count)


FAMILY = Family(
    name="theseus",
    model_types=("bert",),
    encoder_names=BERT_NAMES,
    evidence=_evidence,
    encoder=_encoder,
    classifiers=bert_classifiers,
    ignored=(*IGNORED, r"(bert\.)?encoder\.layer\..*"),
)
