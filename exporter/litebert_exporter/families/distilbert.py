"""DistilBERT (Sanh et al. 2019): no token types, a ReLU on the pre-classifier.

Read: huggingface/transformers, models/distilbert/modeling_distilbert.py.
"""

from __future__ import annotations

from litebert_exporter.blocks.embeddings import BertEmbeddings
from litebert_exporter.blocks.nonlinearities import ACTIVATIONS
from litebert_exporter.blocks.transformer import LayerNames, LayerShape, transformer_layer
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import choice, integer
from litebert_exporter.families.family import (
    MAX_LAYERS,
    MAX_ROWS,
    MAX_WIDTH,
    Classifiers,
    EncoderNames,
    Evidence,
    Family,
    attention_head_count,
    class_count,
)
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.slots import Slot, norm
from litebert_exporter.spec import Encoder

_EPSILON = 1e-12  # a constant of its code, absent from its config
_EMBEDDINGS = "distilbert.embeddings."
_IGNORED = (rf"{_EMBEDDINGS}position_ids", r"vocab_(transform|layer_norm|projector)\..*")
_LAYER_NAMES = LayerNames(
    query="attention.q_lin",
    key="attention.k_lin",
    value="attention.v_lin",
    attention_output="attention.out_lin",
    attention_norm="sa_layer_norm",
    ffn_in="ffn.lin1",
    ffn_out="ffn.lin2",
    ffn_norm="output_layer_norm",
)


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "certain" if any(name.startswith(_EMBEDDINGS) for name in checkpoint.tensors) else "no"


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    config = checkpoint.config
    width = integer(config, "dim", 1, MAX_WIDTH)
    shape = LayerShape(
        width=width,
        inner=width,
        ffn=integer(config, "hidden_dim", 1, MAX_WIDTH),
        attention_heads=attention_head_count(checkpoint, "n_heads", attention_heads, width),
        activation=choice(config, "activation", ACTIVATIONS, "gelu"),
        epsilon=_EPSILON,
    )

    rows = integer(config, "vocab_size", 1, MAX_ROWS)
    positions = integer(config, "max_position_embeddings", 1, MAX_ROWS)
    return Encoder(
        family="distilbert",
        embeddings=BertEmbeddings(
            word=Slot(f"{_EMBEDDINGS}word_embeddings.weight", (rows, width)),
            position=Slot(f"{_EMBEDDINGS}position_embeddings.weight", (positions, width)),
            token_type=None,
            norm=norm(f"{_EMBEDDINGS}LayerNorm", width, _EPSILON),
        ),
        layers=tuple(
            transformer_layer(f"distilbert.transformer.layer.{index}", _LAYER_NAMES, shape)
            for index in range(integer(config, "n_layers", 1, MAX_LAYERS))
        ),
    )


def _classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    width, classes = encoder.embeddings.width, class_count(checkpoint)
    return Classifiers(pooled_classifier("pre_classifier", "classifier", width, classes, ("relu",)))


FAMILY = Family(
    name="distilbert",
    model_types=("distilbert",),
    encoder_names=EncoderNames(
        "distilbert.", layers="transformer.layer.", parts=("embeddings", "transformer")
    ),
    evidence=_evidence,
    encoder=_encoder,
    classifiers=_classifiers,
    ignored=_IGNORED,
)
