"""A spec's slots and a checkpoint's tensors brought together, or everything that keeps them apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from litebert import CheckpointError
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.spec import Student, slots

Weights: TypeAlias = "dict[str, NDArray[np.float32]]"

_NAMES_SHOWN = 24


def bind(student: Student, checkpoint: Checkpoint, ignored: Sequence[str]) -> Weights:
    """The array of every slot by name.

    Args:
        student: the spec.
        checkpoint: its tensors.
        ignored: regular expressions of names that may be left over.

    Raises:
        CheckpointError: tensors are missing, wrongly shaped, not finite or left over; all are listed.
    """
    wanted = {slot.name: slot for slot in slots(student)}
    tensors = checkpoint.tensors
    left_over = [
        name
        for name in tensors
        if name not in wanted and not any(re.fullmatch(pattern, name) for pattern in ignored)
    ]
    present = [slot for slot in wanted.values() if slot.name in tensors]
    misshaped = [
        f"{slot.name} is {list(tensors[slot.name].shape)}, expected {list(slot.shape)}"
        for slot in present
        if tensors[slot.name].shape != slot.shape
    ]
    problems = [
        _listing("missing", [name for name in wanted if name not in tensors]),
        _listing("left over", sorted(left_over)),
        _listing("wrongly shaped", misshaped),
        _listing("not finite", [slot.name for slot in present if not _finite(tensors[slot.name])]),
    ]
    if any(problems):
        raise CheckpointError(
            f"{checkpoint.path}: tensors do not fit {student.family} as config.json describes it: "
            f"{'; '.join(filter(None, problems))}; check that config and weights belong together"
        )
    return {name: tensors[name] for name in wanted}


def _finite(values: NDArray[Any]) -> bool:
    return values.dtype == np.float32 and bool(np.isfinite(values).all())


def _listing(what: str, names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return f"{len(names)} {what} ({', '.join(names[:_NAMES_SHOWN])}{more})"
