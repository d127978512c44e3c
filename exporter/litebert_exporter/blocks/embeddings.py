"""Word, position and token-type embeddings, summed and normalized (Devlin et al. 2019, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
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

    def build(self, ops: Ops[V], inputs: Mapping[str, V]) -> V:
        """Hidden states [batch, tokens, width] of the graph's inputs [batch, tokens] by name."""
        hidden = ops.gather_words(self.word, inputs["input_ids"])
        hidden = ops.binary("add", hidden, ops.position_rows(self.position, inputs["input_ids"]))
        if self.token_type is not None:
            types = (
                ops.gather_rows(self.token_type, inputs["token_type_ids"])
                if self.uses_token_types
                else ops.first_row(self.token_type)
            )
            hidden = ops.binary("add", hidden, types)
        return ops.layer_norm(hidden, self.norm)
