"""Tensors of a .safetensors file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from litebert import CheckpointError
from litebert_exporter.leftovers import check_names, is_buffer_of_loss
from litebert_exporter.other_forms import describe_dialect

_KINDS = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype(ml_dtypes.bfloat16),
    "I64": np.dtype("<i8"),  # integers are buffers, such as position_ids, and never weights
    "I32": np.dtype("<i4"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}
_DOUBLE = "F64"  # class weights of a loss, as numpy gives them
_LENGTH_BYTES = 8  # of the header's length, before the header
_HEADER_LIMIT_BYTES = 4_000_000  # a name and its facts take some 150


def is_safetensors(path: Path) -> bool:
    """Whether a file begins as a safetensors file does, under any name."""
    with path.open("rb") as file:
        return file.read(_LENGTH_BYTES + 1)[_LENGTH_BYTES:] == b"{"


def read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """Arrays by name, views of the mapped file: a tensor that no slot uses is never read from the disk.

    Raises:
        CheckpointError: the header is false, or the file is cut short; a tensor is not float32, float16 or
            bfloat16, or its name is too long; or TensorFlow or Flax saved the file.
    """
    header, start = _read_header(path)
    _refuse_dialect(path, header)
    try:
        with safe_open(path, framework="np") as file:  # checks kinds, shapes and offsets against the file
            slices = {name: file.get_slice(name) for name in sorted(file.keys())}
            kinds = {name: str(values.get_dtype()) for name, values in slices.items()}
            axes = {name: len(values.get_shape()) for name, values in slices.items()}
    except SafetensorError as error:
        raise CheckpointError(f"{path}: not a sound safetensors file ({error}); download it again") from error
    check_names(path, kinds)
    strange = [
        f"{name} {kind}"
        for name, kind in kinds.items()
        if kind not in _KINDS and not (kind == _DOUBLE and is_buffer_of_loss(name, axes[name]))
    ]
    if strange:
        raise CheckpointError(
            f"{path}: tensors that are not float32, float16 or bfloat16 ({', '.join(strange[:6])}); "
            "save the model in one of those"
        )
    content = np.asarray(np.memmap(path, np.uint8, mode="r"))[start:]
    return {name: _view(path, name, content, header[name], kind) for name, kind in kinds.items()}


def _refuse_dialect(path: Path, header: Any) -> None:
    metadata = header.get("__metadata__") if isinstance(header, dict) else None
    message = describe_dialect(path, metadata.get("format")) if isinstance(metadata, dict) else None
    if message is not None:
        raise CheckpointError(message)


def _read_header(path: Path) -> tuple[dict[str, Any], int]:
    """The header's JSON object and the position of the first tensor's bytes."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        text = file.read(length) if length <= _HEADER_LIMIT_BYTES else b""
    if not text or len(text) < length:
        raise CheckpointError(
            f"{path}: not a sound safetensors file (a header of {length} bytes in a file of "
            f"{path.stat().st_size}, expected 2 to {_HEADER_LIMIT_BYTES}); download it again"
        )
    try:
        return json.loads(text.decode("utf-8"), object_pairs_hook=_unique), _LENGTH_BYTES + length
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise CheckpointError(
            f"{path}: not a sound safetensors file (header: {reason}); download it again"
        ) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a name is in it twice")
    return table


def _view(
    path: Path, name: str, content: NDArray[np.uint8], facts: dict[str, Any], kind: str
) -> NDArray[Any]:
    begin, end = facts["data_offsets"]
    shape = facts["shape"]
    try:
        return content[begin:end].view(_KINDS.get(kind, np.float64)).reshape(shape)
    except (ValueError, OverflowError) as error:  # axes of 1 take no bytes, nor do any beside an axis of 0
        raise CheckpointError(
            f"{path}: not a sound safetensors file ({name} has {len(shape)} axes of up to "
            f"{max(shape, default=1)}, more than an array can have); download it again"
        ) from error
