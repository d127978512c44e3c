"""What `tokenizers` does with each code point, one function for each of its primitives.

A list has a number for every code point, by its index; surrogates, which no text has, get the
number of the code point before them. Blocks of code points that one question shows to be alike are not asked
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, cmp_to_key

from tokenizers import normalizers, pre_tokenizers

POINTS = 0x110000
SURROGATES = range(0xD800, 0xE000)
_BLOCK = 256
_KINDS = "a1!"  # a letter, a number and another character of ByteLevel
_HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic, which the Java side does as well

_NFD = normalizers.NFD().normalize_str
_NFC = normalizers.NFC().normalize_str


def numbers(ask: Callable[[str], int], same: Callable[[Sequence[str]], int | None]) -> list[int]:
    """The answer for each code point.

    Args:
        ask: the answer for a character.
        same: the answer for each of these characters, where one question shows it; else None.
    """
    found: list[int] = []
    for start in range(0, POINTS, _BLOCK):
        if start in SURROGATES:
            found += [found[-1]] * _BLOCK
            continue
        block = [chr(point) for point in range(start, start + _BLOCK)]
        number = same(block)
        found += map(ask, block) if number is None else [number] * _BLOCK
    return found


def _one_piece(
    pieces: Callable[..., Sequence[object]], numbers: Mapping[str, int]
) -> Callable[..., int | None]:
    """The number of the first character that takes all those after it into one piece."""

    def same(block: Sequence[str]) -> int | None:
        text = "".join(block)
        return next((number for first, number in numbers.items() if len(pieces(first + text)) == 1), None)

    return same


def _unchanged(normalize: Callable[[str], str]) -> Callable[[Sequence[str]], int | None]:
    """0 where characters between the letters a stay as they are."""

    def same(block: Sequence[str]) -> int | None:
        text = "a" + "a".join(block) + "a"
        return 0 if normalize(text) == text else None

    return same


def _changed_to(normalize: Callable[[str], str], result: str) -> list[int]:
    """1 for what `normalize` makes `result` between two letters, where that is another text."""
    return numbers(lambda char: normalize(f"a{char}a") == result.format(char), _unchanged(normalize))


def _bert(**flags: bool) -> Callable[[str], str]:
    options = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**{**options, **flags}).normalize_str


@cache
def bert_control() -> list[int]:
    """What `clean_text` of BertNormalizer removes."""
    return _changed_to(_bert(clean_text=True), "aa")


@cache
def bert_space() -> list[int]:
    """What `clean_text` of BertNormalizer makes a space."""
    return _changed_to(_bert(clean_text=True), "a a")


@cache
def chinese() -> list[int]:
    """What `handle_chinese_chars` of BertNormalizer puts spaces around."""
    return _changed_to(_bert(handle_chinese_chars=True), "a {} a")


@cache
def nonspacing_mark() -> list[int]:
    """What `strip_accents` of BertNormalizer removes; 0 for what NFD takes apart before."""
    found = _changed_to(_bert(strip_accents=True), "aa")
    return [int(number and point not in canonical()) for point, number in enumerate(found)]


@cache
def combining_mark() -> list[int]:
    """What StripAccents removes."""
    return _changed_to(normalizers.StripAccents().normalize_str, "aa")


def _pieces(pre_tokenizer: pre_tokenizers.PreTokenizer) -> Callable[[str], Sequence[tuple[str, object]]]:
    return pre_tokenizer.pre_tokenize_str


@cache
def punctuation() -> list[int]:
    """What BertPreTokenizer makes a piece of its own."""
    pieces = _pieces(pre_tokenizers.BertPreTokenizer())
    return numbers(lambda char: len(pieces(f"a{char}a")) == 3, _one_piece(pieces, {"a": 0}))


@cache
def white_space() -> list[int]:
    """Where WhitespaceSplit and BertPreTokenizer split, and what Strip removes.

    Raises:
        ValueError: they differ from each other.
    """
    split = _pieces(pre_tokenizers.WhitespaceSplit())
    bert = _pieces(pre_tokenizers.BertPreTokenizer())
    strip = normalizers.Strip(left=True, right=True).normalize_str
    found = numbers(lambda char: len(split(f"a{char}a")) == 2, _one_piece(split, {"a": 0}))
    if found != numbers(lambda char: len(bert(f"a{char}a")) == 2, _one_piece(bert, {"a": 0})):
        raise ValueError("BertPreTokenizer has another white space than WhitespaceSplit: give it a table")
    if found != numbers(lambda char: strip(char) == "", lambda _: None):
        raise ValueError("Strip has another white space than WhitespaceSplit: give it a table")
    return found


@cache
def regex_space() -> list[int]:
    r"""`\s` of the pre-tokenizer Whitespace."""
    pieces = _pieces(pre_tokenizers.Whitespace())
    return numbers(lambda char: len(pieces(f"a{char}a")) == 2, _one_piece(pieces, {"a": 0, "!": 0}))


@cache
def word() -> list[int]:
    r"""`\w` of the pre-tokenizer Whitespace."""
    pieces = _pieces(pre_tokenizers.Whitespace())
    return numbers(lambda char: len(pieces(f"a{char}a")) == 1, _one_piece(pieces, {"a": 1, "!": 0}))


def _byte_level() -> Callable[[str], Sequence[tuple[str, object]]]:
    return _pieces(pre_tokenizers.ByteLevel(add_prefix_space=False))


def _taken_in(kind: str) -> list[int]:
    """1 for what ByteLevel puts into one piece with a character of that kind before it."""
    pieces = _byte_level()
    same = _one_piece(pieces, {each: int(each == kind) for each in _KINDS})
    return numbers(lambda char: len(pieces(kind + char)) == 1, same)


@cache
def byte_level_letter() -> list[int]:
    r"""`\p{L}` of ByteLevel."""
    return _taken_in("a")


@cache
def byte_level_number() -> list[int]:
    r"""`\p{N}` of ByteLevel."""
    return _taken_in("1")


@cache
def byte_level_space() -> list[int]:
    r"""`\s` of ByteLevel: what neither a letter, nor a number, nor another character takes in."""
    pieces = _byte_level()
    same = _one_piece(pieces, dict.fromkeys(_KINDS, 0))
    return numbers(lambda char: all(len(pieces(each + char)) == 2 for each in _KINDS), same)


def _mapping(normalize: Callable[[str], str], skipped: range = range(0)) -> Iterator[tuple[int, list[int]]]:
    asked = numbers(lambda char: normalize(char) != char, _unchanged(normalize))
    for point, number in enumerate(asked):
        if number and point not in skipped:
            yield point, [*map(ord, normalize(chr(point)))]


@cache
def lower() -> dict[int, list[int]]:
    """What Lowercase makes of each code point that it changes."""
    return dict(_mapping(normalizers.Lowercase().normalize_str))


@cache
def canonical() -> dict[int, list[int]]:
    """What NFD makes of each code point that it changes, Hangul syllables left out."""
    return dict(_mapping(_NFD, _HANGUL))


@cache
def compatible() -> dict[int, list[int]]:
    """What NFKD makes of each code point, where NFD makes something else of it."""
    mapping = dict(_mapping(normalizers.NFKD().normalize_str, _HANGUL))
    return {point: each for point, each in mapping.items() if canonical().get(point) != each}


@cache
def combining_class() -> list[int]:
    """The place of each code point in the order of marks, from 1; 0 for what is never moved.

    Only the order counts; the library shows no numbers.
    """

    def moved(char: str) -> int:
        after, before = f"a\u0345{char}", f"a{char}\u0334"  # marks of the highest and of the lowest class
        return _NFD(char) == char and (_NFD(after) != after or _NFD(before) != before)

    def same(block: Sequence[str]) -> int | None:
        text = "a".join(f"\u0345{char}a{char}\u0334" for char in block)
        return 0 if _NFD(text) == text else None

    def order(first: str, second: str) -> int:
        return int(_NFD(f"a{first}{second}") != f"a{first}{second}") - int(
            _NFD(f"a{second}{first}") != f"a{second}{first}"
        )

    found = numbers(moved, same)
    marks = sorted((chr(point) for point, number in enumerate(found) if number), key=cmp_to_key(order))
    rank = 0
    for last, mark in zip([None, *marks], marks, strict=False):
        rank += last is None or order(last, mark) != 0
        found[ord(mark)] = rank
    return found


@cache
def composition() -> Mapping[tuple[int, int], int]:
    """What NFC makes of two code points where that is one, Hangul left out."""
    pairs = {}
    for parts in canonical().values():
        first, second = _NFC("".join(map(chr, parts[:-1]))), chr(parts[-1])
        result = _NFC(first + second)
        if len(first) == len(result) == 1:
            pairs[ord(first), ord(second)] = ord(result)
    return pairs
