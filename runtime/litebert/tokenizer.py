"""Text to token ids, as the checkpoint's own tokenizer has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from litebert.errors import ArtifactError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Text: TypeAlias = "str | tuple[str, str]"

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Encoding:
    """One text or pair as ids; `type_ids` are 0 for the first text, 1 for the second."""

    input_ids: tuple[int, ...]
    type_ids: tuple[int, ...]
    truncated: bool = False


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of an artifact; truncation and special tokens stand in the file.

    Raises:
        ArtifactError: the file is not a tokenizer.
    """
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:
        raise ArtifactError(f"{path}: not a tokenizer ({error}); export the model again") from error


def encode(tokenizer: Tokenizer, text: Text) -> Encoding:
    """The ids of a text or pair, special tokens included, cut to the tokenizer's limit."""
    first, second = (text, None) if isinstance(text, str) else text
    encoding = tokenizer.encode(_well_formed(first), None if second is None else _well_formed(second))
    return Encoding(tuple(encoding.ids), tuple(encoding.type_ids), bool(encoding.overflowing))


def _well_formed(text: str) -> str:
    """The text with surrogate pairs joined and unpaired surrogates as U+FFFD."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
