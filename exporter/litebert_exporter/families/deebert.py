"""DeeBERT (Xin et al. 2020): a BERT with a pooler and a classifier of its own behind every layer.

Read: castorini/DeeBERT, transformers/modeling_highway_bert.py and examples/run_highway_glue.py. The highway
behind the last layer is left out, and bert.pooler and classifier answer there. The authors' training never
touches that highway, yet their code asks it, and takes its answer where that is sure enough.
"""

from __future__ import annotations

from dataclasses import replace

from litebert import UnsupportedModelError
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.families.bert import (
    BERT_NAMES,
    IGNORED,
    bert_classifier,
    bert_encoder,
    is_marked,
    prefix,
)
from litebert_exporter.families.encoder import config_layers
from litebert_exporter.families.family import Classifiers, Evidence, Family
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.spec import EarlyExit, Encoder


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "marked" if is_marked(checkpoint, r"(bert\.)?encoder\.highway\.") else "no"


def _without_last_highway(checkpoint: Checkpoint) -> Checkpoint:
    last = f"{_highway(checkpoint, config_layers(checkpoint) - 1)}."
    kept = {name: values for name, values in checkpoint.tensors.items() if not name.startswith(last)}
    return replace(checkpoint, tensors=kept)


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    return bert_encoder(checkpoint, attention_heads, "deebert")


def _classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    head = bert_classifier(checkpoint, encoder)
    width, classes = encoder.embeddings.width, class_count_of(head)
    if classes == 1:
        raise UnsupportedModelError(
            f"{checkpoint.path}: DeeBERT with one output; the entropy of a single number is 0, so its code "
            "leaves behind the first layer with every text; train one with classes"
        )
    highways = [_highway(checkpoint, layer) for layer in range(len(encoder.layers) - 1)]
    return Classifiers(
        head,
        exits=tuple(
            EarlyExit(layer, pooled_classifier(f"{name}.pooler.dense", f"{name}.classifier", width, classes))
            for layer, name in enumerate(highways)
        ),
        exit_rule="raw-entropy-below" if highways else None,
    )


def _highway(checkpoint: Checkpoint, layer: int) -> str:
    return f"{prefix(checkpoint)}encoder.highway.{layer}"


FAMILY = Family(
    name="deebert",
    model_types=("bert",),
    encoder_names=BERT_NAMES,
    evidence=_evidence,
    encoder=_encoder,
    classifiers=_classifiers,
    ignored=IGNORED,
    adapt=_without_last_highway,
)
