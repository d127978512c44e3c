"""A checkpoint's files to names, arrays and config, trusting none of them."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert.visible import is_hidden
from litebert_exporter.files import read_json
from litebert_exporter.names import Tensors, network_names
from litebert_exporter.reading import Reading
from litebert_exporter.safetensors_file import read_safetensors
from litebert_exporter.torch_file import read_torch

SAFETENSORS_SUFFIX, TORCH_SUFFIXES = ".safetensors", (".bin", ".ckpt", ".pt", ".pth")
_SUFFIXES = (SAFETENSORS_SUFFIX, *TORCH_SUFFIXES)
_WEIGHTS_FILES = ("model.safetensors", "pytorch_model.bin")
_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model")
_LIMIT_BYTES = 1_500_000_000  # BERT-large in float32 has 1.34e9
CROSS_ENCODER = "config_sentence_transformers.json"
_CARD_CHARACTERS = 65536


@dataclass(frozen=True)
class Checkpoint:
    """What was found.

    Attributes:
        path: the folder or file the user named.
        weights_files: the files the tensors came from.
        tensors: arrays by name in today's dialect, float32, float16, bfloat16 or integer as in the file.
        config: config.json, or an empty mapping where there is none.
        tokenizer_config: tokenizer_config.json, likewise.
        cross_encoder: config_sentence_transformers.json, likewise.
        vocabulary: the file that holds it, if there is one.
        reading: how the tensors' names in the files became those here.
    """

    path: Path
    weights_files: tuple[Path, ...]
    tensors: Tensors
    config: Mapping[str, Any]
    tokenizer_config: Mapping[str, Any]
    cross_encoder: Mapping[str, Any]
    vocabulary: Path | None
    reading: Reading = field(default_factory=Reading)

    @property
    def name(self) -> str:
        """The name of the folder or file, without its suffix; what cannot be shown in it becomes `?`."""
        path = Path(os.path.abspath(self.path))  # noqa: PTH100 - a link keeps its own name
        name = path.name if path.is_dir() else path.stem
        return "".join("?" if is_hidden(each) else each for each in name)

    @property
    def licence(self) -> str | None:
        """The licence that the model card's front matter names."""
        card = self.folder / "README.md"
        if not card.is_file():
            return None
        with card.open(encoding="utf-8", errors="replace") as file:
            lines = file.read(_CARD_CHARACTERS).splitlines()
        if lines[:1] != ["---"]:
            return None
        front = lines[1 : lines.index("---", 1)] if "---" in lines[1:] else []
        found = (re.fullmatch(r"license: *([\w.-]+) *", line) for line in front)
        return next((match[1] for match in found if match), None)

    @property
    def folder(self) -> Path:
        """Where config and vocabulary lie."""
        return self.path if self.path.is_dir() else self.path.parent


def read_checkpoint(
    path: Path, config: Path | None = None, vocabulary: Path | None = None, part: str | None = None
) -> Checkpoint:
    """Reads a Hugging Face folder, or a weights file with its config and vocabulary beside it.

    Args:
        path: the folder, or a .safetensors, .pt, .pth, .ckpt or .bin file.
        config: a config.json that lies elsewhere.
        vocabulary: a vocabulary that lies elsewhere.
        part: what the names of the network begin with, where there are several.

    Raises:
        InputError: there is nothing at one of the paths.
        CheckpointError: a file is damaged, dangerous or incomplete.
        UnsupportedModelError: it is an adapter without its model.
        MissingExtraError: a torch file, and torch is not installed.
    """
    if not path.exists():
        raise InputError(_explain_absence(path))
    folder = path if path.is_dir() else path.parent
    files = _find_weights(path)
    size_bytes = sum(file.stat().st_size for file in files)
    if size_bytes > _LIMIT_BYTES:
        raise CheckpointError(
            f"{path}: weights of {size_bytes} bytes, expected a compressed BERT of at most {_LIMIT_BYTES}; "
            "distill it first"
        )
    tensors = _read_all(files)
    if any(".lora_A." in name for name in tensors):
        raise UnsupportedModelError(_adapter_message(path))
    facts = _read_optional(config, folder / "config.json")
    tensors, reading = network_names(tensors, facts.get("model_type"), part)
    return Checkpoint(
        path=path,
        weights_files=files,
        tensors=tensors,
        config=facts,
        tokenizer_config=_read_optional(None, folder / "tokenizer_config.json"),
        cross_encoder=_read_optional(None, folder / CROSS_ENCODER),
        vocabulary=find_vocabulary(vocabulary, folder),
        reading=reading,
    )


def _explain_absence(path: Path) -> str:
    named = len(path.parts) == 1 or (len(path.parts) == 2 and not path.parent.exists())
    if named and path.suffix not in _SUFFIXES:
        return (
            f"{path}: no such folder; if this is a model on a hub, download it first "
            f"(hf download {path} --local-dir {path.name}) and export {path.name}"
        )
    return f"{path}: no such file or folder; expected a checkpoint folder or a weights file; correct the path"


def _adapter_message(path: Path) -> str:
    return (
        f"{path}: a LoRA adapter, expected a whole model; merge it first with "
        "model.merge_and_unload().save_pretrained(FOLDER) of peft and export FOLDER"
    )


def _find_weights(path: Path) -> tuple[Path, ...]:
    if not path.is_dir():
        if path.suffix not in _SUFFIXES or not path.is_file():
            known = ", ".join(_SUFFIXES)
            raise InputError(f"{path}: expected a folder or a regular file ending in {known}; name one")
        return (path,)
    for name in _WEIGHTS_FILES:
        if (path / name).is_file():
            return (path / name,)
        if (path / f"{name}.index.json").is_file():
            return _find_shards(path / f"{name}.index.json", PurePath(name).suffix)
    if (path / "adapter_config.json").is_file():
        raise UnsupportedModelError(_adapter_message(path))
    others = sorted(item.name for item in path.iterdir() if item.suffix in _SUFFIXES and item.is_file())
    cure = f"to use {' or '.join(others[:6])}, name the file itself" if others else "save the model there"
    raise CheckpointError(
        f"{path}: no weights in it, expected the file {' or '.join(_WEIGHTS_FILES)}; {cure}"
    )


def _find_shards(index: Path, suffix: str) -> tuple[Path, ...]:
    shard_of = read_json(index).get("weight_map")
    if not isinstance(shard_of, dict) or not shard_of:
        raise CheckpointError(
            f"{index}: no weight_map in it, expected tensor names and their files; download it again"
        )
    names = sorted({str(name) for name in shard_of.values()})
    foreign = [
        name
        for name in names
        if PurePath(name).name != name or PurePath(name).suffix != suffix or "\\" in name
    ]
    if foreign:
        raise CheckpointError(
            f"{index}: names files outside its folder or of another kind ({', '.join(foreign[:6])}), "
            f"expected {suffix} files beside it; do not use it"
        )
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise CheckpointError(
            f"{index}: {len(missing)} shards are missing ({', '.join(missing[:6])}); download them again"
        )
    return tuple(index.parent / name for name in names)


def _read_all(files: tuple[Path, ...]) -> Tensors:
    tensors: Tensors = {}
    for file in files:
        read = read_safetensors if file.suffix == SAFETENSORS_SUFFIX else read_torch
        part = read(file)
        twice = sorted(tensors.keys() & part.keys())
        if twice:
            raise CheckpointError(
                f"{file}: {len(twice)} tensors that another shard has too ({', '.join(twice[:6])}); "
                "download the shards again"
            )
        tensors |= part
    return tensors


def _read_optional(given: Path | None, beside: Path) -> dict[str, Any]:
    path = _given_file(given) or beside
    return read_json(path) if path.is_file() else {}


def find_vocabulary(given: Path | None, folder: Path) -> Path | None:
    """The given file, or else the first of `_VOCABULARIES` in a folder, if there is one."""
    beside = (folder / name for name in _VOCABULARIES)
    return _given_file(given) or next((path for path in beside if path.is_file()), None)


def _given_file(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        found = "not a regular file" if path.exists() else "no such file"
        raise InputError(f"{path}: {found}; correct the path")
    return path
