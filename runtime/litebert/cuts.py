"""The places where a long text is cut before it is tokenized: the parts give the tokens of the whole.

So tokenizing takes bounded memory. No step may see across a cut, which follows from the kinds of steps:

- BERT's own: before a space, an ideograph or a punctuation mark of ASCII. Each is between words or a word of
  its own, and none of these normalizers joins characters.
- Others that cut words at spaces: before a single space, with two visible characters of ASCII to its left and
  one to its right. They keep it out of graphemes, compositions and rows of spaces; so it starts a word.

The character behind the cut is in no added token, neither as that is written nor normalized, so that none
reaches across. For all other tokenizers there is no place to cut.

Read: huggingface/tokenizers 0.23, src/tokenizer/added_vocabulary.rs, src/normalizers/, src/pre_tokenizers/.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from litebert.errors import InputError
from litebert.growth import Step, steps_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PIECE_CHARACTERS = 8192
_MOST_CHARACTERS = 4_000_000  # in one call of the library, which takes 80 to 600 bytes for each
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff"  # of the ranges that BertNormalizer knows
_SINGLE_SPACE = re.compile("(?<=[!-~]{2})(?= [!-~])")
_VISIBLE = re.compile("[!-~]+")
_DECOMPOSING = {"BertNormalizer", "Lowercase", "NFD", "NFKD", "StripAccents"}
_LOCAL = _DECOMPOSING | {"NFC", "NFKC", "Nmt", "Precompiled"}
_CUT_AT_SPACES = {"BertPreTokenizer", "ByteLevel", "Metaspace", "Whitespace", "WhitespaceSplit"}


@dataclass(frozen=True, eq=False)
class Cuts:
    """The places where a long text may be cut, and the size of its pieces.

    Attributes:
        places: matches the empty text at each such place; None where there is none.
        most: the most characters of a piece.
    """

    places: re.Pattern[str] | None
    most: int

    def pieces(self, text: str, from_end: bool = False) -> Iterator[str]:
        """The pieces of a text, in order, or from the last to the first with `from_end`.

        Raises:
            InputError: a piece is so long that the library would fill the memory.
        """
        start, end = 0, len(text)
        while True:
            cut = self._before(text, end) if from_end else self._behind(text, start)
            low, high = (cut, end) if from_end else (start, cut)
            if high - low > self.most:
                raise InputError(
                    f"input has {high - low} characters in a row without a place where this tokenizer lets "
                    f"them be cut, such as a space; expected at most {self.most}: shorten it"
                )
            yield text[low:high]
            start, end = (start, cut) if from_end else (cut, end)
            if start == end:
                return

    def _behind(self, text: str, start: int) -> int:
        """The end of the piece that starts at a place."""
        found = self.places and self.places.search(text, start + PIECE_CHARACTERS)
        return found.start() if found else len(text)

    def _before(self, text: str, end: int) -> int:
        """The start of the piece that ends at a place."""
        size = PIECE_CHARACTERS
        while self.places and size < end:
            found = self.places.search(text, end - size)
            if found and found.start() < end:
                return found.start()
            size *= 2
        return 0


def find_cuts(body: Step, growth: float, tokenizer: Tokenizer) -> Cuts:
    """The cuts of a tokenizer's texts.

    Args:
        body: the content of tokenizer.json.
        growth: the number of characters that one may become.
        tokenizer: that content, read by the library.
    """
    normalize = str if tokenizer.normalizer is None else tokenizer.normalizer.normalize_str
    tokens = body.get("added_tokens") or ()
    held = {each for token in tokens for each in token["content"] + normalize(token["content"])}
    normalizers = [*steps_of(body.get("normalizer"), "normalizers")]
    splits = [*steps_of(body.get("pre_tokenizer"), "pretokenizers")]
    places = None
    if [step["type"] for step in splits] == ["BertPreTokenizer"] and _DECOMPOSING.issuperset(
        step["type"] for step in normalizers
    ):
        chinese = bool(normalizers) and normalizers[0].get("handle_chinese_chars", False)
        places = _before_separators(held, chinese, any(token["single_word"] for token in tokens))
    elif (
        _keep_spaces(normalizers, normalize)
        and _cut_at_spaces(splits)
        and not any(token["rstrip"] for token in tokens)
        and not any(map(str.isspace, held))
    ):
        places = _SINGLE_SPACE
    return Cuts(places, int(_MOST_CHARACTERS / growth))


def _before_separators(held: set[str], chinese: bool, whole_words: bool) -> re.Pattern[str] | None:
    """A pattern that matches before a separator; None without one.

    Args:
        held: the characters of added tokens: no cut before these.
        chinese: whether the tokenizer puts spaces around ideographs.
        whole_words: whether an added token must be a whole word; it then looks at the character behind it.
    """
    marks = {*string.punctuation, " "} - held - ({"_"} if whole_words else set())
    letters = chinese and not whole_words and not any(each > "\u33ff" for each in held)
    if not marks and not letters:
        return None
    return re.compile(f"(?=[{re.escape(''.join(sorted(marks)))}{_IDEOGRAPHS if letters else ''}])")


def _keep_spaces(normalizers: Sequence[Step], normalize: Callable[[str], str]) -> bool:
    """Whether a single space between visible ASCII stays one, and its neighbours stay visible ASCII."""
    for step in normalizers:
        if step["type"] == "Replace":
            pattern, content = step["pattern"], step["content"]
            spaces = pattern == {"Regex": " {2,}"} and content in (" ", "▁")
            other = not re.search(r"\s", pattern.get("String") or " ") and _VISIBLE.fullmatch(content)
            if not spaces and not other:
                return False
        elif step["type"] == "Strip":
            if step["strip_left"]:
                return False
        elif step["type"] not in _LOCAL:
            return False
    tables = [step for step in normalizers if step["type"] == "Precompiled"]
    return (
        len(tables) <= 1
        and normalize("x x") == f"{normalize('x')} {normalize('x')}"
        and all(_VISIBLE.fullmatch(normalize(chr(code))) for code in range(33, 127))
    )


def _cut_at_spaces(splits: Sequence[Step]) -> bool:
    """Whether the first split cuts before a single space; the others then see one word alone."""
    return (
        bool(splits)
        and splits[0]["type"] in _CUT_AT_SPACES
        and splits[0].get("split", True)
        and splits[0].get("use_regex", True)
        and not any(step.get("prepend_scheme") == "first" for step in splits[1:])
    )
