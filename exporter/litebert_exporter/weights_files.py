"""The files of a folder that hold a checkpoint's weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePath

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert.errors import listed
from litebert.no_artifact import WEIGHTS_SUFFIXES
from litebert_exporter.checkpoint_folders import INDEX, WEIGHTS_FILES, describe_place
from litebert_exporter.other_forms import (
    ADAPTER,
    FORMS,
    SETFIT,
    adapter_message,
    describe_file,
    describe_folder,
)
from litebert_exporter.safetensors_file import is_safetensors
from litebert_exporter.text_files import read_json
from litebert_exporter.torch_file import is_torch

# Files with such a suffix that hold no weights: the state of a training, and other forms of a model.
_NO_WEIGHTS = (
    "optimizer*",
    "scheduler*",
    "scaler*",
    "rng_state*",
    "random_states*",
    "training_args*",
    "*_optim_states.pt",  # of DeepSpeed, and where ZeRO-3 has spread the weights
    "zero_pp_rank_*",
    "custom_checkpoint_*",
    "sampler*",
    "dl_state_dict*",
    "cached_*",
    "adapter_*",
    "openvino*",
    "ggml*",
)
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.")


@dataclass(frozen=True)
class WeightsFiles:
    """The files that hold a checkpoint's weights.

    Attributes:
        files: one, or the shards of an index.
        index: the index, if there is one.
        shard_of: each tensor's shard according to the index.
        notes: the choice where there were several files, in a line.
    """

    files: tuple[Path, ...]
    index: Path | None = None
    shard_of: Mapping[str, str] | None = None
    notes: tuple[str, ...] = ()


def explain_absence(path: Path) -> str:
    """The error about a path where nothing is: it may be the name of a model on a hub."""
    index = path.with_name(f"{path.name}.index")
    if path.name and index.is_file():  # TensorFlow 1 names a checkpoint by the common start of its files
        return describe_file(index) or str(path)
    named = len(path.parts) == 1 or (len(path.parts) == 2 and not path.parent.exists())
    if named and path.suffix not in WEIGHTS_SUFFIXES:
        return (
            f"{path}: no such folder; if this is a model on a hub, download it first "
            f"(hf download {path} --local-dir {path.name}) and export {path.name}"
        )
    return f"{path}: no such file or folder; expected a checkpoint folder or a weights file; correct the path"


def find_weights(path: Path) -> WeightsFiles:
    """The weights files of a folder, or the file itself.

    Raises:
        InputError: it is neither a folder nor a weights file.
        CheckpointError: the folder holds no weights or several files of them, or its index is unsound.
        UnsupportedModelError: it is an adapter without its model, or a SetFit model.
    """
    if not path.is_dir():
        message = describe_file(path) or _another_kind(path)
        if message is not None and not _begins_as_weights(path):
            raise InputError(message)
        return WeightsFiles((path,))
    setfit = describe_folder(path, SETFIT)
    if setfit is not None:
        raise UnsupportedModelError(setfit)
    for name in WEIGHTS_FILES:
        if (path / name).is_file():
            return WeightsFiles((path / name,), notes=_left_alone(path / name))
        if (path / f"{name}{INDEX}").is_file():
            return _find_shards(path / f"{name}{INDEX}", PurePath(name).suffix)
    return _of_another_name(path, sorted(filter(_may_hold_weights, path.iterdir())))


def _another_kind(path: Path) -> str | None:
    if path.suffix in WEIGHTS_SUFFIXES and path.is_file():
        return None
    return f"{path}: expected a folder or a regular file ending in {', '.join(WEIGHTS_SUFFIXES)}; name one"


def _may_hold_weights(item: Path) -> bool:
    other = item.suffix not in ("", *WEIGHTS_SUFFIXES) and _begins_as_weights(item)  # "": blobs of a hub
    return _is_named_as_weights(item) or (other and not _is_other_state(item))


def _is_named_as_weights(item: Path) -> bool:
    return item.suffix in WEIGHTS_SUFFIXES and item.is_file() and not _is_other_state(item)


def _is_other_state(item: Path) -> bool:
    return any(fnmatch(item.name, pattern) for pattern in _NO_WEIGHTS)


def _begins_as_weights(path: Path) -> bool:
    """Whether a file of any name holds weights, such as `model.pth.tar` or `model.pkl`."""
    return path.is_file() and (is_safetensors(path) or is_torch(path))


def _left_alone(taken: Path) -> tuple[str, ...]:
    beside = taken.with_name(f"{taken.name}{INDEX}")
    named = sorted(filter(_is_named_as_weights, taken.parent.iterdir()))
    others = [item.name for item in named if item != taken and _SHARD.search(item.name) is None]
    others += [item.name for item in sorted(taken.parent.glob("adapter_model.*")) if item.is_file()]
    others += [beside.name] if beside.is_file() else []
    if not others:
        return ()
    return (f"weights taken from {taken.name}, not from {listed(others)} beside it",)


def _of_another_name(path: Path, named: list[Path]) -> WeightsFiles:
    """The only weights file of a folder, under any name."""
    shards = [item.name for item in named if _SHARD.search(item.name)]
    if shards:
        raise CheckpointError(
            f"{path}: {listed(shards)} without the index {WEIGHTS_FILES[0]}{INDEX} or "
            f"{WEIGHTS_FILES[1]}{INDEX}, which says which shard holds which tensor; download it too"
        )
    if len(named) == 1:
        return WeightsFiles((named[0],), notes=(f"weights taken from {named[0].name}",))
    if named:
        raise CheckpointError(
            f"{path}: {len(named)} weights files ({listed([item.name for item in named])}), expected one "
            f"or {' or '.join(WEIGHTS_FILES)}; name the one you mean, such as {named[0]}"
        )
    if describe_folder(path, ADAPTER) is not None:
        raise UnsupportedModelError(adapter_message(path))
    message = describe_folder(path, *FORMS) or describe_place(path)
    raise CheckpointError(message or _without_weights(path))


def _without_weights(path: Path) -> str:
    files = (item for item in path.iterdir() if item.suffix in WEIGHTS_SUFFIXES and item.is_file())
    states = sorted(item.name for item in files)
    besides = f" ({listed(states)} hold none)" if states else ""
    return (
        f"{path}: no weights in it, expected the file {' or '.join(WEIGHTS_FILES)}{besides}; "
        "save the model there"
    )


def _find_shards(index: Path, suffix: str) -> WeightsFiles:
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
            f"{index}: names files outside its folder or of another kind ({listed(foreign)}), "
            f"expected {suffix} files beside it; do not use it"
        )
    missing = [name for name in names if not (index.parent / name).is_file()]
    if missing:
        raise CheckpointError(
            f"{index}: {len(missing)} shards are missing ({listed(missing)}); download them again"
        )
    return WeightsFiles(tuple(index.parent / name for name in names), index, shard_of)


def check_index(found: WeightsFiles, held: Mapping[str, Path]) -> None:
    """Checks that each shard holds the tensors that the index names for it, and no others.

    Args:
        found: the shards and their index; without an index there is nothing to check.
        held: each tensor's file.

    Raises:
        CheckpointError: index and shards are of different checkpoints.
    """
    if found.shard_of is None:
        return
    wrong = [*_contradictions(found.shard_of, {name: file.name for name, file in held.items()})]
    if wrong and found.index is not None:
        beside = {item.name for item in found.index.parent.iterdir() if _SHARD.search(item.name)}
        unlisted = sorted(beside - {file.name for file in found.files} - {found.index.name})
        more = f" ({listed(unlisted)} beside it, which it does not name)" if unlisted else ""
        raise CheckpointError(
            f"{found.index}: contradicts its shards{more}: {listed(wrong, between='; ')}; index and shards "
            "are of different checkpoints: save the model again, or download all of them again"
        )


def _contradictions(said: Mapping[str, str], held: Mapping[str, str]) -> Iterator[str]:
    totals = {match[2] for match in map(_SHARD.search, said.values()) if match}
    if len(totals) > 1:
        yield f"it names shards of {' and of '.join(sorted(totals))}"
    for name, shard in said.items():
        if name not in held:
            yield f"{name} is in no shard, expected in {shard}"
        elif held[name] != shard:
            yield f"{name} is in {held[name]}, expected in {shard}"
    for name in sorted(held.keys() - said.keys()):
        yield f"{name} is in {held[name]}, expected in none"
