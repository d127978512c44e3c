"""A spec's slots filled with a checkpoint's tensors, or one error that lists all that do not fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from litebert import CheckpointError
from litebert.errors import listed
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.leftovers import belongs_to_no_layer
from litebert_exporter.slots import slots
from litebert_exporter.spec import Student

Weights: TypeAlias = "dict[str, NDArray[np.float32]]"

_NAMES_SHOWN = 24


def bind(student: Student, checkpoint: Checkpoint, ignored: Sequence[str]) -> Weights:
    """The array of every slot by name, in float32.

    Args:
        student: the spec.
        checkpoint: its tensors.
        ignored: regular expressions of names that may be left over. Tensors that `belongs_to_no_layer`
            recognises may be left over, too.

    Raises:
        CheckpointError: tensors are missing, misshapen, integer, not finite or left over; all are listed.
    """
    wanted = {slot.name: slot for slot in slots(student)}
    tensors = checkpoint.tensors
    left_over = [
        name
        for name, values in tensors.items()
        if name not in wanted
        and not any(re.fullmatch(pattern, name) for pattern in ignored)
        and not belongs_to_no_layer(name, values)
    ]
    present = {name: slot for name, slot in wanted.items() if name in tensors}
    misshaped = [
        f"{name} is {list(tensors[name].shape)}, expected {list(slot.shape)}"
        for name, slot in present.items()
        if tensors[name].shape != slot.shape
    ]
    integers = [name for name in present if tensors[name].dtype.kind in "biu"]
    weights = {
        name: tensors[name].astype(np.float32, copy=False)
        for name, slot in present.items()
        if tensors[name].shape == slot.shape and name not in integers
    }
    problems = [
        _listing("missing", [name for name in wanted if name not in tensors]),
        _listing("left over", sorted(left_over)),
        _listing("wrongly shaped", misshaped),
        _listing("of integers, not floats", integers),
        _listing("not finite", [name for name, values in weights.items() if not np.isfinite(values).all()]),
    ]
    found = [problem for problem in problems if problem]
    if found:
        own = ", or save the model without the tensors that it does not use" if found == [problems[1]] else ""
        raise CheckpointError(
            f"{checkpoint.path}: tensors do not fit {student.family} as config.json describes it: "
            f"{'; '.join(found)}; check that config and weights belong together{own}"
        )
    return weights


def _listing(fault: str, names: list[str]) -> str:
    if not names:
        return ""
    return f"{len(names)} {fault} ({listed(names, _NAMES_SHOWN)})"
