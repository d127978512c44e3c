"""MobileBERT in the names and keys of google-research/mobilebert, made from those of transformers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from students import Tensors

GOOGLE_NAMES = (
    ("mobilebert", "bert"),
    ("classifier.weight", "output_weights"),
    ("classifier.bias", "output_bias"),
    (r"\.ffn\.(\d+)\.", r".ffn_layer_\1."),
    (r"\.layer\.(\d+)\.", r".layer_\1."),
    (r"_embeddings\.weight", "_embeddings"),
    (r"LayerNorm\.weight", "LayerNorm.gamma"),
    (r"LayerNorm\.bias", "LayerNorm.beta"),
    (r"\.weight$", ".kernel"),
    (r"\.", "/"),
)
GOOGLE_KEYS = (
    "classifier_activation",
    "embedding_size",
    "hidden_act",
    "hidden_size",
    "intermediate_size",
    "intra_bottleneck_size",
    "key_query_shared_bottleneck",
    "max_position_embeddings",
    "normalization_type",
    "num_attention_heads",
    "num_feedforward_networks",
    "num_hidden_layers",
    "trigram_input",
    "type_vocab_size",
    "use_bottleneck",
    "use_bottleneck_attention",
    "vocab_size",
)


def google_tensors(tensors: Tensors, norm: str = "FakeLayerNorm") -> Tensors:
    """The tensors as Google's code names and lays them out, with what its training leaves beside them."""
    renamed: Tensors = {"global_step": np.array(7), "cls/predictions/output_bias": np.zeros(3, np.float32)}
    for old, values in tensors.items():
        name = old
        for pattern, theirs in GOOGLE_NAMES:
            name = re.sub(pattern, theirs, name)
        name = name.replace("LayerNorm", norm)
        renamed[name] = np.ascontiguousarray(values.T) if name.endswith("/kernel") else values
        renamed |= {f"{name}/adam_m": np.zeros_like(renamed[name]), f"{name}/adam_v": np.zeros(1, np.float32)}
    return renamed


def google_config(config: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
    """The keys that Google's code knows, but for those left out."""
    return {key: config[key] for key in GOOGLE_KEYS if key in config and key not in left_out}
