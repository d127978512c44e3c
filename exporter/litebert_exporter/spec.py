"""The spec of a student: slots for tensors, and the blocks that use them.

A spec holds no arrays. A family writes it from a checkpoint's config, and `binding.bind` finds an array for
each of its slots. The blocks' `build` methods, written once over the `Ops` protocol, turn it into numbers or
graphs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from litebert.outputs import Output
from litebert_exporter.mask import Mask
from litebert_exporter.ops import Ops
from litebert_exporter.slots import Norm

V = TypeVar("V")


class TokenEmbeddings(Protocol):
    """The part that turns ids into the first hidden states.

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
        """The number of hidden states that it reads: the last n before it."""

    def build(self, ops: Ops[V], states: tuple[V, ...], mask: Mask[V]) -> V:
        """Hidden states [batch, tokens, width], from the `reads` last ones before it, the newest last.

        Where fewer are before it, the embeddings' state fills the missing places.
        """


class Head(Protocol):
    """The part that turns hidden states into named outputs."""

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Its outputs, no two of one name."""

    def build(self, ops: Ops[V], hidden: V, mask: Mask[V]) -> Mapping[str, V]:
        """Its outputs by name, from hidden states [batch, tokens, width]."""


@dataclass(frozen=True)
class EarlyExit:
    """An early head: it is behind a layer before the last, and may answer in the last one's place."""

    layer: int
    head: Head


@dataclass(frozen=True)
class Encoder:
    """A network without heads, from ids to the hidden states behind its last layer.

    Attributes:
        family: its family's name.
        embeddings: the part before the first layer.
        layers: in running order.
        final_norm: the norm of the states behind the last layer, for layers that begin with their norms.
            Early heads read states without it.
    """

    family: str
    embeddings: TokenEmbeddings
    layers: tuple[Layer, ...]
    final_norm: Norm | None = None

    def with_heads(
        self, head: Head, exits: tuple[EarlyExit, ...] = (), exit_rule: str | None = None
    ) -> Student:
        """The student of this encoder and these heads; for the arguments see `Student`."""
        return Student(self.family, self.embeddings, self.layers, head, exits, exit_rule, self.final_norm)


@dataclass(frozen=True)
class Student:
    """A whole network, ready to be cut into segments.

    Attributes:
        family: its family's name.
        embeddings: the part before the first layer.
        layers: in running order.
        head: the head behind the last layer.
        exits: early heads in the order of their layers.
        exit_rule: the rule, one of `litebert.exit_rules.RULES`, by which an early head answers; None without
            early heads.
        final_norm: as in `Encoder`.
    """

    family: str
    embeddings: TokenEmbeddings
    layers: tuple[Layer, ...]
    head: Head
    exits: tuple[EarlyExit, ...] = ()
    exit_rule: str | None = None
    final_norm: Norm | None = None
