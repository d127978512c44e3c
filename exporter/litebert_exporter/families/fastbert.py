"""FastBERT (Liu et al. 2020): a student classifier behind every layer; the last one answers at full depth.

Read: autoliuweijie/FastBERT, run_fastbert.py, uer/layers/{embeddings,layer_norm,multi_headed_attn}.py,
uer/layers/transformer.py, uer/utils/{config,constants,tokenizer}.py, and pypi/fastbert/fastbert.py of its
package. No file holds the script's `--pooling`; its default `first` is assumed.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from litebert import CheckpointError, UnsupportedModelError
from litebert.tokenizer import JOINED
from litebert_exporter.blocks.embeddings import BertEmbeddings
from litebert_exporter.blocks.transformer import LayerNames, LayerShape, transformer_layer
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import integer
from litebert_exporter.families.family import (
    MAX_LAYERS,
    MAX_WIDTH,
    Classifiers,
    EncoderNames,
    Evidence,
    Family,
    attention_head_count,
    class_count,
)
from litebert_exporter.heads.attention import AttentionNames, attention_classifier
from litebert_exporter.slots import Slot, norm
from litebert_exporter.spec import EarlyExit, Encoder
from litebert_exporter.text.form import TextForm

_ADDED = 1e-6  # their norms add it to the deviation; 1e-12 added to the variance does the same near 1
_EPSILON = _ADDED * _ADDED
_HEAD_SIZE, _HEAD_HEADS = 128, 2  # constants of its code
_ARCHITECTURE = {"embedding": "bert", "encoder": "bert", "pooling": "first"}  # of the package's config
_PACKAGE = "kernel."  # the package's prefix of the encoder's names
_TABLES = ("word", "position", "segment")
_SEGMENTS = "embedding.segment_embedding.weight"
_NORMS = re.compile(r"(kernel\.)?(embedding\.layer_norm|encoder\.transformer\.\d+\.layer_norm_[12])\.weight")
_LAYER_NAMES = LayerNames(
    query="self_attn.linear_layers.0",
    key="self_attn.linear_layers.1",
    value="self_attn.linear_layers.2",
    attention_output="self_attn.final_linear",
    attention_norm="layer_norm_1",
    ffn_in="feed_forward.linear_1",
    ffn_out="feed_forward.linear_2",
    ffn_norm="layer_norm_2",
)
_HEAD_NAMES = AttentionNames(
    narrow="output_layer_0",
    query="self_atten.linear_layers.0",
    key="self_atten.linear_layers.1",
    value="self_atten.linear_layers.2",
    attention_output="self_atten.final_linear",
    dense="output_layer_1",
    classifier="output_layer_2",
)
_SCRIPT_TEXT = TextForm(
    is_of_code=True,
    single="{cls}:0 $A:0",
    pair_cut=JOINED,
    max_tokens=128,
    lowercase=True,
    special_ids={"[CLS]": 101, "[SEP]": 102},
    special_words=True,
)
# The package cuts both texts of a pair to 64 characters and makes one text of them.
_PACKAGE_TEXT = replace(_SCRIPT_TEXT, pair=None, special_ids={})


def _evidence(checkpoint: Checkpoint) -> Evidence:
    words = f"{_prefix(checkpoint)}embedding.word_embedding.weight"
    return "certain" if words in checkpoint.tensors else "no"


def _prefix(checkpoint: Checkpoint) -> str:
    """The prefix of the encoder's names."""
    return _PACKAGE if any(name.startswith(_PACKAGE) for name in checkpoint.tensors) else ""


def _adapt(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint with BERT's norms and BERT's two token types.

    FastBERT's norms divide by the unbiased deviation, √(N/(N−1)) times the biased one. Its table of token
    types has three rows: row 0 is for padding, which a mask hides; rows 1 and 2 are for the first and the
    second text.
    """
    changed = {}
    for name, values in checkpoint.tensors.items():
        if _NORMS.fullmatch(name) and values.size > 1 and values.dtype.kind not in "biu":
            changed[name] = values.astype(np.float32) * np.float32(np.sqrt(1 - 1 / values.size))
        elif name == _prefix(checkpoint) + _SEGMENTS:
            if values.ndim != 2 or len(values) != 3:
                raise CheckpointError(
                    f"{checkpoint.path}: {name} is {list(values.shape)}, expected 3 rows (padding, first and "
                    "second text), as FastBERT's code has them; check that the file is whole"
                )
            changed[name] = values[1:]
    return replace(checkpoint, tensors={**checkpoint.tensors, **changed})


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    config, start = checkpoint.config, _prefix(checkpoint)
    _check_architecture(checkpoint)
    width = integer(config, "hidden_size", 1, MAX_WIDTH)
    integer(config, "emb_size", width, width, default=width)
    count = integer(config, "layers_num", 1, MAX_LAYERS)
    shape = LayerShape(
        width=width,
        inner=width,
        ffn=integer(config, "feedforward_size", 1, MAX_WIDTH),
        attention_heads=attention_head_count(checkpoint, "heads_num", attention_heads, width),
        activation="gelu",
        epsilon=_EPSILON,
    )
    embeddings = f"{start}embedding."
    return Encoder(
        family="fastbert",
        embeddings=BertEmbeddings(
            word=_table(checkpoint, f"{embeddings}word_embedding.weight", width),
            position=_table(checkpoint, f"{embeddings}position_embedding.weight", width),
            token_type=Slot(start + _SEGMENTS, (2, width)),
            norm=norm(f"{embeddings}layer_norm", width, _embeddings_epsilon(checkpoint, embeddings)),
        ),
        layers=tuple(
            transformer_layer(f"{start}encoder.transformer.{index}", _LAYER_NAMES, shape)
            for index in range(count)
        ),
    )


def _classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    width, count = encoder.embeddings.width, len(encoder.layers)
    classes = class_count(checkpoint, f"classifiers.{count - 1}.output_layer_2.weight")
    *early, last = (
        attention_classifier(f"classifiers.{index}", _HEAD_NAMES, width, _HEAD_SIZE, classes, _HEAD_HEADS)
        for index in range(count)
    )
    return Classifiers(
        last,
        exits=tuple(EarlyExit(layer, head) for layer, head in enumerate(early)),
        exit_rule=("entropy-below" if _prefix(checkpoint) else "entropy-at-most") if early else None,
    )


def _check_architecture(checkpoint: Checkpoint) -> None:
    """Raises UnsupportedModelError where the config states another network; it may state none."""
    for key, known in _ARCHITECTURE.items():
        found = checkpoint.config.get(key, known)
        if found != known:
            raise UnsupportedModelError(
                f"{checkpoint.path}: config.json says {key} {found!r:.60}, only {known!r} is supported: with "
                "others the answers of FastBERT's code depend on padding; train one with that"
            )


def _embeddings_epsilon(checkpoint: Checkpoint, embeddings: str) -> float:
    """The epsilon in the variance that is nearest to 1e-6 in the deviation: √(v + 2·10⁻⁶·d) ≈ √v + 10⁻⁶.

    d is the usual deviation of summed embeddings. It is near 0.05 after training, where an epsilon of 1e-12
    would cost 1e-4 of a logit. The epsilon is rounded, so that it does not depend on the order of sums.
    """
    tables = [checkpoint.tensors.get(f"{embeddings}{kind}_embedding.weight") for kind in _TABLES]
    with np.errstate(all="ignore"):  # bind names values that are not finite
        variance = sum(
            float(values.astype(np.float64).var(axis=-1).mean())
            for values in tables
            if values is not None and values.ndim == 2 and values.size
        )
        return float(f"{2 * _ADDED * np.sqrt(variance):.1e}")


def _table(checkpoint: Checkpoint, name: str, width: int) -> Slot:
    """The slot of a table, with the number of rows that it has in the file."""
    values = checkpoint.tensors.get(name)
    return Slot(name, (1 if values is None or values.ndim != 2 else len(values), width))


def _text_form(checkpoint: Checkpoint) -> TextForm:
    return _PACKAGE_TEXT if _prefix(checkpoint) else _SCRIPT_TEXT


FAMILY = Family(
    name="fastbert",
    model_types=(),
    encoder_names=EncoderNames(
        _PACKAGE, table="embedding.word_embedding.weight", parts=("embedding", "encoder")
    ),
    evidence=_evidence,
    encoder=_encoder,
    classifiers=_classifiers,
    ignored=(r"(kernel\.)?target\..*",),
    adapt=_adapt,
    text_form=_text_form,
    last_linear=None,
)
