"""Tensors of a .safetensors file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes  # noqa: F401 - teaches numpy the name bfloat16, which safetensors asks for
import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from litebert import CheckpointError

_FLOATS = ("F32", "F16", "BF16")
_INTEGERS = ("I64", "I32", "U8", "BOOL")  # buffers such as position_ids; never weights


def read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """Arrays by name, floating-point ones as float32.

    Raises:
        CheckpointError: the header lies, the file is cut short, or a tensor is of a kind that is not
            float32, float16 or bfloat16.
    """
    try:
        with safe_open(path, framework="np") as file:
            names = sorted(file.keys())
            kinds = {name: str(file.get_slice(name).get_dtype()) for name in names}
            strange = [f"{name} {kind}" for name, kind in kinds.items() if kind not in _FLOATS + _INTEGERS]
            if strange:
                raise CheckpointError(
                    f"{path}: tensors that are not float32, float16 or bfloat16 ({', '.join(strange)}); "
                    "save the model in one of those"
                )
            return {name: _as_float32(file.get_tensor(name), kinds[name]) for name in names}
    except SafetensorError as error:
        raise CheckpointError(f"{path}: not a sound safetensors file ({error}); download it again") from error


def _as_float32(values: NDArray[Any], kind: str) -> NDArray[Any]:
    return values.astype(np.float32, copy=False) if kind in _FLOATS else values
