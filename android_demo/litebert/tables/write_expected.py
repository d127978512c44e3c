"""Writes what the Java tests expect of the tables and of the normalizers, from the behaviour of `tokenizers`.

Run `.venv/bin/python android_demo/litebert/tables/write_expected.py` after `write_tables.py`, which takes as
long.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import graphemes
import primitives

import compare

EXPECTED = Path(__file__).parents[1] / "src/test/resources/dev/litebert/tokenizer"

_SETS: dict[str, Callable[[], Sequence[int]]] = {
    "byteLevelLetter": primitives.byte_level_letter,
    "byteLevelNumber": primitives.byte_level_number,
    "byteLevelSpace": primitives.byte_level_space,
    "punctuation": primitives.punctuation,
    "regexSpace": primitives.regex_space,
    "whiteSpace": primitives.white_space,
    "word": primitives.word,
}
_MARKS = "a\u0345{0}\u05b0b\u0323{0}\u0334"
_CLUSTERS = (  # the texts of graphemes.py
    "a{0}\n{0}\u0301\u0302\n{0}a\u0301\u0302\n\u00a9\u200d{0}\n{0}\u094d\u0915\u0301\n\u0600\u1100{0}\n"
    "\u0600\u1160{0}\n{0}\u1160\u0301\n{0}\u11a8\u0301\n\u00a9{0}\u200d\u00a9\u0301\n\u00a9{0}\u00a9\u0301\n"
    "\u0915{0}\u0915\u0301\n\u0915\u094d{0}\u0915\u0301"
)
_TEMPLATES = [
    (compare.bert(True, True, None, True), "a{0}b"),
    (compare.bert(True, True, False, False), "a{0}b"),
    (compare.bert(False, False, True, False), _MARKS),
    *(({"type": name}, "a{0}") for name in ("NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Lowercase")),
    ({"type": "NFD"}, _MARKS),
    (compare.sequence({"type": "NFD"}, {"type": "NFC"}), "{0}"),
    (compare.precompiled(graphemes.every_character()), _CLUSTERS),
]
_BLOCK = 256
_CASES = 12


def code_points() -> dict[str, Any]:
    """SHA-256 of the answers of each primitive for all code points but the surrogates."""
    blocks = [
        [chr(point) for point in range(start, start + _BLOCK)]
        for start in range(0, primitives.POINTS, _BLOCK)
        if start not in primitives.SURROGATES
    ]
    templates = []
    for normalizer, template in _TEMPLATES:
        normalize, digest = compare.tokenizer(normalizer).normalizer.normalize_str, hashlib.sha256()
        for block in blocks:
            digest.update(normalize("\n".join(map(template.format, block))).encode())
        templates.append({"normalizer": normalizer, "template": template, "sha256": digest.hexdigest()})
    return {"sets": {name: _digest(ask()) for name, ask in _SETS.items()}, "normalizers": templates}


def _digest(numbers: Sequence[int]) -> str:
    surrogates = primitives.SURROGATES
    return hashlib.sha256(bytes([*numbers[: surrogates.start], *numbers[surrogates.stop :]])).hexdigest()


def cases() -> list[dict[str, Any]]:
    """For each normalizer some random texts, and what becomes of them."""
    texts = compare.cases(_CASES * len(compare.NORMALIZERS), seed=0)
    found = []
    for normalizer in compare.NORMALIZERS:
        given = [*islice(texts, _CASES)]
        answers = zip(given, compare.expected(normalizer, given), strict=True)
        found.append({"normalizer": normalizer, "texts": [[text, *answer] for text, answer in answers]})
    return found


def files() -> dict[str, bytes]:
    """The name and content of every file."""
    return {
        name: (json.dumps(content, separators=(",", ":")) + "\n").encode()
        for name, content in (("code_points.json", code_points()), ("normalizers.json", cases()))
    }


if __name__ == "__main__":
    EXPECTED.mkdir(parents=True, exist_ok=True)
    for file, content in files().items():
        (EXPECTED / file).write_bytes(content)
