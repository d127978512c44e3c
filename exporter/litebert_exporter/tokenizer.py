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

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert_exporter.added_tokens import read_added_tokens
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import boolean
from litebert_exporter.files import read_text

MIN_TOKENS = 4  # a pair with its three special tokens has room for one more
_LIMIT_BYTES = 32_000_000  # the largest in use has 17 MB
_PROBE_WORDS = 512
_MODEL = "WordPiece"
_CONFIG = "tokenizer_config.json"
_SPECIAL_TOKENS = {"unk": "[UNK]", "pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
_REQUIRED = ("unk", "cls", "sep")
_GENERIC_CLASSES = ("PreTrainedTokenizerFast", "TokenizersBackend")  # which read tokenizer.json and no flags


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
        tokenizer = _from_json(path, config, vocabulary_rows)
        casing = _check_casing(_json_casing(tokenizer), cased, str(path.name))
    else:
        tokens = _read_vocabulary(path, vocabulary_rows)
        lowercase, source = _vocabulary_casing(tokens, config, cased)
        tokenizer = _from_vocabulary(path, tokens, config, lowercase)
        _add_tokens(path, tokenizer, read_added_tokens(checkpoint.folder, config, len(tokens)))
        casing = f"{'uncased' if lowercase else 'cased'} ({source})"
    _check_ids(path, tokenizer.get_vocab(with_added_tokens=True), vocabulary_rows)
    if not _gives_types(config):
        tokenizer = _without_types(tokenizer)
    limit = _resolve_limit(config, positions, max_tokens)
    stored = tokenizer.truncation or {}
    direction = config.get("truncation_side", stored.get("direction", "right"))
    if direction not in ("left", "right"):
        raise CheckpointError(
            f"{_CONFIG}: truncation_side is {direction!r:.40}, expected left or right; correct it"
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit, stride=0, strategy="longest_first", direction=direction)
    _check_encodings(path, tokenizer, vocabulary_rows, limit)
    return BuiltTokenizer(tokenizer, limit, casing)


def _from_json(path: Path, config: Mapping[str, Any], rows: int) -> Tokenizer:
    """The file's own tokenizer; what tokenizer_config.json says of the text wins, as in transformers."""
    body, ids = _read_body(path)
    _check_ids(path, ids, rows)  # before the library makes a table as long as the largest id
    normalizer = body.get("normalizer")
    generic = config.get("tokenizer_class") in _GENERIC_CLASSES
    if not generic and isinstance(normalizer, dict) and normalizer.get("type") == "BertNormalizer":
        for key, flag in (
            ("lowercase", "do_lower_case"),
            ("strip_accents", "strip_accents"),
            ("handle_chinese_chars", "tokenize_chinese_chars"),
        ):
            stored = boolean(config, flag, _CONFIG)
            if stored is not None or (
                flag == "strip_accents" and flag in config
            ):  # its null means: with case
                normalizer[key] = stored
    try:
        return Tokenizer.from_str(json.dumps(body))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library's panics are no Exceptions
        raise CheckpointError(f"{path}: not a tokenizer ({str(error)[:200]}); replace it") from error


def _read_body(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The content of a tokenizer.json, and the ids in it."""
    text = read_text(path, _LIMIT_BYTES)
    try:
        body = json.loads(text)
        kind = body["model"].get("type", _MODEL)
        vocabulary = body["model"]["vocab"] if kind == _MODEL else {}
        ids = {**vocabulary, **{token["content"]: token["id"] for token in body.get("added_tokens") or ()}}
        sound = body["model"].get("unk_token", _SPECIAL_TOKENS["unk"]) in ids and all(
            isinstance(number, int) and number >= 0 for number in ids.values()
        )
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{path}: not a tokenizer ({str(error)[:200]}); replace it") from error
    if kind != _MODEL:
        raise UnsupportedModelError(
            f"{path}: its model is {kind!r:.40}, expected {_MODEL}; export a model that uses that"
        )
    if not sound:
        raise CheckpointError(
            f"{path}: ids that are not whole numbers from 0, or no unk_token among them; replace it"
        )
    return body, ids


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
    stored = boolean(config, "do_lower_case", _CONFIG)
    if stored is not None:
        _check_casing(stored, cased, _CONFIG)
        return stored, _CONFIG
    if cased is not None:
        return not cased, "--cased" if cased else "--uncased"
    special = set(_special_tokens(config).values())
    capitals = any(token != token.lower() for token in tokens if token not in special and token[:1] != "[")
    return not capitals, f"its vocabulary has {'' if capitals else 'no '}capital letters"


def _read_vocabulary(path: Path, rows: int) -> list[str]:
    tokens = [token.removesuffix("\r") for token in read_text(path, _LIMIT_BYTES).split("\n")]
    while tokens and not tokens[-1]:
        tokens.pop()
    if len(tokens) > rows:
        raise _too_long(path, len(tokens), len(tokens) - 1, rows)
    twice = [token for token, count in Counter(tokens).items() if count > 1]
    if twice:
        shown = ", ".join(f"{token!r:.40}" for token in twice[:6])
        raise CheckpointError(f"{path}: {len(twice)} tokens stand in it twice ({shown}); replace it")
    return tokens


def _special_tokens(config: Mapping[str, Any]) -> dict[str, str]:
    names = {}
    for key, default in _SPECIAL_TOKENS.items():
        value = config.get(f"{key}_token")
        content = value.get("content") if isinstance(value, dict) else value
        if value is not None and (not isinstance(content, str) or not content):
            raise CheckpointError(f"{_CONFIG}: {key}_token is {value!r:.60}, expected a token; correct it")
        names[key] = content or default
    return names


def _from_vocabulary(path: Path, tokens: list[str], config: Mapping[str, Any], lowercase: bool) -> Tokenizer:
    names = _special_tokens(config)
    ids = {token: index for index, token in enumerate(tokens)}
    missing = [names[key] for key in _REQUIRED if names[key] not in ids]
    if missing:
        shown = ", ".join(f"{token!r:.40}" for token in missing)
        raise CheckpointError(
            f"{path}: {shown} not in it, expected a {_MODEL} vocabulary; "
            "give the model's own with --vocab FILE"
        )
    cls, sep = names["cls"], names["sep"]
    chinese = boolean(config, "tokenize_chinese_chars", _CONFIG)
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=names["unk"], max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=chinese is not False,
        strip_accents=boolean(config, "strip_accents", _CONFIG),
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


def _add_tokens(path: Path, tokenizer: Tokenizer, added: Mapping[int, AddedToken]) -> None:
    """Appends tokens that stand behind the vocabulary, each at its own id."""
    for index, token in sorted(added.items()):
        if tokenizer.token_to_id(token.content) is None and index != tokenizer.get_vocab_size():
            raise CheckpointError(
                f"{path}: ends at id {tokenizer.get_vocab_size() - 1}, but the added token "
                f"{token.content!r:.40} has id {index}; give the model's own with --vocab FILE"
            )
        tokenizer.add_tokens([token])


def _gives_types(config: Mapping[str, Any]) -> bool:
    """Whether the second text of a pair has type 1; else transformers feeds no types, which means 0."""
    inputs = config.get("model_input_names")
    if isinstance(inputs, list):
        return "token_type_ids" in inputs
    return not str(config.get("tokenizer_class")).startswith("DistilBertTokenizer")


def _without_types(tokenizer: Tokenizer) -> Tokenizer:
    """The same tokenizer with type 0 throughout."""
    body = json.loads(tokenizer.to_str())
    processor = body["post_processor"] or {}
    for piece in (*processor.get("single", ()), *processor.get("pair", ())):
        for facts in piece.values():
            facts["type_id"] = 0
    return Tokenizer.from_str(json.dumps(body))


def _check_ids(path: Path, ids: Mapping[str, int], rows: int) -> None:
    if len(set(ids.values())) != len(ids):
        raise CheckpointError(f"{path}: several tokens share an id; replace it")
    if not ids or max(ids.values()) >= rows:
        raise _too_long(path, len(ids), max(ids.values(), default=-1), rows)


def _too_long(path: Path, tokens: int, largest: int, rows: int) -> CheckpointError:
    return CheckpointError(
        f"{path}: {tokens} tokens, ids up to {largest}, but the word embedding has {rows} rows; "
        "expected this very model's vocabulary: give it with --vocab FILE"
    )


def _check_encodings(path: Path, tokenizer: Tokenizer, rows: int, limit: int) -> None:
    """Raises CheckpointError unless texts become ids, types and lengths that the model can take."""
    words = "a " * min(limit, _PROBE_WORDS)
    try:
        encodings = [tokenizer.encode(*texts) for texts in (("",), (words,), (words, words))]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library's panics are no Exceptions
        raise CheckpointError(f"{path}: cannot read text ({str(error)[:200]}); replace it") from error
    for encoding in encodings:
        ids, types = encoding.ids, encoding.type_ids
        if not ids or len(ids) > limit or max(ids) >= rows or max(types) > 1:
            raise CheckpointError(
                f"{path}: makes {len(ids)} tokens with ids to {max(ids, default=-1)} and types to "
                f"{max(types, default=-1)}, expected 1 to {limit} tokens, ids below {rows}, types 0 and 1; "
                "replace it"
            )


def _resolve_limit(config: Mapping[str, Any], positions: int, given: int | None) -> int:
    """The longest input: `--max-tokens`, else model_max_length (10^30 means none) or positions."""
    stored = config.get("model_max_length")
    limit, source = positions, "the position embedding"
    if stored is not None:
        sound = isinstance(stored, int | float) and not isinstance(stored, bool) and stored >= MIN_TOKENS
        if not sound or (stored < positions and stored != int(stored)):
            raise CheckpointError(
                f"{_CONFIG}: model_max_length is {stored!r:.40}, expected a whole number from {MIN_TOKENS}; "
                "correct it"
            )
        if stored < positions:
            limit, source = int(stored), f"model_max_length in {_CONFIG}"
    if given is not None and given > limit:
        raise CheckpointError(
            f"--max-tokens {given} contradicts {source}, which ends at {limit}; give a smaller one or none"
        )
    wanted = limit if given is None else given
    if wanted < MIN_TOKENS:
        raise InputError(
            f"a limit of {wanted} tokens leaves no room for text; expected {MIN_TOKENS} or more; "
            "give one with --max-tokens"
        )
    return wanted
