"""The spec of a student: slots for tensors, and the blocks that use them.

A spec holds no arrays. A family writes one from a checkpoint's config; `binding.bind` fills its slots;
the blocks' `build` methods, written once over the `Ops` protocol, turn it into numbers or graphs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from litebert.outputs import Output
from litebert_exporter.mask import Mask
from litebert_exporter.slots import Norm
from litebert_exporter.targets.ops import Ops

V = TypeVar("V")


class Embeddings(Protocol):
    """Ids to the first hidden states; `uses_token_types` says whether token_type_ids are read.

    The first of its slots is the word table, with a row per id.
    """

    @property
    def uses_token_types(self) -> bool:
        """Whether the graph has the input token_type_ids."""

    @property
    def positions(self) -> int:
        """How many positions the checkpoint has."""

    @property
    def rows(self) -> int:
        """How many ids the checkpoint has."""

    @property
    def width(self) -> int:
        """Size of a hidden state."""

    def build(self, ops: Ops[V], inputs: Mapping[str, V]) -> V:
        """Hidden states [batch, tokens, width] of the graph's inputs [batch, tokens] by name.

        These are input_ids, attention_mask and, where `uses_token_types`, token_type_ids.
        """


class Layer(Protocol):
    """One layer of an encoder."""

    @property
    def reads(self) -> int:
        """How many hidden states it reads: those before it, those before the layer before it, and so on."""

    def build(self, ops: Ops[V], states: tuple[V, ...], mask: Mask[V]) -> V:
        """Hidden states [batch, tokens, width] of as many as it reads, the newest last.

        To the first layers, before which there are fewer, those of the embeddings are given again.
        """


class Head(Protocol):
    """Hidden states to an answer."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Its outputs, each of another name."""

    def build(self, ops: Ops[V], hidden: V, mask: Mask[V]) -> Mapping[str, V]:
        """Its outputs by name, of hidden states [batch, tokens, width]."""


@dataclass(frozen=True)
class Exit:
    """A head behind a layer before the last, counted from 0, that may answer in its stead."""

    layer: int
    head: Head


@dataclass(frozen=True)
class Encoder:
    """A network without heads: ids to the hidden states behind its last layer.

    Attributes:
        family: its family's name.
        embeddings: ids to the first hidden states.
        layers: in running order.
        final_norm: of the states behind the last layer, for layers that begin with their norms; early heads
            read the states before it.
    """

    family: str
    embeddings: Embeddings
    layers: tuple[Layer, ...]
    final_norm: Norm | None = None

    def with_heads(self, head: Head, exits: tuple[Exit, ...] = (), exit_rule: str | None = None) -> Student:
        """The student that this encoder becomes with heads; for the arguments see `Student`."""
        return Student(self.family, self.embeddings, self.layers, head, exits, exit_rule, self.final_norm)


@dataclass(frozen=True)
class Student:
    """A whole network, ready to be cut into segments.

    Attributes:
        family: its family's name.
        embeddings: ids to the first hidden states.
        layers: in running order.
        head: answers behind the last layer.
        exits: early heads in the order of their layers.
        exit_rule: which of `litebert.exit_rules.RULES` says whether an early head answers; None without any.
        final_norm: as in `Encoder`.
    """

    family: str
    embeddings: Embeddings
    layers: tuple[Layer, ...]
    head: Head
    exits: tuple[Exit, ...] = ()
    exit_rule: str | None = None
    final_norm: Norm | None = None
