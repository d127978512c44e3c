"""The growth of a text in a tokenizer: a few normalizers turn one letter into gigabytes.

The library cannot be stopped while it works, and it normalizes the added tokens when it opens the file. So
the file alone is examined, before the library opens it.

Read: huggingface/tokenizers 0.23, src/{normalizers,pre_tokenizers,processors,models}/.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Step: TypeAlias = "Mapping[str, Any]"

_MOST = 128  # characters that one may become by the texts in the file; most files add none
_MOST_IN_ALL = 2000  # the same with Unicode's and the library's own steps; 648 with ALBERT's file
_MOST_STEPS = 1000
_MOST_ADDED = 1000  # characters of an added token; those in use have some ten
_MOST_WORD = 1000  # characters of a word that WordPiece cuts, in quadratic time; in use are 100 and 200
_MOST_PIECE = 1000  # characters of a piece of Unigram, in quadratic time; in use are 16
_MOST_AFFIX = 100  # characters that it puts around each piece; in use are 2 to 4
_MOST_SPECIAL = 1000  # special tokens around a text; in use are 2 to 4
_DECOMPOSED = 18  # no character has more when it is decomposed, which is U+FDFA; again changes nothing
_UNICODE = {
    "BertNormalizer": 4,
    "Lowercase": 3,
    "NFC": 3,
    "NFD": 4,
    "NFKC": _DECOMPOSED,
    "NFKD": _DECOMPOSED,
    "Nmt": 1,
    "Strip": 1,
    "StripAccents": 1,
}
_SPLITS = (
    "BertPreTokenizer",
    "CharDelimiterSplit",
    "Digits",
    "FixedLength",
    "Punctuation",
    "Split",
    "UnicodeScripts",
    "Whitespace",
    "WhitespaceSplit",
)
# The library takes a step of an unknown type for any type that has the same keys.
_OWNERS = {
    "cls": ("BertProcessing", "RobertaProcessing"),
    "content": ("Replace",),
    "normalizers": ("Sequence",),
    "pattern": ("Replace", "Split"),
    "precompiled_charsmap": ("Precompiled",),
    "prepend": ("Prepend",),
    "pretokenizers": ("Sequence",),
    "processors": ("Sequence",),
    "single": ("TemplateProcessing",),
}


@dataclass(eq=False, repr=False)
class _Growth:
    """The number of characters that one may become in all steps from one on.

    Attributes:
        in_all: whether Unicode's and the library's own steps count, beside the texts in the file.
        of: the number for each character of ASCII and of a replaced text.
        other: the number for all others.
        run: the number after the next steps, as long as they are of `_UNICODE`; 1 before another step.
        spaced: whether a BertNormalizer is among them.
    """

    in_all: bool
    of: dict[str, float] = field(default_factory=lambda: dict.fromkeys(map(chr, range(128)), 1.0))
    other: float = 1
    run: int = 1
    spaced: bool = False

    def text(self, text: str) -> float:
        """The number of characters that a text may become."""
        return sum(self.of.get(character, self.other) for character in text)

    def most(self) -> float:
        """The most that any character may become."""
        return max(self.other, *self.of.values())

    def everywhere(self, added: float = 0, at_least: float = 0) -> None:
        """Raises the number of every character."""
        self.of = {each: max(old + added, at_least) for each, old in self.of.items()}
        self.other = max(self.other + added, at_least)


def check_growth(body: Step) -> float:
    """The number of characters that one may become by the texts in the file.

    Args:
        body: the content of tokenizer.json.

    Raises:
        ValueError: too many, a step's time may grow faster than a text, its type is not known, or nothing is
            left of an added token.
        LookupError, TypeError, AttributeError: it is no tokenizer.
    """
    steps = [
        *steps_of(body.get("normalizer"), "normalizers"),
        *steps_of(body.get("pre_tokenizer"), "pretokenizers"),
    ]
    if len(steps) > _MOST_STEPS:
        raise ValueError(f"{len(steps)} steps before its model, expected at most {_MOST_STEPS}")
    for step in steps:
        if step["type"] == "Split" and "Regex" in step["pattern"]:
            _matches_empty(step["pattern"]["Regex"])
    _check_model(body["model"])
    _check_processor(body.get("post_processor"))
    for token in body.get("added_tokens") or ():
        _check_length("an added token", token["content"], _MOST_ADDED)
    growth = _check_steps(steps, _Growth(in_all=False), _MOST)
    _check_steps(steps, _Growth(in_all=True), _MOST_IN_ALL)
    _check_added(body)
    return growth


def _check_added(body: Step) -> None:
    """Raises ValueError where an added token has nothing left: with such a one the library may never end."""
    tokens = [each["content"] for each in body.get("added_tokens") or () if each["normalized"]]
    if not tokens or body.get("normalizer") is None:
        return
    from tokenizers import Tokenizer

    model = {"type": "WordLevel", "vocab": {}, "unk_token": ""}
    alone = Tokenizer.from_str(json.dumps({"normalizer": body["normalizer"], "model": model}))
    for content in tokens:
        if not alone.normalizer.normalize_str(content):
            raise ValueError(f"the added token {content!r:.40} is empty once normalized")


def _check_steps(steps: list[Step], growth: _Growth, most: int) -> float:
    """The number of characters that one may become, by the steps from the last to the first."""
    for step in reversed(steps):
        _before(step, growth)
        if growth.most() > most:
            content = f" of {step['content']!r:.40}" if "content" in step else ""
            raise ValueError(
                f"{step['type']}{content}, with the steps behind it, may turn one character into "
                f"{growth.most():.3g}, expected at most {most}"
            )
    return growth.most()


def _before(step: Step, growth: _Growth) -> None:
    """Counts a step that comes before those counted so far."""
    kind = step["type"]
    if kind in _UNICODE:
        _before_unicode(kind, growth)
        return
    growth.run, growth.spaced = 1, False
    if kind == "Replace":
        _before_replace(step["pattern"], growth.text(step["content"]), growth)
    elif kind == "Prepend":
        growth.everywhere(added=growth.text(step["prepend"]))
    elif kind == "Precompiled":
        longest = _longest_replacement(step["precompiled_charsmap"])
        if growth.in_all or longest > _DECOMPOSED:
            growth.everywhere(at_least=longest * growth.most())
    elif kind in ("ByteLevel", "Metaspace"):  # up to four bytes, each a character; a space in front
        if growth.in_all:
            growth.everywhere(at_least=growth.most() * (5 if kind == "ByteLevel" else 2))
    elif kind not in _SPLITS:
        raise ValueError(f"a step of the type {kind!r:.40}, which is not known here")


def _before_unicode(kind: str, growth: _Growth) -> None:
    """Counts a step of `_UNICODE`.

    ASCII stays ASCII. Others become any characters, in a row of such steps no more than `_DECOMPOSED`.
    """
    if kind == "BertNormalizer" and growth.spaced:  # which puts spaces around ideographs once more
        growth.run = 1
    growth.spaced = growth.spaced or kind == "BertNormalizer"
    behind = growth.most() if growth.run == 1 else growth.other / growth.run
    growth.run = min(_DECOMPOSED, growth.run * _UNICODE[kind]) if growth.in_all else 1
    growth.other = growth.run * behind
    growth.of = {
        each: max(map(growth.text, (each, each.lower(), " "))) if each.isascii() else growth.other
        for each in growth.of
    }


def _before_replace(pattern: Step, content: float, growth: _Growth) -> None:
    """Counts a Replace: a text by its characters; a regular expression may replace any character."""
    text = pattern.get("String")
    if text:
        for each in text:
            growth.of[each] = max(growth.text(each), content / len(text))
    elif text is not None or _matches_empty(pattern["Regex"]):
        growth.everywhere(added=content)
    else:
        growth.everywhere(at_least=content)


def _matches_empty(pattern: str) -> bool:
    """Whether a regular expression matches the empty text; see patterns.py, which few tokenizers need."""
    from litebert.patterns import matches_empty

    return matches_empty(pattern)


def _longest_replacement(charsmap: str) -> int:
    """The characters of the longest replacement in SentencePiece's table; see exporter, text/charsmap.py."""
    content = base64.b64decode(charsmap, validate=True)
    replacements = content[4 + int.from_bytes(content[:4], "little") :].decode()
    return max(map(len, replacements.split("\0")))


def steps_of(step: Any, inner: str) -> Iterator[Step]:
    """The single steps of a step that may be a sequence, in order."""
    if step is None:
        return
    kind = step["type"]
    for key, owners in _OWNERS.items():
        if key in step and kind not in owners:
            raise ValueError(f"a step of the type {kind!r:.40} with {key}, which it does not have")
    if kind == "Sequence":
        for part in step[inner]:
            yield from steps_of(part, inner)
    else:
        yield step


def _check_model(model: Step) -> None:
    for key in ("continuing_subword_prefix", "end_of_word_suffix"):
        _check_length(key, model.get(key) or "", _MOST_AFFIX)
    if isinstance(model["vocab"], list):  # of Unigram, which tries all pieces that begin at a place
        _check_length("a piece", max((piece for piece, _ in model["vocab"]), key=len), _MOST_PIECE)
    longest = model.get("max_input_chars_per_word", 0)
    if longest > _MOST_WORD:
        raise ValueError(f"max_input_chars_per_word is {longest}, expected at most {_MOST_WORD}")


def _check_processor(step: Any) -> None:
    """Raises ValueError where a text's tokens occur twice, or too many special ones are around them."""
    special = 0
    for part in steps_of(step, "processors"):
        for name in ("single", "pair"):
            pieces = part.get(name) or ()
            texts = sorted(piece["Sequence"]["id"] for piece in pieces if "Sequence" in piece)
            if len(texts) > len(set(texts)):
                raise ValueError(f"its template {name} holds the texts {texts!r:.40}, expected each once")
            special += sum(
                len(part["special_tokens"][piece["SpecialToken"]["id"]]["ids"])
                for piece in pieces
                if "SpecialToken" in piece
            )
    if special > _MOST_SPECIAL:
        raise ValueError(
            f"its post_processor writes {special} special tokens, expected at most {_MOST_SPECIAL}"
        )


def _check_length(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise ValueError(f"{name} {text!r:.40} has {len(text)} characters, expected at most {most}")
