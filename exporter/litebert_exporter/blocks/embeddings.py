"""Word, position and token-type embeddings, summed and normalized (Devlin et al. 2019, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from litebert_exporter.ops import Ops
from litebert_exporter.slots import Linear, Norm, Slot

V = TypeVar("V")


@dataclass(frozen=True)
class BertEmbeddings:
    """Tables word [rows, size], position [positions, size] and token_type [types, size] or None.

    Their size is the width of the hidden states, unless a projection follows the norm. With a padding_id,
    positions are RoBERTa's: the n-th id that is no padding gets row padding_id + n, and every padding gets
    row padding_id.
    """

    word: Slot
    position: Slot
    token_type: Slot | None
    norm: Norm
    projection: Linear | None = None
    padding_id: int | None = None

    @property
    def uses_token_types(self) -> bool:
        """Whether the graph has the input token_type_ids; a single type needs none."""
        return self.token_type is not None and self.token_type.shape[0] > 1

    @property
    def positions(self) -> int:
        """The number of tokens that have a position."""
        return self.position.shape[0] - (0 if self.padding_id is None else self.padding_id + 1)

    @property
    def rows(self) -> int:
        """Rows of the word table."""
        return self.word.shape[0]

    @property
    def width(self) -> int:
        """Size of a hidden state."""
        return self.word.shape[1] if self.projection is None else self.projection.weight.shape[0]

    def build(self, ops: Ops[V], inputs: Mapping[str, V]) -> V:
        """Hidden states [batch, tokens, width] from the graph's inputs [batch, tokens] by name."""
        ids = inputs["input_ids"]
        positions = (
            ops.position_rows(self.position, ids)
            if self.padding_id is None
            else ops.counted_rows(self.position, ids, self.padding_id)
        )
        hidden = ops.binary("add", ops.gather_words(self.word, ids), positions)
        if self.token_type is not None:
            hidden = ops.binary("add", hidden, type_rows(ops, self.token_type, inputs))
        hidden = ops.layer_norm(hidden, self.norm)
        return hidden if self.projection is None else ops.linear(hidden, self.projection)


def type_rows(ops: Ops[V], table: Slot, inputs: Mapping[str, V]) -> V:
    """The rows of a table [types, size] to add to tokens; a single type needs no input of types."""
    if table.shape[0] > 1:
        return ops.gather_rows(table, inputs["token_type_ids"])
    return ops.first_row(table)
