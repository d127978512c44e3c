"""The content of a tokenizer.json: its ids, and what tokenizer_config.json says beside it.

Read: huggingface/transformers, tokenization_utils_tokenizers.py (TokenizersBackend.convert_to_native_format),
models/{bert,roberta,albert,xlm_roberta}/tokenization_*.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from tokenizers import Tokenizer

from litebert import CheckpointError, UnsupportedModelError
from litebert_exporter.config import boolean
from litebert_exporter.files import read_text

Body: TypeAlias = "dict[str, Any]"

LIMIT_BYTES = 32_000_000  # the largest in use has 17 MB
CONFIG = "tokenizer_config.json"
WORDPIECE, BPE, UNIGRAM = "WordPiece", "BPE", "Unigram"
ALBERT_CLASSES = ("AlbertTokenizer", "AlbertTokenizerFast")
_GENERIC_CLASSES = ("PreTrainedTokenizerFast", "TokenizersBackend")  # which read tokenizer.json and no flags
_BERT_FLAGS = (
    ("lowercase", "do_lower_case"),
    ("strip_accents", "strip_accents"),
    ("handle_chinese_chars", "tokenize_chinese_chars"),
)


def read_body(path: Path) -> Body:
    """The object in a tokenizer.json.

    Raises:
        CheckpointError: it is too large, no text or no JSON object.
    """
    text = read_text(path, LIMIT_BYTES)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _no_tokenizer(path, error) from error
    if not isinstance(body, dict):
        raise _no_tokenizer(path, f"a JSON {type(body).__name__}")
    return body


def body_ids(path: Path, body: Body) -> dict[str, int]:
    """The ids of all tokens; `body` gets its model's type, which old files leave out.

    Raises:
        CheckpointError: it is no tokenizer, or ids or tokens are none.
        UnsupportedModelError: its model is none of WordPiece, BPE and Unigram.
    """
    try:
        model = body["model"]
        kind = model["type"] = model["type"] if "type" in model else _untold_kind(model)
        vocabulary, unknown = _READERS.get(kind, _read_nothing)(model)
        ids = {**vocabulary, **{token["content"]: token["id"] for token in body.get("added_tokens") or ()}}
        sound = (unknown is None or unknown in ids) and all(
            isinstance(number, int) and number >= 0 for number in ids.values()
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _no_tokenizer(path, error) from error
    if kind not in _READERS:
        raise UnsupportedModelError(
            f"{path}: its model is {kind!r:.40}, expected {', '.join(_READERS)}; export a model that uses "
            "one of them"
        )
    if not sound:
        raise CheckpointError(
            f"{path}: ids that are not whole numbers from 0, or no unk_token among them; replace it"
        )
    return ids


def _untold_kind(model: Mapping[str, Any]) -> str:
    if "merges" in model:
        return BPE
    return UNIGRAM if isinstance(model["vocab"], list) else WORDPIECE


def _read_wordpiece(model: Mapping[str, Any]) -> tuple[dict[str, int], str | None]:
    return {**model["vocab"]}, model.get("unk_token", "[UNK]")


def _read_bpe(model: Mapping[str, Any]) -> tuple[dict[str, int], str | None]:
    return {**model["vocab"]}, model.get("unk_token")


def _read_unigram(model: Mapping[str, Any]) -> tuple[dict[str, int], str | None]:
    pieces = [piece for piece, _ in model["vocab"]]
    ids = {piece: index for index, piece in enumerate(pieces)}
    if len(ids) < len(pieces):
        raise ValueError("pieces that stand in it twice")
    unknown = model["unk_id"]  # without one, an unknown character would be an error at every text
    if isinstance(unknown, bool) or not isinstance(unknown, int) or not 0 <= unknown < len(pieces):
        raise ValueError(f"unk_id is {unknown!r:.40}")
    return ids, pieces[unknown]


def _read_nothing(_: Mapping[str, Any]) -> tuple[dict[str, int], str | None]:
    return {}, None


_READERS = {WORDPIECE: _read_wordpiece, BPE: _read_bpe, UNIGRAM: _read_unigram}


def apply_flags(body: Body, config: Mapping[str, Any], kind: str) -> None:
    """Lays what tokenizer_config.json says of the text over a tokenizer.json, as transformers' classes do.

    Where it is silent the file's own word counts, although those classes then take a default of theirs.

    Args:
        body: the content of tokenizer.json, which is changed.
        config: tokenizer_config.json.
        kind: the tokenizer's class in transformers.
    """
    if kind in _GENERIC_CLASSES:
        return
    normalizer = body.get("normalizer")
    if isinstance(normalizer, dict) and normalizer.get("type") == "BertNormalizer":
        for key, flag in _BERT_FLAGS:
            stored = boolean(config, flag, CONFIG)
            if stored is not None or (
                flag == "strip_accents" and flag in config
            ):  # its null means: with case
                normalizer[key] = stored
    if kind in ALBERT_CLASSES:
        lowercase, keeps = (boolean(config, flag, CONFIG) for flag in ("do_lower_case", "keep_accents"))
        found = [part.get("type") for part in _parts(normalizer, "normalizers")]
        if lowercase is not None or keeps is not None:
            body["normalizer"] = albert_normalizer(
                "Lowercase" in found if lowercase is None else lowercase,
                "StripAccents" not in found if keeps is None else keeps,
                [part for part in _parts(normalizer, "normalizers") if part.get("type") == "Precompiled"],
            )
    prefix = boolean(config, "add_prefix_space", CONFIG)
    for part in _parts(body.get("pre_tokenizer"), "pretokenizers") if prefix is not None else ():
        if part.get("type") == "ByteLevel":
            part["add_prefix_space"] = prefix
        elif part.get("type") == "Metaspace":
            part.pop("add_prefix_space", None)  # of older files
            part["prepend_scheme"] = "always" if prefix else "never"


def albert_normalizer(lowercase: bool, keep_accents: bool, precompiled: list[Body]) -> Body:
    """What ALBERT does to text before it is cut; `precompiled` is SentencePiece's own table, or nothing."""
    quotes = [{"type": "Replace", "pattern": {"String": each}, "content": '"'} for each in ("``", "''")]
    accents = [] if keep_accents else [{"type": "NFKD"}, {"type": "StripAccents"}]
    letters = [{"type": "Lowercase"}] if lowercase else []
    return {"type": "Sequence", "normalizers": [*quotes, *accents, *letters, *precompiled]}


def _parts(step: Any, key: str) -> Iterator[Body]:
    """A step of the pipeline, or those it consists of."""
    inner = step.get(key) if isinstance(step, dict) else None
    for part in inner if isinstance(inner, list) else [step]:
        if isinstance(part, dict):
            yield part


def body_casing(body: Body) -> bool | None:
    """Whether it lowercases; None where the file does not say so in a way known here."""
    for part in _parts(body.get("normalizer"), "normalizers"):
        if part.get("type") == "Lowercase":
            return True
        if part.get("lowercase") is not None:
            return bool(part["lowercase"])
    return False if body["model"]["type"] == BPE and body.get("normalizer") is None else None


def load_body(path: Path, body: Body) -> Tokenizer:
    """The library's tokenizer.

    Raises:
        CheckpointError: the library does not take it.
    """
    if body["model"]["type"] == BPE:
        body = {**body, "model": {**body["model"], "dropout": None}}  # of training: it makes ids random
    try:
        return Tokenizer.from_str(json.dumps(body))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library's panics are no Exceptions
        raise _no_tokenizer(path, error) from error


def _no_tokenizer(path: Path, reason: object) -> CheckpointError:
    return CheckpointError(f"{path}: not a tokenizer ({str(reason)[:200]}); replace it")
