"""The grapheme clusters of `tokenizers`, seen through the normalizer Precompiled.

Precompiled looks up a cluster of less than six bytes as a whole, and any other one character by character.
Here its map makes every character, and what follows it, one letter: a short cluster becomes one letter,
another one as many as it has characters. Texts in which the length of a cluster turns on one character show
the class of that character.

Regional indicators cannot be seen (four bytes each, so that all their clusters are long), and need not be.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cache

import primitives
from tokenizers import normalizers

# The classes, as Graphemes.java numbers them; Unicode Standard Annex 29, tables 2 and 3.
OTHER, CR, LF, CONTROL, EXTEND, ZWJ, SPACING_MARK, PREPEND = range(8)
PICTOGRAPHIC, HANGUL_L, HANGUL_V, HANGUL_T, HANGUL_LV, HANGUL_LVT, CONSONANT = range(8, 15)
CONJUNCT_EXTEND, CONJUNCT_LINKER = 16, 32  # added to EXTEND or ZWJ: Indic_Conjunct_Break

_LEAF = 1 << 8


def every_character() -> bytes:
    """A charsmap that maps every character but U+0000 to the letter q.

    Read: huggingface/spm_precompiled, src/lib.rs, DoubleArray. Its nodes check a label, not the node
    before, so that they can be shared: after a lead byte, any byte from 0x80 to 0xBF goes on.
    """
    units = [0] * 0x600
    root, one_more, two_more, three_more, leaf = range(0x100, 0x600, 0x100)
    units[0] = root << 10

    def link(node: int, label: int, target: int) -> None:
        units[node + label] = label | ((node + label) ^ target) << 10 | (_LEAF if target == leaf else 0)

    for leads, target in (
        (range(0x01, 0x80), leaf),
        (range(0xC2, 0xE0), one_more),
        (range(0xE0, 0xF0), two_more),
        (range(0xF0, 0xF5), three_more),
    ):
        for label in leads:
            link(root, label, target)
    for label in range(0x80, 0xC0):
        link(one_more, label, leaf)
        link(two_more, label, one_more)
        link(three_more, label, two_more)
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + b"q\0"


_NORMALIZE = normalizers.Precompiled(every_character()).normalize_str


def _letters(before: str, after: str = "") -> Callable[[str], int]:
    return lambda char: len(_NORMALIZE(before + char + after))


def _asked(before: str, after: str, letters: int) -> list[int]:
    """1 for each code point between these texts of which the library makes that many letters."""
    count = _letters(before, after)
    usual = count("\uffff")

    def same(block: Sequence[str]) -> int | None:
        if block[0] < "\u0800":  # characters of one and two bytes have other lengths
            return None
        text = "\n".join(before + char + after for char in block)
        return 0 if len(_NORMALIZE(text)) == (usual + 1) * len(block) - 1 else None

    return primitives.numbers(lambda char: count(char) == letters, same)


@cache
def grapheme() -> list[int]:
    """The class of each code point."""
    attached = _asked("a", "", 1)
    control = _asked("", "\u0301\u0302", 2)
    prepend = _asked("", "a\u0301\u0302", 4)
    pictographic = _asked("\u00a9\u200d", "", 3)
    consonant = _asked("", "\u094d\u0915\u0301", 4)
    after_l, after_v = _asked("\u0600\u1100", "", 3), _asked("\u0600\u1160", "", 3)
    before_v, before_t = _asked("", "\u1160\u0301", 3), _asked("", "\u11a8\u0301", 3)
    hangul = {
        (1, 0, 1, 0): HANGUL_L,
        (1, 1, 1, 1): HANGUL_V,
        (0, 1, 0, 1): HANGUL_T,
        (1, 0, 1, 1): HANGUL_LV,
        (1, 0, 0, 1): HANGUL_LVT,
    }
    found = [OTHER] * primitives.POINTS
    for point in range(primitives.POINTS):
        if control[point]:
            found[point] = CONTROL
        elif attached[point]:
            found[point] = _attached(chr(point))
        elif prepend[point]:
            found[point] = PREPEND
        elif pictographic[point]:
            found[point] = PICTOGRAPHIC
        elif consonant[point]:
            found[point] = CONSONANT
        else:
            links = tuple(int(each[point]) for each in (after_l, after_v, before_v, before_t))
            found[point] = hangul.get(links, OTHER)
    found[0x0D], found[0x0A] = CR, LF
    return found


def _attached(char: str) -> int:
    """The class of a character that never begins a cluster after an ordinary one."""
    if _letters("\u00a9", "\u00a9\u0301")(char) == 4:
        kind = ZWJ
    else:
        kind = EXTEND if _letters("\u00a9", "\u200d\u00a9\u0301")(char) == 5 else SPACING_MARK
    if _letters("\u0915", "\u0915\u0301")(char) == 4:
        return kind + CONJUNCT_LINKER
    return kind + (CONJUNCT_EXTEND if _letters("\u0915\u094d", "\u0915\u0301")(char) == 5 else 0)
