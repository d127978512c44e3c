"""Tiny checkpoints of BERT's kin, whose tensors have the names and shapes that transformers gives them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from students import (
    TOKENIZER,
    UNCASED,
    Shapes,
    Tensors,
    bert_layer,
    linear,
    norm,
    random_tensors,
    write_checkpoint,
)

_SHARED = {
    "hidden_act": "gelu",
    "hidden_size": 24,
    "id2label": {"0": "negative", "1": "positive"},
    "intermediate_size": 40,
    "label2id": {"negative": 0, "positive": 1},
    "max_position_embeddings": 48,
    "num_attention_heads": 3,
    "num_hidden_layers": 2,
    "pad_token_id": 0,
    "type_vocab_size": 2,
    "vocab_size": len(UNCASED),
}
_OWN: Mapping[str, Mapping[str, Any]] = {
    "albert": {
        "architectures": ["AlbertForSequenceClassification"],
        "embedding_size": 12,
        "hidden_act": "gelu_new",
        "inner_group_num": 1,
        "num_hidden_groups": 1,
    },
    "electra": {"architectures": ["ElectraForSequenceClassification"], "embedding_size": 12},
    "roberta": {
        "architectures": ["RobertaForSequenceClassification"],
        "layer_norm_eps": 1e-5,
        "max_position_embeddings": 49,  # one more than tokens: row 0 is the padding's
        "type_vocab_size": 1,
    },
}
KIN = tuple(_OWN)


def kin_config(family: str, **changes: Any) -> dict[str, Any]:
    """A config of a two-layer student; a change to None removes the key."""
    config = {**_SHARED, "model_type": family, **_OWN[family], **changes}
    return {key: value for key, value in config.items() if value is not None}


def kin_tensors(config: Mapping[str, Any], seed: int = 0) -> Tensors:
    """Random tensors [float32] of a classifier by their names in transformers, all of them."""
    return random_tensors(kin_shapes(config), seed)


def kin_shapes(config: Mapping[str, Any]) -> Shapes:
    """The shapes of a classifier by name; reference/test_kin.py asks transformers for them."""
    family = config["model_type"].removeprefix("xlm-")
    width, narrow = config["hidden_size"], config["hidden_size"]
    if family != "roberta":
        narrow = config.get("embedding_size", 128)  # the size where a config has none
    shapes = {
        f"{family}.embeddings.{name}_embeddings.weight": (config[rows], narrow)
        for name, rows in (
            ("word", "vocab_size"),
            ("position", "max_position_embeddings"),
            ("token_type", "type_vocab_size"),
        )
    }
    shapes |= norm(f"{family}.embeddings.LayerNorm", narrow)
    if family == "roberta":  # whose class makes its positions last: random numbers follow this order
        position = f"{family}.embeddings.position_embeddings.weight"
        shapes[position] = shapes.pop(position)
    if family == "albert":
        return shapes | _albert_layers(config, narrow) | linear("classifier", _labels(config), width)
    if narrow != width:
        shapes |= linear(f"{family}.embeddings_project", width, narrow)
    for layer in range(config["num_hidden_layers"]):
        shapes |= bert_layer(f"{family}.encoder.layer.{layer}", width, config["intermediate_size"])
    shapes |= linear("classifier.dense", width, width)
    return shapes | linear("classifier.out_proj", _labels(config), width)


def _albert_layers(config: Mapping[str, Any], narrow: int) -> Shapes:
    width, ffn = config["hidden_size"], config["intermediate_size"]
    shapes = linear("albert.encoder.embedding_hidden_mapping_in", width, narrow)
    for group in range(config.get("num_hidden_groups", 1)):
        for layer in range(config.get("inner_group_num", 1)):
            name = f"albert.encoder.albert_layer_groups.{group}.albert_layers.{layer}"
            shapes |= norm(f"{name}.full_layer_layer_norm", width)
            for part in ("query", "key", "value", "dense"):
                shapes |= linear(f"{name}.attention.{part}", width, width)
            shapes |= norm(f"{name}.attention.LayerNorm", width)
            shapes |= linear(f"{name}.ffn", ffn, width)
            shapes |= linear(f"{name}.ffn_output", width, ffn)
    return shapes | linear("albert.pooler", width, width)


def _labels(config: Mapping[str, Any]) -> int:
    return len(config.get("id2label", (0, 1)))


def write_kin(
    folder: Path,
    config: Mapping[str, Any],
    added: Tensors | None = None,
    seed: int = 0,
    dtype: Any = np.float32,
) -> Path:
    """Writes a folder with a WordPiece vocabulary; `added` are tensors beside the model's own."""
    tensors = {name: values.astype(dtype) for name, values in kin_tensors(config, seed).items()}
    tokenizer: dict[str, Any] = dict(TOKENIZER)
    if config.get("model_type") == "roberta":
        tokenizer["model_input_names"] = ["input_ids", "attention_mask"]  # as its own tokenizer has them
    return write_checkpoint(folder, config, tensors | (added or {}), tokenizer)
