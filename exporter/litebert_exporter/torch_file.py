"""Tensors of a file that torch.save wrote, without running what it says."""

from __future__ import annotations

import argparse
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert import CheckpointError, MissingExtraError

# Below 2.10 weights_only can be escaped (CVE-2025-32434 below 2.6, CVE-2026-24747 below 2.10).
_SAFE_TORCH = (2, 10)
_STATE_DICT_KEYS = ("model_state_dict", "state_dict", "model")


def read_torch(path: Path) -> dict[str, NDArray[Any]]:
    """Arrays by name, floating-point ones as float32, of a state dict or a training loop's dictionary.

    Raises:
        CheckpointError: the file is damaged, holds anything but tensors and plain values, or no state dict.
        MissingExtraError: torch is not installed, or too old to read such files safely.
    """
    torch = _import_torch(path)
    if zipfile.is_zipfile(path):
        _check_archive(path)
    state = _find_state_dict(path, _load(torch, path), torch)
    return {name: _as_array(path, name, state[name], torch) for name in sorted(state)}


def _import_torch(path: Path) -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError(
            f'{path}: reading it needs torch; install it with pip install "litebert[torch]", '
            "or save the model as safetensors"
        ) from error
    release = tuple(int(part) for part in re.findall(r"\d+", torch.__version__)[:2])
    if release < _SAFE_TORCH:
        raise MissingExtraError(
            f"{path}: torch {torch.__version__} can be made to run code by such a file; "
            'upgrade it with pip install -U "litebert[torch]"'
        )
    return torch


def _check_archive(path: Path) -> None:
    """Refuses archives that unpack to more than they are: torch stores its records uncompressed."""
    try:
        with zipfile.ZipFile(path) as archive:
            records = archive.infolist()
    except (zipfile.BadZipFile, ValueError) as error:
        raise CheckpointError(f"{path}: a damaged archive ({error}); download it again") from error
    packed = any(record.compress_type != zipfile.ZIP_STORED for record in records)
    if packed or sum(record.file_size for record in records) > path.stat().st_size:
        raise CheckpointError(
            f"{path}: an archive that unpacks to more than its size, which torch.save never writes; "
            "do not use it"
        )


def _load(torch: Any, path: Path) -> Any:
    harmless = [argparse.Namespace, *_numpy_scalar_types()]  # what training loops keep beside the weights
    try:
        with torch.serialization.safe_globals(harmless):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        forbidden = re.search(r"Unsupported (?:global|class|operand)[^`\n]*?([\w.]+\.[\w.]+)", str(error))
        if forbidden:
            raise CheckpointError(
                f"{path}: holds {forbidden[1]}, which would run code; nothing was run. Expected tensors "
                f"only; if you trust it: model = torch.load({path.name!r}, weights_only=False); "
                f"torch.save(model.state_dict(), 'state.pt')"
            ) from error
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise CheckpointError(f"{path}: not a sound torch file ({reason}); download it again") from error


def _numpy_scalar_types() -> list[Any]:
    scalar = np.float64(0).__reduce__()[0]
    dtypes = {type(np.dtype(kind)) for kind in (np.float64, np.float32, np.int64, np.int32, np.bool_)}
    return [scalar, np.dtype, *dtypes]


def _find_state_dict(path: Path, content: Any, torch: Any) -> Mapping[str, Any]:
    found = content
    if isinstance(content, Mapping):
        found = next(
            (content[key] for key in _STATE_DICT_KEYS if isinstance(content.get(key), Mapping)), content
        )
    if isinstance(found, Mapping) and found:
        others = [key for key, value in found.items() if not isinstance(value, torch.Tensor)]
        if not others and all(isinstance(key, str) for key in found):
            return found
        inside = f"a dictionary with {', '.join(map(repr, others[:6]))}"
    else:
        inside = f"a {type(found).__name__}"
    raise CheckpointError(
        f"{path}: holds {inside}, expected a state dict, alone or under {' or '.join(_STATE_DICT_KEYS)}; "
        "save it with torch.save(model.state_dict(), FILE)"
    )


def _as_array(path: Path, name: str, tensor: Any, torch: Any) -> NDArray[Any]:
    if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_complex() or tensor.is_meta:
        raise CheckpointError(f"{path}: {name} is sparse, quantized or complex; expected a plain tensor")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise CheckpointError(f"{path}: {name} claims shape {list(tensor.shape)}, more than the file holds")
    if not tensor.is_floating_point():
        return tensor.numpy()
    if tensor.dtype not in (torch.float32, torch.float16, torch.bfloat16):
        raise CheckpointError(
            f"{path}: {name} is {tensor.dtype}; expected float32, float16 or bfloat16: save the model in one"
        )
    return tensor.to(torch.float32).numpy()
