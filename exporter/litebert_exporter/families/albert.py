"""ALBERT (Lan et al. 2020): narrow embeddings and their projection, and layers that share their weights.

Read: huggingface/transformers, models/albert/modeling_albert.py. Several layers run the same group, and each
of them runs all inner layers of the group. Every run of an inner layer counts as a layer here.
"""

from __future__ import annotations

from dataclasses import replace

from litebert_exporter.blocks.transformer import LayerNames, transformer_layer
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import integer
from litebert_exporter.families.encoder import config_layers, embedding_tables, layer_shape
from litebert_exporter.families.family import (
    MAX_LAYERS,
    MAX_WIDTH,
    Classifiers,
    EncoderNames,
    Evidence,
    Family,
    class_count,
)
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.slots import linear
from litebert_exporter.spec import Encoder
from litebert_exporter.text.form import TextForm

_EMBEDDINGS = "albert.embeddings"
_LAYER_NAMES = LayerNames(
    query="attention.query",
    key="attention.key",
    value="attention.value",
    attention_output="attention.dense",
    attention_norm="attention.LayerNorm",
    ffn_in="ffn",
    ffn_out="ffn_output",
    ffn_norm="full_layer_layer_norm",
)


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "certain" if any(name.startswith(f"{_EMBEDDINGS}.") for name in checkpoint.tensors) else "no"


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    config, shape = checkpoint.config, layer_shape(checkpoint, attention_heads, "gelu_new")
    size = integer(config, "embedding_size", 1, MAX_WIDTH, default=128)
    count = config_layers(checkpoint)
    groups = integer(config, "num_hidden_groups", 1, count, default=1)
    inner = integer(config, "inner_group_num", 1, MAX_LAYERS // count, default=1)
    return Encoder(
        family="albert",
        embeddings=replace(
            embedding_tables(checkpoint, _EMBEDDINGS, size, shape.epsilon),
            projection=linear("albert.encoder.embedding_hidden_mapping_in", shape.width, size),
        ),
        layers=tuple(
            transformer_layer(
                # In floating point, like the class in transformers: its rounding decides the group.
                f"albert.encoder.albert_layer_groups.{int(layer / (count / groups))}.albert_layers.{each}",
                _LAYER_NAMES,
                shape,
            )
            for layer in range(count)
            for each in range(inner)
        ),
    )


def _classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    width, classes = encoder.embeddings.width, class_count(checkpoint)
    return Classifiers(pooled_classifier("albert.pooler", "classifier", width, classes))


def _text_form(_: Checkpoint) -> TextForm:
    return TextForm(tokenizer_class="AlbertTokenizer")


FAMILY = Family(
    name="albert",
    model_types=("albert",),
    encoder_names=EncoderNames("albert.", layers="encoder.albert_layer_groups."),
    evidence=_evidence,
    encoder=_encoder,
    classifiers=_classifiers,
    text_form=_text_form,
    ignored=(rf"{_EMBEDDINGS}\.(position_ids|token_type_ids)", r"(predictions|sop_classifier)\..*"),
)
