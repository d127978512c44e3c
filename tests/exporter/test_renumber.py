"""A tokenizer with fewer tokens, where the library would not keep the new ids."""

from __future__ import annotations

import pytest
from tokenizers import AddedToken, Tokenizer, models

from litebert import CheckpointError
from litebert_exporter.text.renumber import with_tokens


def _tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]"))
    tokenizer.add_tokens([AddedToken("[E]")])
    return tokenizer


def test_the_place_of_an_id_is_its_new_id() -> None:
    assert with_tokens(_tokenizer(), (0, 2, 3)).get_vocab() == {"[UNK]": 0, "b": 1, "[E]": 2}


def test_ids_with_a_gap_before_an_added_token() -> None:
    """The library gives an added token the first free id, not the one that it is given."""
    with pytest.raises(CheckpointError, match="ids have gaps, so that it cannot be trimmed"):
        with_tokens(_tokenizer(), (0, 1, 7, 3))
