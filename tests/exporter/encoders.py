"""Tiny encoders as sentence-transformers saves them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kin import kin_config
from safetensors.numpy import save_file
from students import TOKENIZER, bert_config, distilbert_config, mobilebert_config, random_tensors, write_facts

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
    """Writes a folder of sentence-transformers; the encoder itself lies in the folder `below`."""
    config = {**CONFIGS[family], "architectures": None}
    tokenizer = TOKENIZER | (
        {"model_input_names": ["input_ids", "attention_mask"]} if family == "roberta" else {}
    )
    write_facts(folder / below, {key: value for key, value in config.items() if value is not None}, tokenizer)
    from transformers import AutoConfig, AutoModel

    network = AutoModel.from_config(AutoConfig.for_model(**config))
    shapes = {name: tuple(values.shape) for name, values in network.state_dict().items()}
    tensors = {f"{prefix}{name}": values for name, values in random_tensors(shapes).items()}
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


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def module(kind: str, path: str) -> dict[str, str]:
    return {"name": kind, "path": path, "type": f"sentence_transformers.models.{kind}"}


def _width(config: Mapping[str, Any]) -> int:
    return int(config.get("hidden_size", config.get("dim")))
