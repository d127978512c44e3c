"""The names of a checkpoint's tensors in today's dialect, whichever framework trained and wrapped it."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray

from litebert import CheckpointError

Tensors: TypeAlias = "dict[str, NDArray[Any]]"

_WRAPPERS = ("module.", "_orig_mod.")  # DistributedDataParallel, torch.compile
_DIALECT = {".gamma": ".weight", ".beta": ".bias"}  # of TensorFlow's BERT, in older conversions


def modern_names(tensors: Tensors) -> Tensors:
    """The tensors by today's names.

    Raises:
        CheckpointError: a tensor stands there in two dialects.
    """
    renamed: Tensors = {}
    wrappers = [wrapper for wrapper in _WRAPPERS if all(name.startswith(wrapper) for name in tensors)]
    for old, values in tensors.items():
        name = old.removeprefix(wrappers[0]) if wrappers else old
        for suffix, modern in _DIALECT.items():
            if name.endswith(suffix):
                name = name.removesuffix(suffix) + modern
        if name in renamed:
            raise CheckpointError(f"the checkpoint holds {name} in two dialects; keep one of them")
        renamed[name] = values
    return renamed
