"""Texts that run in one call of an engine: of equal length, so that no row is padded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from litebert.tokenizer import Encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray


def equal_lengths(encodings: Sequence[Encoding], most_tokens: int) -> Iterator[list[int]]:
    """The numbers of the texts that run together: no more tokens in all than that, or a single text."""
    groups: dict[int, list[int]] = defaultdict(list)
    for row, encoding in enumerate(encodings):
        groups[len(encoding.input_ids)].append(row)
    for tokens, rows in groups.items():
        step = max(1, most_tokens // max(1, tokens))
        for start in range(0, len(rows), step):
            yield rows[start : start + step]


def feeds(encodings: Sequence[Encoding]) -> dict[str, NDArray[np.int32]]:
    """The graph's inputs [rows, tokens] for rows of equal length."""
    input_ids = np.array([encoding.input_ids for encoding in encodings], np.int32)
    type_ids = np.array([encoding.type_ids for encoding in encodings], np.int32)
    return {"input_ids": input_ids, "attention_mask": np.ones_like(input_ids), "token_type_ids": type_ids}
