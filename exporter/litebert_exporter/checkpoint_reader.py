"""A reader that turns a checkpoint's files into names, arrays and config, and trusts none of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert.no_artifact import CONFIG, OLD_CONFIG, SAFETENSORS
from litebert_exporter.checkpoint import CROSS_ENCODER, Checkpoint, Tensors
from litebert_exporter.foreign_quantization import read_weights
from litebert_exporter.other_forms import adapter_message
from litebert_exporter.safetensors_file import is_safetensors, read_safetensors
from litebert_exporter.tensor_names import network_names
from litebert_exporter.text_files import read_json
from litebert_exporter.torch_file import is_torch, read_torch
from litebert_exporter.weights_files import WeightsFiles, check_index, explain_absence, find_weights
from litebert_exporter.wrong_content import refuse_wrong_content

_VOCABULARIES = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model")
_LIMIT_BYTES = 1_500_000_000  # BERT-large in float32 has 1.34e9


def read_checkpoint(
    path: Path, config: Path | None = None, vocabulary: Path | None = None, part: str | None = None
) -> Checkpoint:
    """Reads a Hugging Face folder, or a weights file with its config and vocabulary beside it.

    Args:
        path: the folder, or a .safetensors, .pt, .pth, .ckpt or .bin file.
        config: a config.json in another folder.
        vocabulary: a vocabulary in another folder.
        part: the start of the network's tensor names, where the file holds several networks.

    Raises:
        InputError: there is nothing at one of the paths.
        CheckpointError: a file is damaged, dangerous or incomplete.
        UnsupportedModelError: it is an adapter without its model, a SetFit model, or quantized.
        MissingExtraError: a torch file, and torch is not installed.
    """
    if not path.exists():
        raise InputError(explain_absence(path))
    folder = path if path.is_dir() else path.parent
    found = find_weights(path)
    size_bytes = sum(file.stat().st_size for file in found.files)
    if size_bytes > _LIMIT_BYTES:
        raise CheckpointError(
            f"{path}: weights of {size_bytes} bytes, expected a compressed BERT of at most {_LIMIT_BYTES}; "
            "distill it first"
        )
    facts, notes = _read_config(config, folder)
    tensors = read_weights(path, facts, lambda: _read_all(found))
    if any(".lora_A." in name for name in tensors):
        raise UnsupportedModelError(adapter_message(path))
    tensors, reading = network_names(tensors, facts.get("model_type"), part)
    return Checkpoint(
        path=path,
        weights_files=found.files,
        tensors=tensors,
        config=facts,
        tokenizer_config=_read_optional(None, folder / "tokenizer_config.json"),
        cross_encoder=_read_optional(None, folder / CROSS_ENCODER),
        vocabulary_file=find_vocabulary(vocabulary, folder),
        notes=(*found.notes, *notes),
        reading=reading,
    )


def _read_all(found: WeightsFiles) -> Tensors:
    tensors: Tensors = {}
    held: dict[str, Path] = {}
    for file in found.files:
        refuse_wrong_content(file)
        part = _reader(file)(file)
        twice = sorted(tensors.keys() & part.keys())
        if twice:
            raise CheckpointError(
                f"{file}: {len(twice)} tensors that another shard has too ({', '.join(twice[:6])}); "
                "download the shards again"
            )
        tensors |= part
        held |= dict.fromkeys(part, file)
    check_index(found, held)
    return tensors


def _reader(file: Path) -> Callable[[Path], Tensors]:
    """The function that reads a file: its first bytes count before its suffix, which people change."""
    if file.suffix != SAFETENSORS:
        return read_safetensors if is_safetensors(file) else read_torch
    if is_torch(file):  # torch.load goes by the suffix alone
        raise CheckpointError(f"{file}: a file of torch.save, not of safetensors; rename it to end in .pt")
    return read_safetensors


def _read_config(given: Path | None, folder: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The config, and a note where its file has the name that Google's BERT gave it."""
    if given is None and not (folder / CONFIG).is_file() and (folder / OLD_CONFIG).is_file():
        return read_json(folder / OLD_CONFIG), (f"config taken from {OLD_CONFIG}",)
    return _read_optional(given, folder / CONFIG), ()


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
