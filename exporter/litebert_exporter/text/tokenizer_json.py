"""The content of a tokenizer.json: its ids, its steps, and the library's object made of it.

Read: huggingface/transformers, tokenization_utils_tokenizers.py (TokenizersBackend.convert_to_native_format),
models/{bert,roberta,albert,xlm_roberta}/tokenization_*.py.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from tokenizers import Tokenizer, models

from litebert import CheckpointError, UnsupportedModelError
from litebert.errors import raised_as
from litebert.growth import check_growth
from litebert_exporter.config import boolean
from litebert_exporter.text.charsmap import charsmap_problem
from litebert_exporter.text_files import read_text

Body: TypeAlias = "dict[str, Any]"

CONFIG = "tokenizer_config.json"
LIMIT_BYTES = 32_000_000  # the largest in use has 17 MB
WORDPIECE, BPE, UNIGRAM = "WordPiece", "BPE", "Unigram"
ALBERT_CLASSES = ("AlbertTokenizer", "AlbertTokenizerFast")
GENERIC_CLASSES = ("PreTrainedTokenizerFast", "TokenizersBackend")  # they read tokenizer.json and no flags
_ALBERT_QUOTES = [{"type": "Replace", "pattern": {"String": each}, "content": '"'} for each in ("``", "''")]


def read_body(path: Path) -> Body:
    """The object in a tokenizer.json.

    Raises:
        CheckpointError: it is too large, no text or no JSON object.
    """
    text = read_text(path, LIMIT_BYTES)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise no_tokenizer(path, error) from error
    if not isinstance(body, dict):
        raise no_tokenizer(path, f"a JSON {type(body).__name__}")
    return body


def body_ids(path: Path, body: Body) -> dict[str, int]:
    """The ids of the vocabulary without added tokens; `body` gets its model's type, which old files lack.

    Raises:
        CheckpointError: the body is no tokenizer, an id is no id, or a token is no text.
        UnsupportedModelError: its model is none of WordPiece, BPE and Unigram.
    """
    try:
        model = body["model"]
        kind = model["type"] = model["type"] if "type" in model else _untold_kind(model)
        ids, unknown = _READERS.get(kind, _read_nothing)(model)
        numbers = [*ids.values(), *added_ids(body).values()]
        sound = (unknown is None or unknown in ids) and all(
            isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise no_tokenizer(path, error) from error
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


def unknown_token(body: Body) -> str | None:
    """The token for pieces that are not in the vocabulary; None where the model has none."""
    return _READERS[body["model"]["type"]](body["model"])[1]


def added_ids(body: Body) -> dict[str, int]:
    """The ids of its added tokens."""
    return {token["content"]: token["id"] for token in body.get("added_tokens") or ()}


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
        raise ValueError("a piece that it has twice")
    unknown = model["unk_id"]  # without one, an unknown character is an error when a text is read
    if isinstance(unknown, bool) or not isinstance(unknown, int) or not 0 <= unknown < len(pieces):
        raise ValueError(f"unk_id is {unknown!r:.40}")
    return ids, pieces[unknown]


def _read_nothing(_: Mapping[str, Any]) -> tuple[dict[str, int], str | None]:
    return {}, None


_READERS = {WORDPIECE: _read_wordpiece, BPE: _read_bpe, UNIGRAM: _read_unigram}


def with_prefix_space(path: Path, body: Body, config: Mapping[str, Any], kind: str) -> Body:
    """A tokenizer.json that puts a space before a text, or none, as tokenizer_config.json says.

    Raises:
        CheckpointError: tokenizer_config.json contradicts the tokenizer.json, and the class reads only that.
    """
    prefix = boolean(config, "add_prefix_space", CONFIG)
    steps = body.get("pre_tokenizer")
    if prefix is None:
        return body
    if kind not in GENERIC_CLASSES:
        return {**body, "pre_tokenizer": _with_prefix_space(steps, prefix)}
    if (not prefix) in [_prefix_space(step) for step in parts(steps, "pretokenizers")]:
        raise CheckpointError(
            f"{path}: contradicts {CONFIG}, which says add_prefix_space {str(prefix).lower()}; expected the "
            f"same of both; correct the one that the model was not trained with"
        )
    return body


def _prefix_space(step: Body) -> bool | None:
    """Whether a step puts a space before a text; None where it has no say on that."""
    if step.get("type") not in ("ByteLevel", "Metaspace"):
        return None
    if "prepend_scheme" in step:
        return bool(step["prepend_scheme"] != "never")
    return bool(step.get("add_prefix_space", True))


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


def albert_normalizer(lowercase: bool, keep_accents: bool, others: list[Body]) -> Body:
    """ALBERT's normalizer; `others` are its last steps, such as SentencePiece's own table."""
    accents = [] if keep_accents else [{"type": "NFKD"}, {"type": "StripAccents"}]
    letters = [{"type": "Lowercase"}] if lowercase else []
    return {"type": "Sequence", "normalizers": [*_ALBERT_QUOTES, *accents, *letters, *others]}


def parts(step: Any, key: str) -> Iterator[Body]:
    """A step of the pipeline; for a sequence, the steps in it."""
    if not isinstance(step, dict):
        return
    if isinstance(step.get(key), list):
        for part in step[key]:
            yield from parts(part, key)
    else:
        yield step


def load_body(path: Path, body: Body) -> Tokenizer:
    """The library's tokenizer.

    Raises:
        CheckpointError: the library does not take the body, or would fill the memory with it.
    """
    _check_tables(path, body)
    try:
        check_growth(body)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise no_tokenizer(path, error) from error
    if body["model"]["type"] == BPE:
        body = {**body, "model": {**body["model"], "dropout": None}}  # for training: it makes ids random
    return _load(path, body)


def _check_tables(path: Path, body: Body) -> None:
    for part in parts(body.get("normalizer"), "normalizers"):
        if part.get("type") == "Precompiled":
            problem = _table_problem(part)
            if problem:
                raise no_tokenizer(path, problem)


def _load(path: Path, body: Body) -> Tokenizer:
    with raised_as(CheckpointError, f"{path}: not a tokenizer", "replace it"):
        return Tokenizer.from_str(json.dumps(body))


def load_normalizer(path: Path, normalizer: Any) -> Tokenizer:
    """A tokenizer with a normalizer and no other step.

    Raises:
        CheckpointError: as `load_body`.
    """
    return load_body(path, _bare(normalizer))


def with_types(path: Path, normalizer: Any) -> Any:
    """A normalizer in which every step names its type, which a file may leave to the step's other keys.

    Raises:
        CheckpointError: the library does not take it.
    """
    body = _bare(normalizer)
    _check_tables(path, body)
    return json.loads(_load(path, body).to_str())["normalizer"]


def _bare(normalizer: Any) -> Body:
    bare = json.loads(Tokenizer(models.WordPiece(unk_token="[UNK]")).to_str())
    return {**bare, "normalizer": normalizer}


def _table_problem(part: Body) -> str | None:
    try:
        return charsmap_problem(base64.b64decode(part["precompiled_charsmap"], validate=True))
    except (LookupError, TypeError, ValueError) as error:
        return f"precompiled_charsmap: {error}"


def no_tokenizer(path: Path, reason: object) -> CheckpointError:
    """The error about a file that the library or the format does not take."""
    return CheckpointError(f"{path}: not a tokenizer ({str(reason)[:200]}); replace it")
