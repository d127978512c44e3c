"""One tokenizer.json that gives the ids the checkpoint was trained with.

Read: huggingface/transformers, models/bert/tokenization_bert.py (BertTokenizer.__init__).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from litebert import CheckpointError, InputError
from litebert_exporter.checkpoint import Checkpoint

MIN_TOKENS = 4  # a pair with its three special tokens has room for one more
_UNLIMITED_TOKENS = 1_000_000  # transformers writes 10^30 for "no limit known"
_SPECIAL_TOKENS = {"unk": "[UNK]", "pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
_REQUIRED = ("unk", "cls", "sep")


@dataclass(frozen=True)
class BuiltTokenizer:
    """A tokenizer with truncation set; `casing` says how letters are treated and where that was found."""

    tokenizer: Tokenizer
    max_tokens: int
    casing: str


def build_tokenizer(
    checkpoint: Checkpoint, vocabulary_rows: int, positions: int, max_tokens: int | None, cased: bool | None
) -> BuiltTokenizer:
    """The tokenizer of a checkpoint, from its tokenizer.json or its vocab.txt.

    Args:
        checkpoint: the checkpoint.
        vocabulary_rows: rows of the word embedding.
        positions: rows of the position embedding.
        max_tokens: `--max-tokens`.
        cased: `--cased` (True), `--uncased` (False) or neither.

    Raises:
        CheckpointError: the vocabulary is missing, damaged or does not fit, or a flag contradicts it.
    """
    path = checkpoint.vocabulary
    if path is None:
        raise CheckpointError(
            f"{checkpoint.folder}: no vocabulary in it, expected vocab.txt or tokenizer.json; "
            "give the model's own with --vocab FILE"
        )
    config = checkpoint.tokenizer_config
    if path.suffix == ".json":
        tokenizer = _from_json(path, config)
        casing = _check_casing(_json_casing(tokenizer), cased, str(path.name))
    else:
        tokens = _read_vocabulary(path)
        lowercase, source = _vocabulary_casing(tokens, config, cased)
        tokenizer = _from_vocabulary(path, tokens, config, lowercase)
        casing = f"{'uncased' if lowercase else 'cased'} ({source})"
    _check_ids(path, tokenizer, vocabulary_rows)
    limit = _resolve_limit(config, positions, max_tokens)
    direction = config.get("truncation_side", "right")
    if direction not in ("left", "right"):
        raise CheckpointError(
            f"tokenizer_config.json: truncation_side is {direction!r:.40}, expected left or right"
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit, stride=0, strategy="longest_first", direction=direction)
    return BuiltTokenizer(tokenizer, limit, casing)


def _from_json(path: Path, config: Mapping[str, Any]) -> Tokenizer:
    """The file's own tokenizer; what tokenizer_config.json says of the text wins, as in transformers."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        normalizer = body.get("normalizer") or {}
        if normalizer.get("type") == "BertNormalizer":
            for key, flag in (
                ("lowercase", "do_lower_case"),
                ("strip_accents", "strip_accents"),
                ("handle_chinese_chars", "tokenize_chinese_chars"),
            ):
                if flag in config:
                    normalizer[key] = config[flag]
        return Tokenizer.from_str(json.dumps(body))
    except Exception as error:
        raise CheckpointError(f"{path}: not a tokenizer ({str(error)[:200]}); replace it") from error


def _json_casing(tokenizer: Tokenizer) -> bool | None:
    normalizer = json.loads(tokenizer.to_str())["normalizer"] or {}
    lowercase = normalizer.get("lowercase")
    return bool(lowercase) if lowercase is not None else None


def _check_casing(lowercase: bool | None, cased: bool | None, source: str) -> str:
    if cased is not None and lowercase is not None and cased == lowercase:
        raise CheckpointError(
            f"--{'cased' if cased else 'uncased'} contradicts {source}, which says "
            f"{'uncased' if lowercase else 'cased'}; leave the flag out"
        )
    if lowercase is None:
        return f"as {source} has it"
    return f"{'uncased' if lowercase else 'cased'} ({source})"


def _vocabulary_casing(tokens: list[str], config: Mapping[str, Any], cased: bool | None) -> tuple[bool, str]:
    """Whether to lowercase, and where that was found: in the config, by flag, or in the vocabulary itself."""
    stored = config.get("do_lower_case")
    if isinstance(stored, bool):
        _check_casing(stored, cased, "tokenizer_config.json")
        return stored, "tokenizer_config.json"
    if cased is not None:
        return not cased, "--cased" if cased else "--uncased"
    special = set(_special_tokens(config).values())
    capitals = any(token != token.lower() for token in tokens if token not in special and token[:1] != "[")
    return not capitals, f"its vocabulary has {'' if capitals else 'no '}capital letters"


def _read_vocabulary(path: Path) -> list[str]:
    try:
        tokens = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{path}: not UTF-8 text ({error}); replace it") from error
    tokens = [token.removesuffix("\r") for token in tokens]
    while tokens and not tokens[-1]:
        tokens.pop()
    twice = [token for token, count in Counter(tokens).items() if count > 1]
    if twice:
        raise CheckpointError(
            f"{path}: {len(twice)} tokens stand in it twice ({', '.join(map(repr, twice[:6]))}); replace it"
        )
    return tokens


def _special_tokens(config: Mapping[str, Any]) -> dict[str, str]:
    names = {}
    for key, default in _SPECIAL_TOKENS.items():
        value = config.get(f"{key}_token", default)
        content = value.get("content") if isinstance(value, dict) else value
        names[key] = content if isinstance(content, str) else default
    return names


def _from_vocabulary(path: Path, tokens: list[str], config: Mapping[str, Any], lowercase: bool) -> Tokenizer:
    names = _special_tokens(config)
    ids = {token: index for index, token in enumerate(tokens)}
    missing = [names[key] for key in _REQUIRED if names[key] not in ids]
    if missing:
        raise CheckpointError(f"{path}: {', '.join(missing)} not in it; expected a WordPiece vocabulary")
    cls, sep = names["cls"], names["sep"]
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=names["unk"], max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=bool(config.get("tokenize_chinese_chars", True)),
        strip_accents=config.get("strip_accents"),
        lowercase=lowercase,
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{cls}:0 $A:0 {sep}:0",
        pair=f"{cls}:0 $A:0 {sep}:0 $B:1 {sep}:1",
        special_tokens=[(cls, ids[cls]), (sep, ids[sep])],
    )
    present = [token for token in names.values() if token in ids]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in present])
    return tokenizer


def _check_ids(path: Path, tokenizer: Tokenizer, rows: int) -> None:
    ids = tokenizer.get_vocab(with_added_tokens=True)
    if len(set(ids.values())) != len(ids):
        raise CheckpointError(f"{path}: several tokens share an id; replace it")
    if not ids or max(ids.values()) >= rows:
        raise CheckpointError(
            f"{path}: {len(ids)} tokens, ids up to {max(ids.values(), default=-1)}, but the word "
            f"embedding has {rows} rows; expected this very model's vocabulary: give it with --vocab FILE"
        )


def _resolve_limit(config: Mapping[str, Any], positions: int, given: int | None) -> int:
    stored = config.get("model_max_length")
    limit, source = positions, "the position embedding"
    if (
        isinstance(stored, int)
        and not isinstance(stored, bool)
        and stored < min(_UNLIMITED_TOKENS, positions)
    ):
        limit, source = stored, "model_max_length in tokenizer_config.json"
    if given is not None and given > limit:
        raise CheckpointError(f"--max-tokens {given} contradicts {source}, which ends at {limit}")
    if (given or limit) < MIN_TOKENS:
        raise InputError(
            f"a limit of {given or limit} tokens leaves no room for text; expected {MIN_TOKENS} or more"
        )
    return given or limit
