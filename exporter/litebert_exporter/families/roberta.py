"""RoBERTa (Liu et al. 2019), DistilRoBERTa, XLM-RoBERTa: counted positions, a head without pooler.

Read: huggingface/transformers, models/{roberta,xlm_roberta}/modeling_*.py. The classifier reads the first
token's state. The file may hold a pooler, which it does not read.
"""

from __future__ import annotations

from dataclasses import replace

from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import integer
from litebert_exporter.families.encoder import config_layers, embedding_tables, encoder_layers, layer_shape
from litebert_exporter.families.family import (
    MAX_ROWS,
    Classifiers,
    EncoderNames,
    Evidence,
    Family,
    class_count,
)
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.spec import Encoder
from litebert_exporter.text.form import TextForm

_EMBEDDINGS, _LAST_LINEAR = "roberta.embeddings", "classifier.out_proj"


def _evidence(checkpoint: Checkpoint) -> Evidence:
    return "certain" if any(name.startswith(f"{_EMBEDDINGS}.") for name in checkpoint.tensors) else "no"


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    shape = layer_shape(checkpoint, attention_heads)
    padding_id = _padding_id(checkpoint)
    integer(checkpoint.config, "max_position_embeddings", padding_id + 2, MAX_ROWS)  # one token at least
    return Encoder(
        family="roberta",
        embeddings=replace(
            embedding_tables(checkpoint, _EMBEDDINGS, shape.width, shape.epsilon), padding_id=padding_id
        ),
        layers=encoder_layers(checkpoint, "roberta.encoder.layer.", config_layers(checkpoint), shape),
    )


def _padding_id(checkpoint: Checkpoint) -> int:
    """The id from which positions are counted."""
    return integer(checkpoint.config, "pad_token_id", 0, MAX_ROWS, default=1)


def _classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    classes = class_count(checkpoint, f"{_LAST_LINEAR}.weight")
    return Classifiers(pooled_classifier("classifier.dense", _LAST_LINEAR, encoder.embeddings.width, classes))


def _text_form(checkpoint: Checkpoint) -> TextForm:
    is_xlm = checkpoint.config.get("model_type") == "xlm-roberta"
    return TextForm(tokenizer_class="XLMRobertaTokenizer" if is_xlm else "")


FAMILY = Family(
    name="roberta",
    model_types=("roberta", "xlm-roberta"),
    encoder_names=EncoderNames("roberta."),
    evidence=_evidence,
    encoder=_encoder,
    classifiers=_classifiers,
    text_form=_text_form,
    ignored=(rf"{_EMBEDDINGS}\.(position_ids|token_type_ids)", r"roberta\.pooler\..*", r"lm_head\..*"),
    padding_id=_padding_id,
    last_linear=_LAST_LINEAR,
)
