"""Writes the tables of code points that the Java tokenizers read, from the behaviour of `tokenizers`.

Run `.venv/bin/python android_demo/litebert/tables/write_tables.py` after another version of the library is
pinned. It takes about half a minute, needs that library alone, and replaces the files in `TABLES`.

Every number is a varint: seven bits a byte, the lowest first. A signed one is written as 0, 1, 2, 3 for
0, -1, 1, -2. The kinds of a file:
    classes: runs of code points, each its length and its number; 0 beyond the last run.
    sets: the same; a number has a bit for each set.
    maps: for each code point, how far it is from the last one, how many code points replace it, and each of
        them as the signed difference from the one before (the first: from what it replaces).
    compositions: for each pair, how far its first is from the last one's, its second, and the signed
        difference of the result from the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import graphemes
import primitives

TABLES = Path(__file__).parents[1] / "src/main/resources/dev/litebert/tokenizer"

SETS = (  # the order of their bits is that of CharTables.java
    primitives.bert_control,
    primitives.bert_space,
    primitives.chinese,
    primitives.nonspacing_mark,
    primitives.combining_mark,
    primitives.punctuation,
    primitives.white_space,
    primitives.regex_space,
    primitives.word,
    primitives.byte_level_letter,
    primitives.byte_level_number,
    primitives.byte_level_space,
)
CLASSES = {
    "combining_class": primitives.combining_class,
    "grapheme": graphemes.grapheme,
}
MAPS = {
    "lower": primitives.lower,
    "canonical": primitives.canonical,
    "compatible": primitives.compatible,
}


def tables() -> Iterator[tuple[str, bytes]]:
    """The name and content of every file."""
    bits = ([number << bit for number in ask()] for bit, ask in enumerate(SETS))
    yield "sets.table", _runs([*map(sum, zip(*bits, strict=True))])
    for name, ask in CLASSES.items():
        yield f"{name}.table", _runs(ask())
    for name, ask_map in MAPS.items():
        yield f"{name}.table", _map(ask_map())
    yield "composition.table", _compositions(primitives.composition())


def _runs(numbers: Sequence[int]) -> bytes:
    runs = [(len([*run]), number) for number, run in groupby(numbers)]
    if not runs[-1][1]:
        runs.pop()
    return b"".join(_varint(part) for run in runs for part in run)


def _map(mapping: Mapping[int, Sequence[int]]) -> bytes:
    content, last = [], 0
    for point, replacement in sorted(mapping.items()):
        content += [_varint(point - last), _varint(len(replacement))]
        last = before = point
        for each in replacement:
            content.append(_signed(each - before))
            before = each
    return b"".join(content)


def _compositions(pairs: Mapping[tuple[int, int], int]) -> bytes:
    content, last = [], 0
    for (first, second), result in sorted(pairs.items()):
        content += [_varint(first - last), _varint(second), _signed(result - first)]
        last = first
    return b"".join(content)


def _varint(number: int) -> bytes:
    parts = []
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def _signed(number: int) -> bytes:
    return _varint(2 * number if number >= 0 else -2 * number - 1)


if __name__ == "__main__":
    TABLES.mkdir(parents=True, exist_ok=True)
    for file, content in tables():
        (TABLES / file).write_bytes(content)
