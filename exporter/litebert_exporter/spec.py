"""What a student is made of: slots for tensors, and the blocks that use them.

A spec holds no arrays. A family writes one from a checkpoint's config; `weights.bind` fills its slots;
the blocks' `build` methods, written once over the `Ops` protocol, turn it into numbers or graphs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

from litebert_exporter.targets.ops import Ops

V = TypeVar("V")


@dataclass(frozen=True)
class Slot:
    """The place of one tensor: its name in the checkpoint and its shape."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Linear:
    """y = x · weightᵀ + bias, weight [outputs, inputs], bias [outputs].

    `exact` keeps it in float whatever the recipe: too small to matter, too near the answer.
    """

    weight: Slot
    bias: Slot
    exact: bool = False


@dataclass(frozen=True)
class Norm:
    """Layer normalization over the last axis: gamma, beta [width] and the epsilon under the root."""

    gamma: Slot
    beta: Slot
    epsilon: float


def linear(name: str, outputs: int, inputs: int, exact: bool = False) -> Linear:
    """A Linear whose tensors are called `name.weight` and `name.bias`."""
    return Linear(Slot(f"{name}.weight", (outputs, inputs)), Slot(f"{name}.bias", (outputs,)), exact)


def norm(name: str, width: int, epsilon: float) -> Norm:
    """A Norm whose tensors are called `name.weight` and `name.bias`."""
    return Norm(Slot(f"{name}.weight", (width,)), Slot(f"{name}.bias", (width,)), epsilon)


class Embeddings(Protocol):
    """Ids to the first hidden states; `uses_token_types` says whether token_type_ids are read."""

    @property
    def uses_token_types(self) -> bool:
        """Whether the graph has the input token_type_ids."""

    @property
    def positions(self) -> int:
        """How many positions the checkpoint has."""

    @property
    def vocabulary(self) -> int:
        """How many ids the checkpoint has."""

    def build(self, ops: Ops[V], input_ids: V, token_type_ids: V | None) -> V:
        """Hidden states [batch, tokens, width] of ids [batch, tokens]."""


class Layer(Protocol):
    """One layer of an encoder."""

    def build(self, ops: Ops[V], hidden: V, padding: V) -> V:
        """Hidden states [batch, tokens, width] of hidden states; padding [batch, 1, 1, tokens]."""


class Head(Protocol):
    """Hidden states to an answer."""

    @property
    def outputs(self) -> int:
        """How many logits it has."""

    def build(self, ops: Ops[V], hidden: V, padding: V) -> V:
        """Logits [batch, outputs] of hidden states [batch, tokens, width]."""


@dataclass(frozen=True)
class Student:
    """A whole network, ready to be cut into segments."""

    family: str
    embeddings: Embeddings
    layers: tuple[Layer, ...]
    head: Head


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
