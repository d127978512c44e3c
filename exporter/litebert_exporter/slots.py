"""Slots, the places for tensors in a spec, and the operators that hold them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

P = TypeVar("P")


@dataclass(frozen=True)
class Slot:
    """The place of one tensor: its name in the checkpoint and its shape."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Linear:
    """y = x · weightᵀ + bias, weight [outputs, inputs], bias [outputs] or None.

    `exact` keeps it in float under every recipe. It suits linears that are small, or near the answer.
    """

    weight: Slot
    bias: Slot | None
    exact: bool = False


@dataclass(frozen=True)
class Norm:
    """Normalization over the last axis: gamma [width], beta [width] or None, epsilon inside the root."""

    gamma: Slot
    beta: Slot | None
    epsilon: float


@dataclass(frozen=True)
class ScaleShift:
    """The norm without statistics, x · gamma + beta: gamma [width], beta [width] or None."""

    gamma: Slot
    beta: Slot | None


def linear(name: str, outputs: int, inputs: int, exact: bool = False) -> Linear:
    """A Linear whose tensors are called `name.weight` and `name.bias`."""
    return Linear(Slot(f"{name}.weight", (outputs, inputs)), Slot(f"{name}.bias", (outputs,)), exact)


def norm(name: str, width: int, epsilon: float) -> Norm:
    """A Norm whose tensors are called `name.weight` and `name.bias`."""
    return Norm(Slot(f"{name}.weight", (width,)), Slot(f"{name}.bias", (width,)), epsilon)


def scale_shift(name: str, width: int) -> ScaleShift:
    """A ScaleShift whose tensors are called `name.weight` and `name.bias`."""
    return ScaleShift(Slot(f"{name}.weight", (width,)), Slot(f"{name}.bias", (width,)))


def slots(part: object) -> Iterator[Slot]:
    """Every slot below a spec dataclass, in the order of its fields."""
    if isinstance(part, Slot):
        yield part
    elif isinstance(part, tuple):
        for item in part:
            yield from slots(item)
    elif dataclasses.is_dataclass(part):
        for field in dataclasses.fields(part):
            yield from slots(getattr(part, field.name))


def replaced(part: P, old: Slot, new: Slot) -> P:
    """The same spec with one slot exchanged at all its places."""
    changed: Any = part
    if part == old:
        changed = new
    elif isinstance(part, tuple):
        changed = tuple(replaced(item, old, new) for item in part)
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        fields = {field.name: getattr(part, field.name) for field in dataclasses.fields(part)}
        changed = dataclasses.replace(
            part, **{name: replaced(value, old, new) for name, value in fields.items()}
        )
    return changed
