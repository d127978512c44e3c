"""ALBERT's spiece.model: a Unigram vocabulary with its scores, as SentencePiece writes it.

Read: google/sentencepiece, src/sentencepiece_model.proto; huggingface/transformers, convert_slow_tokenizer.py
(AlbertConverter), models/albert/tokenization_albert.py; google-research/albert, tokenization.py.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from litebert import CheckpointError, UnsupportedModelError
from litebert.arguments import suggest
from litebert_exporter.text.classes import ALBERT
from litebert_exporter.text.tokenizer_json import UNIGRAM, Body, albert_normalizer
from litebert_exporter.text_files import check_file

_LIMIT_BYTES = 8_000_000  # the largest in use has 5 MB
_UNIGRAM_TYPE, _UNKNOWN = 1, 2
# Message to field to number, type and default, of which only these are needed.
_FIELDS: Mapping[str, Mapping[str, tuple[int, str, str | None]]] = {
    "Piece": {"piece": (1, "BYTES", None), "score": (2, "FLOAT", None), "type": (3, "INT32", "1")},
    "Trainer": {"model_type": (3, "INT32", "1"), "byte_fallback": (35, "BOOL", None)},
    "Normalizer": {"precompiled_charsmap": (2, "BYTES", None)},
    "Model": {
        "pieces": (1, "Piece", None),
        "trainer": (2, "Trainer", None),
        "normalizer": (3, "Normalizer", None),
    },
}


def read_spiece(path: Path) -> Body:
    """The same vocabulary as the content of a tokenizer.json.

    Its user-defined symbols are pieces like others, as in SentencePiece itself. transformers 5 takes them for
    added tokens, behind which a word starts anew; ALBERT was not trained with that.

    Args:
        path: the file.

    Raises:
        CheckpointError: it is damaged.
        UnsupportedModelError: it is no Unigram model.
    """
    message = _read_message(path)
    pieces = [(part.piece.decode(), part.score) for part in message.pieces]
    if message.trainer.model_type != _UNIGRAM_TYPE or message.trainer.byte_fallback:
        raise UnsupportedModelError(
            f"{path}: a SentencePiece model of another kind, expected {UNIGRAM} without byte fallback; "
            f"{suggest('give its tokenizer.json', 'vocab', 'FILE', 'put its tokenizer.json in its place')}"
        )
    unknown = [index for index, part in enumerate(message.pieces) if part.type == _UNKNOWN]
    if len(unknown) != 1:
        raise CheckpointError(f"{path}: {len(unknown)} unknown pieces in it, expected one; replace it")
    model = {
        "type": UNIGRAM,
        "unk_id": unknown[0],
        "vocab": [[piece, score - 100 * _joins_number(piece)] for piece, score in pieces],
    }
    table = base64.b64encode(message.normalizer.precompiled_charsmap).decode()
    precompiled = [{"type": "Precompiled", "precompiled_charsmap": table}] if table else []
    return {
        "version": "1.0",
        "model": model,
        "normalizer": albert_normalizer(lowercase=True, keep_accents=False, others=precompiled),
        "pre_tokenizer": ALBERT.pre_tokenizer,
        "decoder": ALBERT.pre_tokenizer["pretokenizers"][-1],
    }


def spiece_ids(path: Path) -> dict[str, int]:
    """The pieces and their ids.

    Raises:
        CheckpointError: it is damaged.
    """
    return {part.piece.decode(): index for index, part in enumerate(_read_message(path).pieces)}


def _read_message(path: Path) -> Any:
    check_file(path, _LIMIT_BYTES)
    try:
        message = message_class().FromString(path.read_bytes())
        for part in message.pieces:
            part.piece.decode()
    except (DecodeError, UnicodeDecodeError) as error:
        raise CheckpointError(f"{path}: not a SentencePiece model ({error}); replace it") from error
    return message


def _joins_number(piece: str) -> bool:
    """Whether a piece is a number with a comma. ALBERT's code takes such pieces apart, so none may win."""
    return len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()


@cache
def message_class() -> Any:
    """The protobuf class of a SentencePiece model."""
    file = descriptor_pb2.FileDescriptorProto(name="litebert_spiece.proto", package="litebert_spiece")
    for message, fields in _FIELDS.items():
        described = file.message_type.add(name=message)
        for name, (number, kind, default) in fields.items():
            field = described.field.add(name=name, number=number, default_value=default)
            field.label = field.LABEL_REPEATED if name == "pieces" else field.LABEL_OPTIONAL
            if kind in _FIELDS:
                field.type, field.type_name = field.TYPE_MESSAGE, f".litebert_spiece.{kind}"
            else:
                field.type = getattr(field, f"TYPE_{kind}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("litebert_spiece.Model"))
