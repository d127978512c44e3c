"""Tokens that were added to a vocabulary for fine-tuning, and stand outside vocab.txt.

Read: huggingface/transformers, tokenization_utils_base.py (PreTrainedTokenizerBase._from_pretrained).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenizers import AddedToken

from litebert import CheckpointError
from litebert_exporter.files import read_json

_FILE, _CONFIG = "added_tokens.json", "tokenizer_config.json"
_FLAGS = ("lstrip", "rstrip", "single_word", "normalized", "special")


def read_added_tokens(
    folder: Path, config: Mapping[str, Any], vocabulary_tokens: int
) -> dict[int, AddedToken]:
    """The added tokens by id.

    Args:
        folder: where added_tokens.json may lie.
        config: tokenizer_config.json; its added_tokens_decoder has the last word on a token.
        vocabulary_tokens: tokens of vocab.txt; special tokens that have no id anywhere follow behind them.

    Raises:
        CheckpointError: an entry is not of the expected form.
    """
    specials = [_special(entry) for entry in config.get("additional_special_tokens") or ()]
    path = folder / _FILE
    tokens = {}
    for content, index in (read_json(path) if path.is_file() else {}).items():
        tokens[_index(_FILE, index)] = AddedToken(
            content, special=content in specials, normalized=content not in specials
        )
    decoder = config.get("added_tokens_decoder") or {}
    if not isinstance(decoder, dict):
        raise CheckpointError(
            f"{_CONFIG}: added_tokens_decoder is {decoder!r:.60}, expected a table; correct it"
        )
    for index, entry in decoder.items():
        tokens[_index(_CONFIG, index)] = _token(entry)
    known = {token.content for token in tokens.values()}
    for content in specials:
        if content not in known:
            tokens[max([vocabulary_tokens - 1, *tokens]) + 1] = AddedToken(
                content, special=True, normalized=False
            )
    return tokens


def _index(file: str, index: Any) -> int:
    if not str(index).isdecimal():
        raise CheckpointError(f"{file}: {index!r:.60} is not an id; correct it")
    return int(index)


def _special(entry: Any) -> str:
    content = entry.get("content") if isinstance(entry, dict) else entry
    if not isinstance(content, str) or not content:
        raise CheckpointError(
            f"{_CONFIG}: {entry!r:.60} in additional_special_tokens is no token; correct it"
        )
    return content


def _token(entry: Any) -> AddedToken:
    if not isinstance(entry, dict) or not isinstance(entry.get("content"), str) or not entry["content"]:
        raise CheckpointError(f"{_CONFIG}: {entry!r:.60} in added_tokens_decoder is no token; correct it")
    lstrip, rstrip, single_word, normalized, special = (bool(entry.get(flag, False)) for flag in _FLAGS)
    return AddedToken(
        entry["content"],
        lstrip=lstrip,
        rstrip=rstrip,
        single_word=single_word,
        normalized=normalized,
        special=special,
    )
