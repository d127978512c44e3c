"""Which files of a folder hold a checkpoint's weights."""

from __future__ import annotations

from pathlib import Path, PurePath

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert_exporter.files import read_json

SAFETENSORS_SUFFIX, TORCH_SUFFIXES = ".safetensors", (".bin", ".ckpt", ".pt", ".pth")
_SUFFIXES = (SAFETENSORS_SUFFIX, *TORCH_SUFFIXES)
_WEIGHTS_FILES = ("model.safetensors", "pytorch_model.bin")


def explain_absence(path: Path) -> str:
    """What to do about a path where nothing is: it may be the name of a model on a hub."""
    named = len(path.parts) == 1 or (len(path.parts) == 2 and not path.parent.exists())
    if named and path.suffix not in _SUFFIXES:
        return (
            f"{path}: no such folder; if this is a model on a hub, download it first "
            f"(hf download {path} --local-dir {path.name}) and export {path.name}"
        )
    return f"{path}: no such file or folder; expected a checkpoint folder or a weights file; correct the path"


def adapter_message(path: Path) -> str:
    """What to do about an adapter."""
    return (
        f"{path}: a LoRA adapter, expected a whole model; merge it first with "
        "model.merge_and_unload().save_pretrained(FOLDER) of peft and export FOLDER"
    )


def find_weights(path: Path) -> tuple[Path, ...]:
    """The weights files of a folder, or the file itself.

    Raises:
        InputError: it is neither a folder nor a weights file.
        CheckpointError: there are no weights in the folder, or its index is unsound.
        UnsupportedModelError: it is an adapter without its model.
    """
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
        raise UnsupportedModelError(adapter_message(path))
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
