"""Text to token ids, as the checkpoint's own tokenizer has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from litebert.errors import ArtifactError, InputError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Text: TypeAlias = "str | tuple[str, str]"

LONGEST_FIRST, JOINED, NO_PAIRS = "longest-first", "joined", "none"
PAIRS = (
    LONGEST_FIRST,
    JOINED,
    NO_PAIRS,
)  # how two texts are cut: the longer one first, or both joined, at the end

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Encoding:
    """One text or pair as ids; `type_ids` are 0 for the first text, 1 for the second."""

    input_ids: tuple[int, ...]
    type_ids: tuple[int, ...]
    truncated: bool = False


@dataclass(frozen=True)
class Part:
    """A stretch of an encoding: a special token, or a text (`text` 0 or 1) whose ids are not known yet."""

    type_id: int
    special_id: int = 0
    text: int | None = None


@dataclass(frozen=True)
class TextTokenizer:
    """A tokenizer that cuts long text itself.

    The library would also make an encoding of every piece that is cut off, and for a pair of every two of
    them: two texts of 100 kB took minutes and gigabytes.

    Attributes:
        tokenizer: its truncation is off.
        max_tokens: the longest encoding, special tokens included.
        keeps_end: whether text is cut from its beginning.
        joined: whether special tokens and texts are put together first and then cut at the end.
        single: what an encoding of one text consists of.
        pair: what an encoding of two texts consists of; None where the model takes no pairs.
    """

    tokenizer: Tokenizer
    max_tokens: int
    keeps_end: bool
    joined: bool
    single: tuple[Part, ...]
    pair: tuple[Part, ...] | None

    def encode(self, text: Text) -> Encoding:
        """The ids of a text or pair, special tokens included, cut to the limit.

        Raises:
            InputError: a pair, and the model takes none.
        """
        parts, texts = (self.single, (text,)) if isinstance(text, str) else (self.pair, text)
        if parts is None:
            raise InputError(f"input is a pair {text!r:.60}; this model takes single texts only: give a str")
        ids = [self.tokenizer.encode(_well_formed(each), add_special_tokens=False).ids for each in texts]
        kept = ids if self.joined else self._cut(ids, sum(part.text is None for part in parts))
        input_ids: list[int] = []
        type_ids: list[int] = []
        for part in parts:
            piece = [part.special_id] if part.text is None else kept[part.text]
            input_ids += piece
            type_ids += [part.type_id] * len(piece)
        truncated = len(input_ids) > self.max_tokens or any(map(int.__lt__, map(len, kept), map(len, ids)))
        return Encoding(tuple(input_ids[: self.max_tokens]), tuple(type_ids[: self.max_tokens]), truncated)

    def _cut(self, ids: list[list[int]], special_tokens: int) -> list[list[int]]:
        """What is kept of each text, the longer text cut first."""
        lengths = _cut_lengths([len(each) for each in ids], self.max_tokens - special_tokens)
        return [
            each[len(each) - length :] if self.keeps_end else each[:length]
            for each, length in zip(ids, lengths, strict=True)
        ]


def load_tokenizer(path: Path, pairs: str = LONGEST_FIRST) -> TextTokenizer:
    """The tokenizer of an artifact; truncation and special tokens are in the file.

    Args:
        path: the file.
        pairs: how two texts are cut, one of `PAIRS`.

    Raises:
        ArtifactError: the file is not a tokenizer, or says nothing of truncation.
    """
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
        limit = tokenizer.truncation or {}
        tokenizer.no_truncation()
        return TextTokenizer(
            tokenizer=tokenizer,
            max_tokens=limit["max_length"],
            keeps_end=limit["direction"] == "left",
            joined=pairs == JOINED,
            single=_parts(tokenizer.encode("a")),
            pair=None if pairs == NO_PAIRS else _parts(tokenizer.encode("a", "a")),
        )
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library raises bare Exceptions, and its panics are not even those
        raise ArtifactError(f"{path}: not a tokenizer ({error}); export the model again") from error


def _parts(probe: Any) -> tuple[Part, ...]:
    """What an encoding consists of, read off an example."""
    parts: list[Part] = []
    for token_id, type_id, text in zip(probe.ids, probe.type_ids, probe.sequence_ids, strict=True):
        part = Part(type_id, token_id) if text is None else Part(type_id, text=text)
        if text is None or part not in parts:
            parts.append(part)
    return tuple(parts)


def _cut_lengths(lengths: list[int], room: int) -> list[int]:
    """How much of each text is kept, the longer text cut first.

    Read: huggingface/tokenizers, src/utils/truncation.rs, TruncationStrategy::LongestFirst.
    """
    if sum(lengths) <= room:
        return lengths
    if len(lengths) == 1:
        return [room]
    short = min(lengths)
    long = room - short
    if short > long:
        short = room // 2
        long = room - short
    return [long, short] if lengths[0] > lengths[1] else [short, long]


def _well_formed(text: str) -> str:
    """The text with surrogate pairs joined and unpaired surrogates as U+FFFD."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
