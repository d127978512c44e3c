"""Texts that tell one tokenizer from another."""

from __future__ import annotations

import itertools
import random
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

_LAST = 0x110000
_BLOCK = 16
_JOINERS = "\u200c\u200d\u200b\u2060\ufeff\ufe0f\ufe0e\u00ad\u034f\u0640\u180e\U000e0061"
_HANGUL = "\u1100\u115f\u1160\u1161\u11a8\u11c3\ua960\ud7b0\ud7cb\uac00\uac01\u3131\uffa1\u302e"
_SPACES = "\r\n\t \u00a0\u2028\u3000\u0085\u000b\u001c\u1680\u200a\u205f"
_LETTERS = "aAzβΣςİiıſßÅÅøæéﬁ①ﷺ中国가が豈\u212b\u1e9e\u01c5\u0130\u0149\u1fb3\ufdfa"
_SIGNS = "'.,!-_#`~^$€«…▁<>[]09½٣\U0001f600\U0001f1e9\U0001f3fd\u20e3\ufffd\0\ue000\U000f0000\ufdd0\U0010ffff"
_CLITICS = (
    "'s",
    "'t",
    "'re",
    "'ve",
    "'m",
    "'ll",
    "'d",
    "'S",
    "  ",
    "\r\n",
    "``",
    "''",
    "##a",
    "▁▁",
    "<x>",
    "[SEP]",
)


def all_characters() -> Iterator[str]:
    """Every code point, between spaces and between letters, many in a text."""
    points = [chr(point) for point in range(_LAST) if not 0xD800 <= point < 0xE000]
    for start in range(0, len(points), _BLOCK):
        yield " ".join(f"{each} a{each}b" for each in points[start : start + _BLOCK])


def lone_characters() -> Iterator[str]:
    """Every assigned code point alone, at the start, at the end and twice; few of the others."""
    for point in range(_LAST):
        each = chr(point)
        category = unicodedata.category(each)
        if category not in ("Cn", "Co", "Cs") or (category != "Cs" and point % 97 == 0):
            yield from (each, f"{each}b", f"a{each}", each * 2)


def _marks() -> list[str]:
    """A mark of every combining class and kind, and those at the borders of rows of marks."""
    found: dict[tuple[int, str, str], str] = {}
    borders = []
    for point in range(_LAST):
        each = chr(point)
        category = unicodedata.category(each)
        if category.startswith("M"):
            shape = unicodedata.decomposition(each)
            found.setdefault((unicodedata.combining(each), category, shape[:1]), each)
            if not unicodedata.category(chr(point - 1)).startswith("M"):
                borders.append(each)
    return [*found.values(), *borders]


def alphabet() -> list[str]:
    """Pieces of texts that steps treat each in their own way."""
    marks = _marks()
    return [*dict.fromkeys([*marks, *_JOINERS, *_HANGUL, *_SPACES, *_LETTERS, *_SIGNS, *_CLITICS])]


def rows(draw: random.Random, triples: int) -> Iterator[str]:
    """All pairs of the alphabet's pieces, and some triples and longer rows."""
    pieces = alphabet()
    for first, second in itertools.product(pieces, repeat=2):
        yield f"{first}{second}"
    for _ in range(triples):
        yield "".join(draw.choices(pieces, k=3))
    for _ in range(triples):
        yield "".join(draw.choices(pieces, k=draw.randint(4, 12)))


def random_strings(draw: random.Random, number: int) -> Iterator[str]:
    """Strings of code points from a few ranges each, words and spaces among them."""
    ranges = [(0, 0x80), (0, 0x250), (0x300, 0x600), (0x900, 0x1200), (0x1100, 0x1200), (0x1E00, 0x2100)]
    ranges += [(0x2000, 0x3100), (0x3000, 0xA000), (0xA000, 0xD800), (0xE000, 0x10000), (0x10000, _LAST)]
    for _ in range(number):
        chosen = draw.choices(ranges, k=draw.randint(1, 3))
        parts = []
        for _ in range(draw.randint(1, 24)):
            low, high = draw.choice(chosen)
            parts.append(
                draw.choice((chr(draw.randrange(low, high)), chr(draw.randrange(low, high)), " ", "a"))
            )
        yield "".join(each for each in parts if not "\ud800" <= each < "\ue000")


def added_texts(draw: random.Random, contents: Sequence[str], number: int) -> Iterator[str]:
    """Texts with added tokens among words, spaces and marks."""
    between = [
        *contents,
        *contents,
        " ",
        "  ",
        "a",
        "film",
        "FILM",
        "_",
        "-",
        "\u0301",
        "中",
        "\n",
        "é",
        ".",
        "5",
        "\u200d",
    ]
    for _ in range(number):
        yield "".join(draw.choices(between, k=draw.randint(1, 9)))


def pairs(draw: random.Random, texts: Sequence[str], number: int) -> Iterator[tuple[str, str]]:
    """Pairs of texts, each from empty to far too long."""
    for _ in range(number):
        first, second = (" ".join(draw.choices(texts, k=draw.choice((0, 1, 1, 2, 5, 20)))) for _ in "ab")
        yield first, second


def long_texts(draw: random.Random, texts: Sequence[str], number: int) -> Iterator[str]:
    """Texts that are cut into pieces before they are tokenized."""
    pieces = alphabet()
    for _ in range(number):
        words = draw.choices(texts, k=draw.randint(50, 400)) + draw.choices(pieces, k=400)
        draw.shuffle(words)
        yield draw.choice(("", " ", " ", "  ", "-")).join(words)


def rows_without_a_place() -> Iterator[str]:
    """Texts of which a tokenizer that takes 40,000 characters in a row refuses some."""
    many = 40_001
    yield from ("x" * many, "\U0001f600" * many, "\ud800" * many, "\u00e9 " * many)
    yield "aa b" * 2100 + "\U0001f600 " * many + "ab c " * 3000
    yield "\u00e9 " * 20_000 + "ab c " * 300 + "x" * many + " y"
    yield "ab c" * 3000 + " " + "\u00e9" * many + "\U0001f600 xx y"


def data_texts(folder: Path) -> Iterator[str]:
    """The lines of the data sets in a folder."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in (".tsv", ".conll", ".json"):
            for line in file.read_text(encoding="utf-8").split("\n"):
                for start in range(0, len(line), 20_000):
                    yield line[start : start + 20_000]


def tree_texts(root: Path) -> list[str]:
    """The lines of the documents and sources of this tree."""
    files = [*sorted(root.glob("*.md")), *sorted(root.glob("docs/*.md")), *sorted(root.glob("tests/**/*.py"))]
    return [line for file in files for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
