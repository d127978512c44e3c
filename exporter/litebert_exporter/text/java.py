"""What the Java runtime carries of tokenizers: the steps by their type, and the options of some.

tests/cases/java-tokenizers.json holds this table and the Java runtime to one another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tokenizers import Tokenizer

from litebert.growth import Step, steps_of

_CARRIED = {  # types by field; each may be in a Sequence
    "normalizer": {
        "BertNormalizer",
        "Lowercase",
        "NFC",
        "NFD",
        "NFKC",
        "NFKD",
        "Precompiled",
        "Replace",
        "Strip",
        "StripAccents",
    },
    "pre_tokenizer": {"BertPreTokenizer", "ByteLevel", "Metaspace", "WhitespaceSplit"},
    "post_processor": {"BertProcessing", "ByteLevel", "RobertaProcessing", "TemplateProcessing"},
}
_INNER = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "post_processor": "processors"}
_SPACES = {"Regex": " {2,}"}  # the one regular expression


def java_notes(tokenizer: Tokenizer) -> tuple[str, ...]:
    """The line that says why the Java runtime refuses a tokenizer; none where it takes it."""
    odd = ", ".join(dict.fromkeys(_not_carried(json.loads(tokenizer.to_str()))))
    return (f"the Java runtime will refuse this artifact: its tokenizer has {odd}",) if odd else ()


def _not_carried(body: Mapping[str, Any]) -> Iterator[str]:
    """The steps and options that the Java runtime does not carry, each in a few words."""
    for field, types in _CARRIED.items():
        steps = [*steps_of(body.get(field), _INNER[field])]
        for step in steps:
            if step["type"] not in types:
                yield f"the {field} {step['type']}"
            elif step["type"] == "Replace" and not _replaces(step):
                yield "a Replace of a pattern"
        if field == "post_processor" and sum(step["type"] != "ByteLevel" for step in steps) > 1:
            yield "two steps that write special tokens"
    model = body["model"]
    if model.get("byte_fallback") and (
        model.get("continuing_subword_prefix") or model.get("end_of_word_suffix")
    ):
        yield f"a {model['type']} with byte_fallback and marks of pieces"


def _replaces(step: Step) -> bool:
    """Whether a Replace is of a text, or of spaces."""
    return bool(step["pattern"].get("String")) or step["pattern"] == _SPACES
