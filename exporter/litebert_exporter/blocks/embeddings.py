"""Word, position and token-type embeddings, summed and normalized (Devlin et al. 2019, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from litebert_exporter.slots import Norm, Slot
from litebert_exporter.targets.ops import Ops

V = TypeVar("V")


@dataclass(frozen=True)
class BertEmbeddings:
    """Tables word [vocabulary, width], position [positions, width] and token_type [types, width] or None."""

    word: Slot
    position: Slot
    token_type: Slot | None
    norm: Norm

    @property
    def uses_token_types(self) -> bool:
        """Whether the graph has the input token_type_ids: with a single type there is nothing to tell."""
        return self.token_type is not None and self.token_type.shape[0] > 1

    @property
    def positions(self) -> int:
        """Rows of the position table."""
        return self.position.shape[0]

    @property
    def vocabulary(self) -> int:
        """Rows of the word table."""
        return self.word.shape[0]

    @property
    def width(self) -> int:
        """Size of a hidden state."""
        return self.word.shape[1]

    def build(self, ops: Ops[V], input_ids: V, token_type_ids: V | None) -> V:
        """Hidden states [batch, tokens, width] of ids [batch, tokens]."""
        hidden = ops.gather_words(self.word, input_ids)
        hidden = ops.binary("add", hidden, ops.position_rows(self.position, input_ids))
        if self.token_type is not None:
            types = (
                ops.first_row(self.token_type)
                if token_type_ids is None
                else ops.gather_rows(self.token_type, token_type_ids)
            )
            hidden = ops.binary("add", hidden, types)
        return ops.layer_norm(hidden, self.norm)
