"""From text to token ids, by the checkpoint's own tokenizer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from litebert.cuts import Cuts, find_cuts
from litebert.errors import ArtifactError, InputError, MissingExtraError, first_line, raised_as
from litebert.growth import check_growth
from litebert.strict_json import parse_json
from litebert.tokenizer_check import Part, file_problems, part_problems, token_problems

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Text: TypeAlias = str | tuple[str, str]

# The ways to cut two texts: the longer one first; both joined, at the end; or the model takes no pairs.
LONGEST_FIRST, JOINED, NO_PAIRS = "longest-first", "joined", "none"
PAIRS = (LONGEST_FIRST, JOINED, NO_PAIRS)

_CURE = "export the model again"
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Encoding:
    """The ids of one text or pair; `type_ids` are 0 for the first text, 1 for the second."""

    input_ids: tuple[int, ...]
    type_ids: tuple[int, ...]
    truncated: bool = False


@dataclass(frozen=True, eq=False)
class TextTokenizer:
    """A tokenizer that cuts long text itself.

    The library would also encode every piece that is cut off, and for a pair every two of them: two texts of
    100 kB took minutes and gigabytes.

    Attributes:
        path: its file, for errors.
        tokenizer: the library's tokenizer, with truncation off.
        cuts: the places where a long text is cut before it is tokenized.
        max_tokens: the longest encoding, special tokens included.
        keeps_end: whether a long text loses its beginning instead of its end.
        joined: whether special tokens and texts are put together first and then cut at the end.
        single: the parts of an encoding of one text.
        pair: the parts of an encoding of two texts; None where the model takes no pairs.
    """

    path: Path
    tokenizer: Tokenizer
    cuts: Cuts
    max_tokens: int
    keeps_end: bool
    joined: bool
    single: tuple[Part, ...]
    pair: tuple[Part, ...] | None

    def encode(self, text: Text) -> Encoding:
        """The ids of a text or pair, special tokens included, cut to the limit.

        Raises:
            InputError: it is a pair, and the model takes none; or it is too long for the memory.
            ArtifactError: the tokenizers library fails.
        """
        parts, texts = (self.single, (text,)) if isinstance(text, str) else (self.pair, text)
        if parts is None:
            raise InputError(f"input is a pair {text!r:.60}; this model takes single texts only: give a str")
        room = self.max_tokens - sum(part.text is None for part in parts)
        ids = [self._ids(each, room) for each in texts]
        kept = ids if self.joined else self._cut(texts, ids, room)
        input_ids: list[int] = []
        type_ids: list[int] = []
        for part in parts:
            piece = [part.special_id] if part.text is None else kept[part.text]
            input_ids += piece
            type_ids += [part.type_id] * len(piece)
        truncated = len(input_ids) > self.max_tokens or any(map(int.__lt__, map(len, kept), map(len, ids)))
        return Encoding(tuple(input_ids[: self.max_tokens]), tuple(type_ids[: self.max_tokens]), truncated)

    def _cut(self, texts: Sequence[str], ids: Sequence[list[int]], room: int) -> list[list[int]]:
        """The ids of each text that are kept, the longer text cut first."""
        found = [len(each) for each in ids]
        if len(ids) == 2 and room % 2 and min(found) > room:  # the longer one gets the odd token
            found = [self._count(each) for each in texts]
        return [
            each[len(each) - length :] if self.keeps_end else each[:length]
            for each, length in zip(ids, _cut_lengths(found, room), strict=True)
        ]

    def _ids(self, text: str, room: int) -> list[int]:
        """The ids of a text, or more than `room` of them, from the end that is kept."""
        ids: list[int] = []
        for piece in self._pieces(text):
            ids = piece + ids if self.keeps_end else ids + piece
            if len(ids) > room:
                break
        return ids

    def _count(self, text: str) -> int:
        """The number of ids of a text."""
        return sum(map(len, self._pieces(text)))

    def _pieces(self, text: str) -> Iterator[list[int]]:
        for piece in self.cuts.pieces(well_formed(text), self.keeps_end):
            with raised_as(ArtifactError, f"{self.path}: the tokenizers library fails with it", _CURE):
                ids: list[int] = self.tokenizer.encode(piece, add_special_tokens=False).ids
            yield ids


def load_tokenizer(path: Path, pairs: str = LONGEST_FIRST) -> TextTokenizer:
    """The tokenizer in a file; see `parse_tokenizer`."""
    return parse_tokenizer(path.read_bytes(), path, pairs)


def parse_tokenizer(content: bytes, path: Path, pairs: str, ids: int | None = None) -> TextTokenizer:
    """The tokenizer in the content of a tokenizer.json, with truncation and special tokens.

    Args:
        content: the file's content.
        path: the file's path, for errors.
        pairs: the way to cut two texts, one of `PAIRS`.
        ids: the number of ids that the model takes; None where it is not known.

    Raises:
        ArtifactError: the content is not a tokenizer, or asks for something that we do not do.
        MissingExtraError: the tokenizers library is not installed, or its installation is broken.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError(
            f"tokenizers cannot be imported ({first_line(error)}); install it with pip install tokenizers"
        ) from error
    with raised_as(ArtifactError, f"{path}: not a tokenizer", _CURE):
        body, text = parse_json(path, content), content.decode("utf-8")
        growth = check_growth(body)  # before the library reads it: that normalizes the added tokens
        _check(path, file_problems(body, ids))
        tokenizer = Tokenizer.from_str(text)
        cuts = find_cuts(body, growth, tokenizer)
        _check(path, token_problems(body, tokenizer))
        limit: dict[str, Any] = tokenizer.truncation or {}
        tokenizer.no_truncation()
        single, pair = _parts(tokenizer.encode("a")), _parts(tokenizer.encode("a", "a"))
        _check(path, part_problems(single, 1, limit["max_length"], ids))
        if pairs != NO_PAIRS:
            _check(path, part_problems(pair, 2, limit["max_length"], ids))
    return TextTokenizer(
        path=path,
        tokenizer=tokenizer,
        cuts=cuts,
        max_tokens=limit["max_length"],
        keeps_end=limit["direction"] == "left",
        joined=pairs == JOINED,
        single=single,
        pair=None if pairs == NO_PAIRS else pair,
    )


def _check(path: Path, problems: Sequence[str]) -> None:
    if problems:
        raise ArtifactError(f"{path}: {'; '.join(problems)}; {_CURE}")


def _parts(probe: Any) -> tuple[Part, ...]:
    """The parts of an encoding, read off an example."""
    parts: list[Part] = []
    for token_id, type_id, text in zip(probe.ids, probe.type_ids, probe.sequence_ids, strict=True):
        part = Part(type_id, token_id) if text is None else Part(type_id, text=text)
        if text is None or part not in parts:
            parts.append(part)
    return tuple(parts)


def _cut_lengths(lengths: list[int], room: int) -> list[int]:
    """The number of ids of each text that are kept, the longer text cut first.

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


def well_formed(text: str) -> str:
    """The text with surrogate pairs joined and unpaired surrogates as U+FFFD."""
    text = str.__str__(text)  # a subclass's own characters, past its methods
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
