"""Tiny encoders as sentence-transformers saves them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kin import kin_config, kin_shapes
from safetensors.numpy import save_file
from students import (
    TOKENIZER,
    Shapes,
    bert_config,
    bert_shapes,
    distilbert_config,
    distilbert_shapes,
    linear,
    mobilebert_config,
    mobilebert_shapes,
    random_tensors,
    write_facts,
)

CONFIGS: dict[str, Mapping[str, Any]] = {
    "bert": bert_config(),
    "distilbert": distilbert_config(),
    "mobilebert": mobilebert_config(),
    **{family: kin_config(family) for family in ("albert", "electra", "roberta")},
}


def write_encoder(
    folder: Path,
    family: str = "bert",
    pooling: str = "mean",
    normalize: bool = True,
    *,
    below: str = "",
    prefix: str = "",
    bert: Mapping[str, Any] | None = None,
    model: Mapping[str, Any] | None = None,
) -> Path:
    """Writes a folder of sentence-transformers, with the encoder itself in its folder `below`."""
    config = {**CONFIGS[family], "architectures": None}
    tokenizer = TOKENIZER | (
        {"model_input_names": ["input_ids", "attention_mask"]} if family == "roberta" else {}
    )
    write_facts(folder / below, {key: value for key, value in config.items() if value is not None}, tokenizer)
    tensors = {f"{prefix}{name}": values for name, values in random_tensors(encoder_shapes(family)).items()}
    save_file(tensors, folder / below / "model.safetensors", {"format": "pt"})
    modules = [
        ("Transformer", below),
        ("Pooling", "1_Pooling"),
        *([("Normalize", "2_Normalize")] * normalize),
    ]
    write(folder / "modules.json", [module(*each) for each in modules])
    modes = {
        f"pooling_mode_{mode}_token{'s' * (mode != 'cls')}": mode == pooling
        for mode in ("cls", "mean", "max")
    }
    write(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": _width(config), **modes})
    write(
        folder / below / "sentence_bert_config.json",
        {"max_seq_length": 40, "do_lower_case": False, **(bert or {})},
    )
    write(
        folder / "config_sentence_transformers.json",
        {"__version__": {"pytorch": "2"}, "prompts": {}, **(model or {})},
    )
    return folder


def encoder_shapes(family: str) -> Shapes:
    """The shapes of a tiny encoder by name; reference/test_kin.py asks transformers for them."""
    config = CONFIGS[family]
    shapes_of = {"bert": bert_shapes, "distilbert": distilbert_shapes, "mobilebert": mobilebert_shapes}
    named = shapes_of.get(family, kin_shapes)(config)
    shapes = {
        name.removeprefix(f"{family}."): shape
        for name, shape in named.items()
        if name.startswith(f"{family}.")
    }
    if family == "roberta":  # whose classifiers have no pooler
        shapes |= linear("pooler.dense", _width(config), _width(config))
    return shapes


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def module(kind: str, path: str) -> dict[str, str]:
    return {"name": kind, "path": path, "type": f"sentence_transformers.models.{kind}"}


def _width(config: Mapping[str, Any]) -> int:
    return int(config.get("hidden_size", config.get("dim")))
