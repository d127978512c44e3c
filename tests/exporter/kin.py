"""Tiny checkpoints of BERT's kin, whose tensors have the names and shapes that transformers gives them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from students import TOKENIZER, UNCASED, Tensors, random_tensors, write_checkpoint

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
    """Random tensors [float32] for a config, as many as transformers' class has."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    facts = {key: value for key, value in config.items() if key != "litebert_exits"}
    with torch.device("meta"):
        model = AutoModelForSequenceClassification.from_config(AutoConfig.for_model(**facts))
    shapes = {name: tuple(values.shape) for name, values in model.state_dict().items()}
    return random_tensors(shapes, seed)


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
