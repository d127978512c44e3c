"""Text to token ids, as the checkpoint's own tokenizer has it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from litebert.cuts import Cuts, find_cuts
from litebert.errors import ArtifactError, InputError
from litebert.growth import check_growth

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
        cuts: how a long text is cut before it is tokenized.
        max_tokens: the longest encoding, special tokens included.
        keeps_end: whether text is cut from its beginning.
        single: what an encoding of one text consists of.
        pair: what an encoding of two texts consists of; None where the model takes no pairs.
    """

    tokenizer: Tokenizer
    cuts: Cuts
    max_tokens: int
    keeps_end: bool
    single: tuple[Part, ...]
    pair: tuple[Part, ...] | None

    def encode(self, text: Text) -> Encoding:
        """The ids of a text or pair, special tokens included, cut to the limit.

        Raises:
            InputError: a pair, and the model takes none, or a text too long for the memory.
        """
        parts, texts = (self.single, (text,)) if isinstance(text, str) else (self.pair, text)
        if parts is None:
            raise InputError(f"input is a pair {text!r:.60}; this model takes single texts only: give a str")
        room = self.max_tokens - sum(part.text is None for part in parts)
        ids = [self._ids(each, room) for each in texts]
        found = [len(each) for each in ids]
        if len(ids) == 2 and room % 2 and min(found) > room:  # the longer one gets the odd token
            found = [self._count(each) for each in texts]
        lengths = _cut_lengths(found, room)
        kept = [
            each[len(each) - length :] if self.keeps_end else each[:length]
            for each, length in zip(ids, lengths, strict=True)
        ]
        input_ids: list[int] = []
        type_ids: list[int] = []
        for part in parts:
            piece = [part.special_id] if part.text is None else kept[part.text]
            input_ids += piece
            type_ids += [part.type_id] * len(piece)
        return Encoding(tuple(input_ids), tuple(type_ids), any(map(int.__lt__, lengths, found)))

    def _ids(self, text: str, room: int) -> list[int]:
        """The ids of a text, or more than `room` of them, from the end that is kept."""
        ids: list[int] = []
        for piece in self._pieces(text):
            ids = piece + ids if self.keeps_end else ids + piece
            if len(ids) > room:
                break
        return ids

    def _count(self, text: str) -> int:
        """How many ids a text has."""
        return sum(map(len, self._pieces(text)))

    def _pieces(self, text: str) -> Iterator[list[int]]:
        for piece in self.cuts.pieces(_well_formed(text), self.keeps_end):
            yield self.tokenizer.encode(piece, add_special_tokens=False).ids


def load_tokenizer(path: Path, pairs: bool = True) -> TextTokenizer:
    """The tokenizer of an artifact; truncation and special tokens stand in the file.

    Args:
        path: the file.
        pairs: whether the model takes pairs.

    Raises:
        ArtifactError: the file is not a tokenizer, or says nothing of truncation.
    """
    from tokenizers import Tokenizer

    try:
        text = path.read_text(encoding="utf-8")
        body = json.loads(text)
        growth = check_growth(body)
        tokenizer = Tokenizer.from_str(text)
        limit = tokenizer.truncation or {}
        tokenizer.no_truncation()
        return TextTokenizer(
            tokenizer=tokenizer,
            cuts=find_cuts(body, growth, tokenizer),
            max_tokens=limit["max_length"],
            keeps_end=limit["direction"] == "left",
            single=_parts(tokenizer.encode("a")),
            pair=_parts(tokenizer.encode("a", "a")) if pairs else None,
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
    text = str.__str__(text)  # of a subclass its characters, whatever its methods say
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
