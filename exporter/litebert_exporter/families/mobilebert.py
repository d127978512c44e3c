"""MobileBERT (Sun et al. 2020): bottlenecks around narrow layers, NoNorm, trigram embeddings.

Read: huggingface/transformers, models/mobilebert/modeling_mobilebert.py, and load_tf_weights_in_mobilebert of
its version 4; google-research/google-research, mobilebert/modeling.py, run_classifier.py and
lamb_optimizer.py. Both dialects of names are read, and both of configs. A config with neither model_type nor
architectures is Google's, whose defaults and epsilons differ and whose gelu is the tanh form.

Padding does not change an answer. In the original code it leaks: with trigrams the last token sees the row of
a [PAD] behind it, and Google's attention masks scores with a mere −6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from litebert import CheckpointError
from litebert_exporter.blocks.bottleneck import (
    MakeNorm,
    MobileBertEmbeddings,
    MobileBertLayerShape,
    Origin,
    Trigrams,
    Wiring,
    WordRows,
    mobilebert_layer,
)
from litebert_exporter.blocks.nonlinearities import ACTIVATIONS
from litebert_exporter.checkpoint import Checkpoint, Tensors
from litebert_exporter.config import boolean, choice, integer, number
from litebert_exporter.families.family import (
    MAX_LAYERS,
    MAX_ROWS,
    MAX_WIDTH,
    PRETRAINING_HEADS,
    Classifiers,
    EncoderNames,
    Evidence,
    Family,
    attention_head_count,
    class_count,
)
from litebert_exporter.heads.linear import LinearClassifier
from litebert_exporter.heads.pooled import pooled_classifier
from litebert_exporter.slots import Slot, linear, norm, scale_shift
from litebert_exporter.spec import Encoder

EXACT_LINEARS: frozenset[str] = frozenset()
"""Linears that int8 would break, by their names within a layer, such as output.bottleneck.dense.

A trained student of 6 layers needs none (docs/families.md). Random layers can be made so that a few channels
of the states between layers are a thousand times as large as the others. Such layers would need the linears
that read those states: bottleneck.input.dense, bottleneck.attention.dense and attention.self.value.
"""

_PREFIX = "mobilebert."
_EMBEDDINGS = f"{_PREFIX}embeddings."
_PROJECTION = f"{_EMBEDDINGS}embedding_transformation"
_NORMS = ("no_norm", "layer_norm")
_EPSILON = 1e-12  # a constant of Google's layer_norm; no config changes it
_FORGOTTEN_EPSILON = 1e-5  # torch's default: transformers does not pass the config's to two norms
_MAX_FEED_FORWARDS = 64
_DEFAULTS: Mapping[str, Any] = {
    "classifier_activation": True,
    "embedding_size": 128,
    "hidden_act": "relu",
    "intra_bottleneck_size": 128,
    "key_query_shared_bottleneck": True,
    "normalization_type": "no_norm",
    "num_feedforward_networks": 4,
    "trigram_input": True,
    "type_vocab_size": 2,
    "use_bottleneck": True,
    "use_bottleneck_attention": False,
}
_GOOGLE_DEFAULTS: Mapping[str, Any] = {
    "classifier_activation": True,
    "hidden_act": "gelu",
    "key_query_shared_bottleneck": False,
    "normalization_type": "layer_norm",
    "num_feedforward_networks": 1,
    "trigram_input": False,
    "type_vocab_size": 16,
    "use_bottleneck": False,
    "use_bottleneck_attention": False,
}
_GOOGLE_MARKS = re.compile(r"bert/(embeddings/embedding_transformation|encoder/layer_\d+/bottleneck)/.*")
_GOOGLE_NAMES = (
    (r"^bert/", "mobilebert/"),
    (r"^output_weights$", "classifier/weight"),
    (r"^output_bias$", "classifier/bias"),
    (r"/ffn_layer_(\d+)/", r"/ffn/\1/"),
    (r"/layer_(\d+)/", r"/layer/\1/"),
    (r"/FakeLayerNorm/", "/LayerNorm/"),
    (r"_embeddings$", "_embeddings/weight"),
    (r"/(kernel|gamma)$", "/weight"),
    (r"/beta$", "/bias"),
    (r"/", "."),
)
_IGNORED = (rf"{_EMBEDDINGS}position_ids", PRETRAINING_HEADS, r"global_step", r".*[./]adam_[mv]")


def _evidence(checkpoint: Checkpoint) -> Evidence:
    known = any(name.startswith(_EMBEDDINGS) or _GOOGLE_MARKS.fullmatch(name) for name in checkpoint.tensors)
    return "certain" if known else "no"


def _adapt(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint with transformers' names, every default in its config, and only tensors that are read.

    transformers creates a projection of word rows, and a bottleneck for queries and keys, even where the
    config leaves them unread.
    """
    adapted = replace(checkpoint, config=_complete(checkpoint.config))
    unread = []
    if not _projects(adapted.config):
        unread.append(rf"{_PROJECTION}\..*")
    if boolean(adapted.config, "use_bottleneck_attention"):
        unread.append(rf"{_PREFIX}encoder\.layer\.\d+\.bottleneck\.attention\..*")
    tensors: Tensors = {}
    for old, values in checkpoint.tensors.items():
        name = _modern_name(old)
        if name in tensors:
            raise CheckpointError(f"{checkpoint.path}: {name} in two dialects; keep one of them")
        if not any(re.fullmatch(pattern, name) for pattern in unread):
            tensors[name] = values.T if old.endswith("/kernel") else values
    return replace(adapted, tensors=tensors)


def _complete(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The config with the defaults of its writer (Google's code or transformers), in transformers' terms."""
    given = {key: value for key, value in config.items() if value is not None}
    if _is_of_transformers(config):
        return {**_DEFAULTS, **given}
    width = given.get("hidden_size")
    complete = {"embedding_size": width, "intra_bottleneck_size": width, **_GOOGLE_DEFAULTS, **given}
    if complete["hidden_act"] == "gelu":
        complete["hidden_act"] = "gelu_new"
    return {**complete, "layer_norm_eps": _EPSILON}


def _is_of_transformers(config: Mapping[str, Any]) -> bool:
    return "model_type" in config or "architectures" in config


def _modern_name(name: str) -> str:
    """The name that transformers has for a name of Google's; other names do not change."""
    if re.match(r"bert/|output_(weights|bias)$", name):
        for pattern, modern in _GOOGLE_NAMES:
            name = re.sub(pattern, modern, name)
    return name


def _projects(config: Mapping[str, Any]) -> bool:
    """Whether the network projects word rows to its width."""
    return bool(boolean(config, "trigram_input")) or config["embedding_size"] != config.get("hidden_size")


def _encoder(checkpoint: Checkpoint, attention_heads: int | None) -> Encoder:
    config = checkpoint.config
    width = integer(config, "hidden_size", 1, MAX_WIDTH)
    shape = _shape(checkpoint, attention_heads, width)
    return Encoder(
        family="mobilebert",
        embeddings=_embeddings(config, width),
        layers=tuple(
            mobilebert_layer(f"{_PREFIX}encoder.layer.{index}", shape)
            for index in range(integer(config, "num_hidden_layers", 1, MAX_LAYERS))
        ),
    )


def _shape(checkpoint: Checkpoint, attention_heads: int | None, width: int) -> MobileBertLayerShape:
    config = checkpoint.config
    bottlenecks, wiring = _attention_wiring(config)
    narrow = integer(config, "intra_bottleneck_size", 1, MAX_WIDTH) if bottlenecks else width
    if config.get("true_hidden_size", narrow) != narrow:  # transformers writes it, and follows it
        raise CheckpointError(
            f"config.json: true_hidden_size is {config['true_hidden_size']!r:.40}, but use_bottleneck and "
            f"intra_bottleneck_size make it {narrow}; correct them"
        )
    return MobileBertLayerShape(
        width=width,
        narrow=narrow,
        ffn=integer(config, "intermediate_size", 1, MAX_WIDTH),
        attention_heads=attention_head_count(checkpoint, "num_attention_heads", attention_heads, narrow),
        feed_forwards=integer(config, "num_feedforward_networks", 1, _MAX_FEED_FORWARDS),
        activation=choice(config, "hidden_act", ACTIVATIONS, ""),
        bottlenecks=bottlenecks,
        wiring=wiring,
        make_norm=_make_norm(config),
        make_last_norm=_make_forgotten_norm(config),
        exact=EXACT_LINEARS,
    )


def _attention_wiring(config: Mapping[str, Any]) -> tuple[tuple[Origin, ...], Wiring]:
    """The bottlenecks of a layer, and the sources of its attention."""
    if not boolean(config, "use_bottleneck"):
        return (), Wiring(residual="hidden", query_key="hidden", value="hidden")
    if boolean(config, "use_bottleneck_attention"):
        return ("input",), Wiring(residual="input", query_key="input", value="input")
    if boolean(config, "key_query_shared_bottleneck"):
        return ("input", "attention"), Wiring(residual="input", query_key="attention", value="hidden")
    return ("input",), Wiring(residual="input", query_key="hidden", value="hidden")


def _make_norm(config: Mapping[str, Any]) -> MakeNorm:
    if choice(config, "normalization_type", _NORMS, "") == "no_norm":
        return scale_shift
    return partial(norm, epsilon=number(config, "layer_norm_eps", 0.0, 1.0, default=_EPSILON))


def _make_forgotten_norm(config: Mapping[str, Any]) -> MakeNorm:
    """The function that makes the norms of the embeddings and of the last feed-forward; see `_make_norm`."""
    forgotten = {"layer_norm_eps": _FORGOTTEN_EPSILON} if _is_of_transformers(config) else {}
    return _make_norm({**config, **forgotten})


def _embeddings(config: Mapping[str, Any], width: int) -> MobileBertEmbeddings:
    size = integer(config, "embedding_size", 1, MAX_WIDTH)
    rows = integer(config, "vocab_size", 1, MAX_ROWS)
    positions = integer(config, "max_position_embeddings", 1, MAX_ROWS)
    types = integer(config, "type_vocab_size", 1, MAX_ROWS)
    table = Slot(f"{_EMBEDDINGS}word_embeddings.weight", (rows, size))
    words = Trigrams(table) if boolean(config, "trigram_input") else WordRows(table)
    return MobileBertEmbeddings(
        words=words,
        projection=linear(_PROJECTION, width, words.width) if _projects(config) else None,
        position=Slot(f"{_EMBEDDINGS}position_embeddings.weight", (positions, width)),
        token_type=Slot(f"{_EMBEDDINGS}token_type_embeddings.weight", (types, width)),
        norm=_make_forgotten_norm(config)(f"{_EMBEDDINGS}LayerNorm", width),
    )


def _classifiers(checkpoint: Checkpoint, encoder: Encoder) -> Classifiers:
    """The classifier on the pooler's output, or on the first token's state where no pooler is computed."""
    width, classes = encoder.embeddings.width, class_count(checkpoint)
    if boolean(checkpoint.config, "classifier_activation"):
        return Classifiers(pooled_classifier(f"{_PREFIX}pooler.dense", "classifier", width, classes))
    return Classifiers(LinearClassifier(linear("classifier", classes, width, exact=True)))


FAMILY = Family(
    name="mobilebert",
    model_types=("mobilebert",),
    encoder_names=EncoderNames(_PREFIX),
    evidence=_evidence,
    encoder=_encoder,
    classifiers=_classifiers,
    ignored=_IGNORED,
    adapt=_adapt,
)
