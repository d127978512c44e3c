"""Special tokens, and tokens that were added to a vocabulary for fine-tuning and stand outside its file.

Read: huggingface/transformers, tokenization_utils_base.py (PreTrainedTokenizerBase._from_pretrained).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from tokenizers import AddedToken

from litebert import CheckpointError
from litebert_exporter.files import read_json

Names: TypeAlias = "Mapping[str, str]"

CONFIG = "tokenizer_config.json"
BERT_NAMES: Names = {"unk": "[UNK]", "pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
_FILE = "added_tokens.json"
_FLAGS = ("lstrip", "rstrip", "single_word", "normalized", "special")


def special_tokens(config: Mapping[str, Any], defaults: Names) -> dict[str, str]:
    """`unk`, `pad` ... to the token; `defaults` where tokenizer_config.json is silent."""
    names = {}
    for key, default in defaults.items():
        value = config.get(f"{key}_token")
        content = value.get("content") if isinstance(value, dict) else value
        if value is not None and (not isinstance(content, str) or not content):
            raise CheckpointError(f"{CONFIG}: {key}_token is {value!r:.60}, expected a token; correct it")
        names[key] = content or default
    return names


def read_added_tokens(
    folder: Path, config: Mapping[str, Any], vocabulary_tokens: int
) -> dict[int, AddedToken]:
    """The added tokens by id.

    Args:
        folder: where added_tokens.json may lie.
        config: tokenizer_config.json; its added_tokens_decoder has the last word on a token.
        vocabulary_tokens: tokens of the vocabulary; special tokens without an id anywhere follow behind them.

    Raises:
        CheckpointError: an entry is not of the expected form.
    """
    listed = config.get("additional_special_tokens") or []
    if not isinstance(listed, list):
        raise CheckpointError(
            f"{CONFIG}: additional_special_tokens is {listed!r:.60}, expected a list; correct it"
        )
    specials = dict.fromkeys(_special(entry) for entry in listed)
    path = folder / _FILE
    tokens = {}
    for content, index in (read_json(path) if path.is_file() else {}).items():
        if not _is_token(content):
            raise CheckpointError(f"{_FILE}: {content!r:.60} is no token; correct it")
        tokens[_index(_FILE, index)] = AddedToken(
            content, special=content in specials, normalized=content not in specials
        )
    decoder = config.get("added_tokens_decoder") or {}
    if not isinstance(decoder, dict):
        raise CheckpointError(
            f"{CONFIG}: added_tokens_decoder is {decoder!r:.60}, expected a table; correct it"
        )
    for index, entry in decoder.items():
        tokens[_index(CONFIG, index)] = _token(entry)
    known = {token.content for token in tokens.values()}
    missing = [content for content in specials if content not in known]
    for index, content in enumerate(missing, start=max([vocabulary_tokens - 1, *tokens]) + 1):
        tokens[index] = AddedToken(content, special=True, normalized=False)
    return tokens


def _is_token(content: Any) -> bool:
    """Whether it is text, without halves of characters, and not empty."""
    return isinstance(content, str) and re.fullmatch("[^\\ud800-\\udfff]+", content) is not None


def _index(file: str, index: Any) -> int:
    if re.fullmatch(r"[0-9]{1,9}", str(index)) is None:
        raise CheckpointError(f"{file}: {index!r:.60} is not an id; correct it")
    return int(index)


def _special(entry: Any) -> str:
    content: Any = entry.get("content") if isinstance(entry, dict) else entry
    if not _is_token(content):
        raise CheckpointError(f"{CONFIG}: {entry!r:.60} in additional_special_tokens is no token; correct it")
    return content


def _token(entry: Any) -> AddedToken:
    if not isinstance(entry, dict) or not _is_token(entry.get("content")):
        raise CheckpointError(f"{CONFIG}: {entry!r:.60} in added_tokens_decoder is no token; correct it")
    lstrip, rstrip, single_word, normalized, special = (bool(entry.get(flag, False)) for flag in _FLAGS)
    return AddedToken(
        entry["content"],
        lstrip=lstrip,
        rstrip=rstrip,
        single_word=single_word,
        normalized=normalized,
        special=special,
    )
