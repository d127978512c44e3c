"""Tokenizers that turn a short text into one that fills the memory, or take forever."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Mapping
from typing import Any

from damage import TINY, Damage, Spoil, sealed

Step = Mapping[str, Any]

SPACE = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
BYTES = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}


def replace(pattern: str, content: str, kind: str = "String") -> Step:
    return {"type": "Replace", "pattern": {kind: pattern}, "content": content}


def table(replacement: str) -> Step:
    """SentencePiece's, with one replacement and a trie of nothing."""
    content = (1024).to_bytes(4, "little") + bytes(1024) + replacement.encode() + b"\0"
    return {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(content).decode()}


def steps(*steps: Step) -> Step:
    return {"type": "Sequence", "normalizers": steps}


def splits(*steps: Step) -> Step:
    return {"type": "Sequence", "pretokenizers": steps}


SEP = {"SpecialToken": {"id": "[SEP]", "type_id": 0}}
TEXT = {"Sequence": {"id": "A", "type_id": 0}}


def template(*single: Step, ids: int = 1) -> Step:
    special = {"[SEP]": {"id": "[SEP]", "ids": [3] * ids, "tokens": ["[SEP]"] * ids}}
    return {"type": "TemplateProcessing", "single": single, "pair": (TEXT, SEP), "special_tokens": special}


BOMBS: dict[str, tuple[dict[str, Any], str]] = {
    "a letter five times": ({"normalizer": steps(*[replace("a", "a" * 100)] * 5)}, "Replace of 'aaaaa"),
    "a letter once": ({"normalizer": replace("a", "b" * 2_000_000)}, "may turn one character into 2e+06"),
    "in sequences": ({"normalizer": steps(steps(steps(*[replace("x", "xxx")] * 5)))}, "Replace of 'xxx'"),
    "from letter to letter": (
        {"normalizer": steps(*(replace(a, b * 20) for a, b in itertools.pairwise("abcde")))},
        "may turn one character into 400, expected at most 128",
    ),
    "any letter": ({"normalizer": steps(*[replace("[a-z]", "aa", "Regex")] * 8)}, "Replace of 'aa'"),
    "at every place": ({"normalizer": steps(*[replace("x*", "yz", "Regex")] * 8)}, "Replace of 'yz'"),
    "of no text": ({"normalizer": steps(*[replace("", "yz")] * 8)}, "Replace of 'yz'"),
    "in front": ({"normalizer": {"type": "Prepend", "prepend": "a" * 1000}}, "Prepend, with the steps"),
    "in front, then more": (
        {"normalizer": steps({"type": "Prepend", "prepend": "a"}, *[replace("a", "aaaaa")] * 4)},
        "Replace of 'aaaaa'",
    ),
    "in lower case": (
        {"normalizer": steps(*[{"type": "Lowercase"}, replace("a", "A" * 50)] * 5)},
        "Replace of 'AAAA",
    ),
    "decomposed": (
        {"normalizer": steps(*[replace("a", "ﷺ" * 10), {"type": "NFKD"}, replace(" ", "a")] * 2)},
        "expected at most 2000",
    ),
    "ideographs in spaces": (
        {"normalizer": steps(*[{"type": "BertNormalizer", "handle_chinese_chars": True}] * 900)},
        "BertNormalizer, with the steps",
    ),
    "a table": ({"normalizer": table("b" * 100_000)}, "Precompiled, with the steps"),
    "tables": ({"normalizer": steps(*[table("b" * 18)] * 5)}, "Precompiled, with the steps"),
    "bytes of bytes": ({"normalizer": steps(*[{"type": "ByteLevel"}] * 40)}, "ByteLevel, with the steps"),
    "bytes of words": ({"pre_tokenizer": splits(*[BYTES] * 40)}, "ByteLevel, with the steps"),
    "spaces before words": ({"pre_tokenizer": splits(*[SPACE] * 40)}, "Metaspace, with the steps"),
    "steps": ({"normalizer": steps(*[{"type": "NFC"}] * 1001)}, "1002 steps before its model"),
    "an unknown step": ({"normalizer": {"type": "Echo"}}, "a step of the type 'Echo', which is not known"),
    "an unknown split": (
        {"pre_tokenizer": {"type": "Echo"}},
        "a step of the type 'Echo', which is not known",
    ),
    "a step called another": (
        {"normalizer": {**replace("a", "b"), "type": "BertNormalizer"}},
        "a step of the type 'BertNormalizer' with content",
    ),
    "a nested pattern": (
        {"normalizer": replace("(a+)+b", "", "Regex")},
        "'(a+)+b' repeats more than a character",
    ),
    "a pattern that splits": (
        {
            "pre_tokenizer": {
                "type": "Split",
                "pattern": {"Regex": "a+a+b"},
                "behavior": "Removed",
                "invert": False,
            }
        },
        "the pattern 'a+a+b' may take forever",
    ),
    "an added token": (
        {"added_tokens": [{"id": 0, "content": "x" * 1_000_000}]},
        "an added token 'xxx",
    ),
    "special tokens": ({"post_processor": template(TEXT, *[SEP] * 2000)}, "writes 2001 special tokens"),
    "ids": ({"post_processor": template(TEXT, SEP, ids=100_000)}, "writes 200000 special tokens"),
    "texts": (
        {"post_processor": {"type": "Sequence", "processors": [template(TEXT, TEXT)] * 40}},
        "its template single holds the texts ['A', 'A'], expected",
    ),
}


def _with(changes: dict[str, Any]) -> Spoil:
    return sealed("tokenizer.json", lambda body: body.update(changes))


ROWS = tuple(
    Damage(f"growth/{name}", TINY, _with(changes), words, stated=name == "texts")
    for name, (changes, words) in BOMBS.items()
)
