"""Tensors of a file that torch.save wrote, read without running its code."""

from __future__ import annotations

import argparse
import mmap
import re
import warnings
import zipfile
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from litebert import CheckpointError, MissingExtraError
from litebert.errors import first_line
from litebert_exporter.leftovers import check_names, is_buffer_of_loss
from litebert_exporter.torch_refusal import STATE_DICT_KEYS, explain_refusal

# Below 2.10 weights_only can be escaped (CVE-2025-32434 below 2.6, CVE-2026-24747 below 2.10).
_SAFE_TORCH = (2, 10)
_ARCHIVE_START = b"PK\x03\x04"  # torch distinguishes its archives from its older format by it
_PICKLE_START = b"\x80\x02\x8a\nl\xfc\x9cF\xf9"  # that older format: its magic number, pickled
_FIRST_RECORD, _START_BYTES = b"/data.pkl", 512
# torch lets a file ask for any number of zeros; an archive holds this uncompressed, too.
_ZEROS = re.compile(rb"c(__builtin__|builtins)\nbytearray\n")
_WORD_TABLE = re.compile(r"(.*[./])?word_embeddings?(\.weight)?", re.DOTALL)
_PLAIN = (int, float, str, type(None))
_DEEPEST = 3


def is_torch(path: Path) -> bool:
    """Whether a file begins as torch.save begins it, under any name."""
    with path.open("rb") as file:
        start = file.read(_START_BYTES)
    archive = start.startswith(_ARCHIVE_START) and _FIRST_RECORD in start
    return archive or start.startswith(_PICKLE_START)


def read_torch(path: Path) -> dict[str, NDArray[Any]]:
    """Arrays by name of a state dict or a training loop's dictionary; those of an archive are mapped.

    Raises:
        CheckpointError: the file is damaged, holds anything but tensors and plain values, or no state dict.
        MissingExtraError: torch is not installed, or too old to read such files safely.
    """
    torch = _import_torch(path)
    with path.open("rb") as file:
        archive = file.read(len(_ARCHIVE_START)) == _ARCHIVE_START
    if archive:
        _check_archive(path)
    _refuse_zeros(path)
    state = _find_state_dict(path, _load(torch, path, archive), torch)
    check_names(path, state)
    return {name: _as_array(path, name, state[name], torch) for name in sorted(state)}


def _import_torch(path: Path) -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(
            f'{path}: reading it needs torch; install it with pip install "litebert[torch]", '
            "or save the model as safetensors (README says how to take torch without 5 GB of CUDA)"
        ) from error
    release = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if release < _SAFE_TORCH:
        raise MissingExtraError(
            f"{path}: torch {torch.__version__} can be made to run code by such a file; "
            'upgrade it with pip install -U "torch>=2.10"'
        )
    return torch


def _check_archive(path: Path) -> None:
    """Refuses archives that are damaged, or that unpack to more than their size: torch compresses nothing."""
    try:
        with zipfile.ZipFile(path) as archive:
            records = archive.infolist()
            packed = any(record.compress_type != zipfile.ZIP_STORED for record in records)
            if packed or sum(record.file_size for record in records) > path.stat().st_size:
                raise CheckpointError(
                    f"{path}: an archive that unpacks to more than its size, expected a state dict: "
                    "save it with torch.save(model.state_dict(), FILE)"
                )
            damaged = archive.testzip()
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise CheckpointError(f"{path}: a damaged archive ({error}); download it again") from error
    if damaged is not None:
        raise CheckpointError(f"{path}: a damaged archive (checksum of {damaged}); download it again")


def _refuse_zeros(path: Path) -> None:
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if _ZEROS.search(content) is not None:
            raise CheckpointError(
                f"{path}: holds a bytearray, which may be of any size, expected tensors only; "
                "save it with torch.save(model.state_dict(), FILE)"
            )


def _load(torch: Any, path: Path, archive: bool) -> Any:
    harmless = [argparse.Namespace, *_numpy_scalar_types()]  # training loops keep these beside the weights
    try:
        with torch.serialization.safe_globals(harmless), warnings.catch_warnings(action="ignore"):
            return torch.load(path, map_location="cpu", weights_only=True, mmap=archive)
    except Exception as error:
        raise CheckpointError(f"{path}: {explain_refusal(path, str(error))}") from error


def _numpy_scalar_types() -> list[Any]:
    scalar = np.float64(0).__reduce__()[0]
    dtypes = {type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64, np.int32, np.bool_)}
    return [scalar, np.dtype, *dtypes]


def _find_state_dict(path: Path, content: Any, torch: Any) -> Mapping[str, Any]:
    """The state dict in a file's content; of several, all their tensors by key and name."""
    states = _state_dicts(content, torch)
    networks = [place for place, state in states.items() if any(map(_WORD_TABLE.fullmatch, state))]
    places = networks or [place for place in states if place in ((), *((key,) for key in STATE_DICT_KEYS))]
    if not places:
        raise CheckpointError(
            f"{path}: holds {_describe(content, torch)}, expected a state dict, alone or under "
            f"{' or '.join(STATE_DICT_KEYS[:3])}; save it with torch.save(model.state_dict(), FILE)"
        )
    levels = {place[:-1] for place in networks}
    layers = [
        place
        for place, state in states.items()
        if place[:-1] in levels and any(_may_be_a_layers(name, each) for name, each in state.items())
    ]
    used = dict.fromkeys([*places, *layers] if networks else places[:1])
    if len(used) == 1:
        return states[next(iter(used))]
    return {".".join((*place, name)): tensor for place in used for name, tensor in states[place].items()}


def _may_be_a_layers(name: str, tensor: Any) -> bool:
    is_parameter = tensor.ndim > 1 or name.rpartition(".")[2] in ("weight", "bias")  # of a norm: one axis
    return is_parameter and bool(tensor.is_floating_point())


def _state_dicts(content: Any, torch: Any) -> dict[tuple[str, ...], Any]:
    """Every dictionary of tensors in a file's content, by the keys that first lead to it."""
    states: dict[tuple[str, ...], Any] = {}
    seen: set[int] = set()  # a file may refer to one object, even to itself, any number of times
    left: deque[tuple[tuple[str, ...], Any]] = deque([((), content)])
    while left:
        place, found = left.popleft()
        if not isinstance(found, Mapping) or not found or len(place) > _DEEPEST or id(found) in seen:
            continue
        seen.add(id(found))
        if _is_state_dict(found, torch):
            states[place] = {name: _as_tensor(value, torch) for name, value in found.items()}
        else:
            left += [((*place, key), value) for key, value in found.items() if isinstance(key, str)]
    return states


def _is_state_dict(found: Mapping[Any, Any], torch: Any) -> bool:
    """Whether a dictionary holds tensors by name only; with a word table it may hold plain values as well."""
    if not all(isinstance(key, str) for key in found):
        return False
    kinds = (torch.Tensor, *_PLAIN) if any(map(_WORD_TABLE.fullmatch, found)) else torch.Tensor
    return all(isinstance(value, kinds) for value in found.values())


def _as_tensor(value: Any, torch: Any) -> Any:
    """The tensor itself; for a plain value beside weights, such as an epoch, a tensor that no slot reads."""
    return value if isinstance(value, torch.Tensor) else torch.tensor(True)


def _describe(content: Any, torch: Any) -> str:
    """The kind of object that a file holds in place of a state dict, for an error."""
    found = content
    if isinstance(content, Mapping):
        found = next(
            (content[key] for key in STATE_DICT_KEYS if isinstance(content.get(key), Mapping)), content
        )
    others = [
        key
        for key, value in (found.items() if isinstance(found, Mapping) else ())
        if not isinstance(key, str) or not isinstance(value, torch.Tensor)
    ]
    packed = next((key for key in others if "._packed_params" in str(key)), None)
    if packed is not None:
        return f"weights that torch quantized ({packed!r:.80})"
    if others:
        return f"a dictionary with {', '.join(f'{key!r:.60}' for key in others[:6])}"
    return f"a {type(found).__name__}"


def _as_array(path: Path, name: str, tensor: Any, torch: Any) -> NDArray[Any]:
    kind = str(tensor.dtype).removeprefix("torch.")
    usual = kind in ("float32", "float16", "bfloat16") or is_buffer_of_loss(name, tensor.ndim)
    if tensor.is_floating_point() and not usual:
        raise CheckpointError(
            f"{path}: {name} is {kind}; expected float32, float16 or bfloat16: save the model in one"
        )
    try:
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise CheckpointError(
                f"{path}: {name} claims shape {list(tensor.shape)}, more than the file holds; "
                "save it with torch.save(model.state_dict(), FILE)"
            )
        plain = tensor.detach()
        if kind == "bfloat16":  # unknown to numpy
            return plain.view(torch.uint16).numpy().view(ml_dtypes.bfloat16)
        if tensor.is_complex() or tensor.is_quantized or tensor.is_meta:
            raise ValueError(f"{kind}, device {tensor.device}")
        return plain.numpy()
    except (RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path}: {name} is sparse, quantized, complex or otherwise special "
            f"({first_line(error)}); expected a plain tensor: "
            "save it with torch.save(model.state_dict(), FILE)"
        ) from error
