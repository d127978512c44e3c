"""Cased or uncased, and what else tokenizer_config.json says of text.

Read: huggingface/transformers, tokenization_utils_tokenizers.py (TokenizersBackend.convert_to_native_format),
models/{bert,roberta,albert,xlm_roberta}/tokenization_*.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from litebert import CheckpointError
from litebert_exporter.config import boolean
from litebert_exporter.text.added_tokens import BERT_NAMES, CONFIG, special_tokens
from litebert_exporter.text.form import TextForm
from litebert_exporter.text.tokenizer_json import (
    ALBERT_CLASSES,
    BPE,
    GENERIC_CLASSES,
    Body,
    albert_normalizer,
    parts,
)

Facts: TypeAlias = "Mapping[str, Any]"

_CODE = "the model's own code"
_BERT_FLAGS = {
    "lowercase": "do_lower_case",
    "strip_accents": "strip_accents",
    "handle_chinese_chars": "tokenize_chinese_chars",
}


def vocabulary_casing(
    tokens: list[str], config: Facts, cased: bool | None, form: TextForm
) -> tuple[bool, str]:
    """Whether to lowercase, and what says so: the model's code, the config, a flag, or the vocabulary."""
    if form.lowercase is not None:
        check_casing(form.lowercase, cased, _CODE)
        return form.lowercase, _CODE
    stored = boolean(config, "do_lower_case", CONFIG)
    if stored is not None:
        check_casing(stored, cased, CONFIG)
        return stored, CONFIG
    if cased is not None:
        return not cased, "--cased" if cased else "--uncased"
    special = set(special_tokens(config, BERT_NAMES).values())
    capitals = any(token != token.lower() for token in tokens if token not in special and token[:1] != "[")
    return not capitals, f"its vocabulary has {'' if capitals else 'no '}capital letters"


def check_casing(lowercase: bool | None, cased: bool | None, source: str) -> str:
    """How letters are treated and what says so; a flag that says otherwise is an error."""
    if cased is not None and lowercase is not None and cased == lowercase:
        raise CheckpointError(
            f"--{'cased' if cased else 'uncased'} contradicts {source}, which says "
            f"{'uncased' if lowercase else 'cased'}; leave the flag out"
        )
    if lowercase is None and cased is not None:
        raise CheckpointError(
            f"--{'cased' if cased else 'uncased'} cannot be followed: {source} treats letters in a way of "
            "its own; leave the flag out"
        )
    if lowercase is None:
        return f"as {source} has it"
    return f"{'uncased' if lowercase else 'cased'} ({source})"


def with_flags(body: Body, config: Mapping[str, Any], kind: str) -> Body:
    """A tokenizer.json with what tokenizer_config.json says of the text, as transformers' classes have it.

    Where it is silent the file's own word counts, although those classes then take a default of theirs.

    Args:
        body: the content of tokenizer.json.
        config: tokenizer_config.json.
        kind: the tokenizer's class in transformers.
    """
    if kind in GENERIC_CLASSES:
        return body
    normalizer = body.get("normalizer")
    if isinstance(normalizer, dict) and normalizer.get("type") == "BertNormalizer":
        flags = {key: boolean(config, flag, CONFIG) for key, flag in _BERT_FLAGS.items()}
        normalizer = {**normalizer, **{key: flag for key, flag in flags.items() if flag is not None}}
        if "strip_accents" in config:  # its null means: with case
            normalizer["strip_accents"] = flags["strip_accents"]
    elif kind in ALBERT_CLASSES:
        normalizer = _albert_flags(normalizer, config)
    prefix = boolean(config, "add_prefix_space", CONFIG)
    steps = body.get("pre_tokenizer")
    return {
        **body,
        "normalizer": normalizer,
        "pre_tokenizer": steps if prefix is None else _with_prefix_space(steps, prefix),
    }


def _albert_flags(normalizer: Any, config: Mapping[str, Any]) -> Any:
    lowercase, keeps = (boolean(config, flag, CONFIG) for flag in ("do_lower_case", "keep_accents"))
    if lowercase is None and keeps is None:
        return normalizer
    steps = list(parts(normalizer, "normalizers"))
    found = [part.get("type") for part in steps]
    return albert_normalizer(
        "Lowercase" in found if lowercase is None else lowercase,
        "StripAccents" not in found if keeps is None else keeps,
        [part for part in steps if part.get("type") == "Precompiled"],
    )


def _with_prefix_space(step: Any, prefix: bool) -> Any:
    if not isinstance(step, dict):
        return step
    if isinstance(step.get("pretokenizers"), list):
        return {**step, "pretokenizers": [_with_prefix_space(part, prefix) for part in step["pretokenizers"]]}
    if step.get("type") == "ByteLevel":
        return {**step, "add_prefix_space": prefix}
    if step.get("type") == "Metaspace":
        kept = {key: value for key, value in step.items() if key != "add_prefix_space"}  # of older files
        return {**kept, "prepend_scheme": "always" if prefix else "never"}
    return step


def body_casing(body: Body) -> bool | None:
    """Whether it lowercases; None where the file does not say so in a way known here."""
    for part in parts(body.get("normalizer"), "normalizers"):
        if part.get("type") == "Lowercase":
            return True
        if part.get("lowercase") is not None:
            return bool(part["lowercase"])
    return False if body["model"]["type"] == BPE and body.get("normalizer") is None else None
