"""Patterns of a tokenizer.json: a pattern whose matching may take forever is refused before it is used.

The library matches by backtracking: it tries every length of a repetition, as long as what follows can fail.
So `(a+)+b` takes 2^n steps on n letters, and `a+b` n² of them. A pattern passes where no such choice is left:
nothing that can fail follows a repetition without an end. This holds for the patterns of known encoders.

Read: kkos/oniguruma, doc/RE; huggingface/tokenizers, src/utils/onig.rs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

_MOST_WAYS = 10_000
_MOST_DEPTH = 20
# GPT-2's: all spaces but the last. One step back is enough, which the rule below cannot know.
_ONE_STEP = (r"\s+(?!\S)", r"\s+")
_ANCHOR = re.compile(r"\^|\$|\\[bBAzZ]")
_CHARACTER = re.compile(
    r"\\(?:[sSwWdDhHnrtfvae]|[pP]\{\^?\w+\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^\w\s])|[^\\\[\](){}|*+?^$]",
    re.ASCII,
)
_OPENING = re.compile(r"\((?:\?(:|i:|=|!|<=|<!)|(?!\?))")
_REPETITION = re.compile(r"([*+?])\??|\{(\d{1,3})(?:(,)(\d{0,3}))?\}")


@dataclass(frozen=True)
class _Piece:
    """A piece of a pattern.

    Attributes:
        empty: whether it matches the empty text.
        fails: whether it may fail.
        ways: the number of ways to match at one place, where something behind it may fail.
        last_ways: the same number where nothing behind it may fail.
    """

    empty: bool
    fails: bool
    ways: float = 1
    last_ways: float = 1


_CHAR, _PLACE = _Piece(empty=False, fails=True), _Piece(empty=True, fails=True)


def matches_empty(pattern: str) -> bool:
    """Whether a pattern matches the empty text, which is at every place of a text.

    Raises:
        ValueError: its matching may take forever, or a part of it is not known here.
    """
    pattern = pattern.replace(*_ONE_STEP)
    piece, end = _alternatives(pattern, 0, 0)
    if end < len(pattern):
        raise ValueError(f"the pattern {pattern!r:.80} has a bracket that nothing opened")
    if piece.last_ways > _MOST_WAYS:
        raise ValueError(
            f"the pattern {pattern!r:.80} may take forever: something that can fail follows a repetition"
        )
    return piece.empty


def _alternatives(pattern: str, at: int, depth: int) -> tuple[_Piece, int]:
    """The piece that starts at a place, up to its closing bracket or the end; and the place of that."""
    if depth > _MOST_DEPTH:
        raise ValueError(f"the pattern {pattern!r:.80} has more than {_MOST_DEPTH} brackets in one another")
    choices: list[list[_Piece]] = [[]]
    while at < len(pattern) and pattern[at] != ")":
        if pattern[at] == "|":
            choices.append([])
            at += 1
        else:
            piece, at = _piece(pattern, at, depth)
            piece, at = _repeated(pattern, at, piece)
            choices[-1].append(piece)
    rows = [_row(each) for each in choices]
    return _Piece(
        empty=any(row.empty for row in rows),
        fails=any(row.fails for row in rows),
        ways=sum(row.ways for row in rows),
        last_ways=sum(row.last_ways for row in rows),
    ), at


def _piece(pattern: str, at: int, depth: int) -> tuple[_Piece, int]:
    if found := _OPENING.match(pattern, at):
        inner, end = _alternatives(pattern, found.end(), depth + 1)
        if pattern[end : end + 1] != ")":
            raise ValueError(f"the pattern {pattern!r:.80} has a bracket that nothing closes")
        if found.group(1) not in (None, ":", "i:"):  # it looks around
            inner = _Piece(empty=True, fails=True, ways=inner.ways, last_ways=inner.ways)
        return inner, end + 1
    if found := _ANCHOR.match(pattern, at):
        return _PLACE, found.end()
    if pattern[at] == "[":
        return _CHAR, _class_end(pattern, at)
    if found := _CHARACTER.match(pattern, at):
        return _CHAR, found.end()
    raise ValueError(f"the pattern {pattern!r:.80} has {pattern[at : at + 4]!r}, which is not known here")


def _class_end(pattern: str, at: int) -> int:
    """The place behind the set of characters that starts at a place."""
    depth = 0
    while at < len(pattern):
        if pattern[at] == "[":
            depth += 1
            at += pattern[at + 1 : at + 2] == "^"
            if pattern[at + 1 : at + 2] == "]":
                break
        elif pattern[at] == "]":
            depth -= 1
            if not depth:
                return at + 1
        at += 2 if pattern[at] == "\\" else 1
    raise ValueError(f"the pattern {pattern!r:.80} has a set that nothing closes")


def _repeated(pattern: str, at: int, piece: _Piece) -> tuple[_Piece, int]:
    found = _REPETITION.match(pattern, at)
    if found is None:
        return piece, at
    sign, low, comma, high = found.groups()
    least = int(low) if low else int(sign == "+")
    most = 1 if sign == "?" else inf if sign or (comma and not high) else int(high or low)
    if _REPETITION.match(pattern, found.end()) or (most > 1 and piece is not _CHAR):
        raise ValueError(f"the pattern {pattern!r:.80} repeats more than a character")
    ways = piece.ways + 1 if most == 1 else most - least + 1
    return _Piece(
        empty=piece.empty or not least,
        fails=piece.fails and bool(least),
        ways=ways,
        last_ways=piece.last_ways + 1 if most == 1 else 1,
    ), found.end()


def _row(pieces: Sequence[_Piece]) -> _Piece:
    """A row of pieces as one piece."""
    ways = last_ways = 1.0
    fails = False
    for piece in reversed(pieces):
        last_ways *= piece.ways if fails else piece.last_ways
        ways *= piece.ways
        fails = fails or piece.fails
    return _Piece(all(piece.empty for piece in pieces), fails, ways, last_ways)
