"""vocab.json, merges.txt and spiece.model that are missing, damaged or of another model."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import Refuse, change_json
from students import SPECIAL, UNCASED
from vocabularies import SPIECE, write_byte_level

from litebert import CheckpointError, UnsupportedModelError
from litebert_exporter.text.beside import check_beside
from litebert_exporter.text.spiece import message_class

pytest_plugins = ("bad_fixtures",)

ROWS = len(UNCASED)


@pytest.fixture
def roberta(student: Path) -> Path:
    """Returns the student with a vocab.json and merges.txt that fit instead of vocab.txt."""
    (student / "vocab.txt").unlink()
    change_json(student / "tokenizer_config.json", tokenizer_class=None, do_lower_case=None)
    ids = {token: index for index, token in enumerate(("<s>", "</s>", "a", "b", "ab"))}
    (student / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
    (student / "merges.txt").write_text("#version: 0.2\na b\n", encoding="utf-8")
    return student


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("merges.txt", None, "vocab.json: no merges.txt beside it, expected both"),
        ("merges.txt", b"\xff\xfe", "merges.txt: not UTF-8 text"),
        ("merges.txt", b"\n", "merges.txt: no merges in it; put the model's own there"),
        ("merges.txt", b"#version: 0.2\n", "merges.txt: no merges in it; put the model's own there"),
        ("merges.txt", b"a\n", "vocab.json: not a tokenizer"),
        ("merges.txt", b"a b c d\n", "vocab.json: not a tokenizer"),
        ("merges.txt", b"a c\n", "vocab.json: not a tokenizer"),
        ("merges.txt", b"b a\n", "vocab.json: not a tokenizer"),
        ("vocab.json", b"{}", "vocab.json: not a tokenizer"),
        ("vocab.json", b"[1]", "vocab.json: not a tokenizer (a JSON list"),
        ("vocab.json", b"junk", "vocab.json: not a tokenizer"),
        ("vocab.json", b'{"a": 0, "b": 1, "ab": 2}', "vocab.json: '<s>', '</s>' not in it"),
        ("vocab.json", b'{"<s>": 0, "</s>": 1, "a": 2, "b": 2, "ab": 3}', "several tokens share an id"),
        ("vocab.json", b'{"<s>": 0, "</s>": 1, "a": 2, "b": -2, "ab": 3}', "ids that are not whole numbers"),
        ("vocab.json", b'{"<s>": 0, "</s>": 1, "a": 2, "b": 67, "ab": 3}', f"ids up to {ROWS}, but"),
        ("vocab.json", b'{"<s>": 0, "</s>": 1, "a": 2, "b": 1.5, "ab": 3}', "vocab.json: not a tokenizer"),
        ("vocab.json", b'{"<s>": 0, "</s>": 1, "x": 2, "b": 4, "xb": 3}', "vocab.json: not a tokenizer"),
    ],
)
def test_vocab_json_in_disorder(
    file: str, content: bytes | None, words: str, roberta: Path, refuse_export: Refuse
) -> None:
    (roberta / file).unlink()
    if content is not None:
        (roberta / file).write_bytes(content)
    assert words in refuse_export(CheckpointError, "student")


def test_a_vocabulary_that_is_not_read(student: Path, refuse_export: Refuse) -> None:
    (student / "vocab.txt").rename(student / "sentencepiece.bpe.model")
    line = refuse_export(CheckpointError, "student")
    assert "only sentencepiece.bpe.model in it, which is not read; save a tokenizer.json there" in line


def test_a_vocab_json_that_is_too_long(student: Path, refuse_export: Refuse) -> None:
    (student / "vocab.txt").unlink()
    change_json(student / "tokenizer_config.json", tokenizer_class=None, do_lower_case=None)
    write_byte_level(student)
    assert f"but the word embedding has {ROWS} rows" in refuse_export(CheckpointError, "student")


def test_vocab_json_is_cased(roberta: Path, refuse_export: Refuse) -> None:
    change_json(roberta / "tokenizer_config.json", do_lower_case=True)
    line = refuse_export(CheckpointError, "student")
    assert "vocab.json: contradicts tokenizer_config.json, which says do_lower_case true" in line


@pytest.fixture
def albert(student: Path) -> Path:
    """Returns the student without its vocab.txt and the word that it is BERT's."""
    (student / "vocab.txt").unlink()
    change_json(student / "tokenizer_config.json", tokenizer_class=None)
    return student


def _spiece(change: Callable[[Any], object]) -> bytes:
    """A small model that fits the student, changed."""
    model = message_class()()
    for index, token in enumerate((*SPECIAL, "▁", "a", "b")):
        kind = 2 if token == "[UNK]" else 3 if token in SPECIAL else 1
        model.pieces.add(piece=token.encode(), score=-float(index), type=kind)
    change(model)
    return bytes(model.SerializeToString())


def _charsmap(content: bytes) -> Callable[[Any], object]:
    return lambda model: setattr(model.normalizer, "precompiled_charsmap", content)


def _trie(*units: int) -> bytes:
    filled = [*units, *[0] * (256 - len(units))]
    return (1024).to_bytes(4, "little") + b"".join(unit.to_bytes(4, "little") for unit in filled) + b"a\0"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda model: setattr(model.pieces[1], "type", 1), "0 unknown pieces in it, expected one"),
        (lambda model: setattr(model.pieces[7], "type", 2), "2 unknown pieces in it, expected one"),
        (lambda model: setattr(model.pieces[6], "piece", b"\xff"), "not a SentencePiece model ('utf-8'"),
        (lambda model: setattr(model.pieces[6], "piece", b"b"), "a piece that it has twice"),
        (lambda model: setattr(model.pieces[2], "piece", b"x"), "'[CLS]' not in it"),
        (lambda model: setattr(model.pieces[6], "score", float("nan")), "not a tokenizer"),
        (
            lambda model: [model.pieces.add(piece=b"%d" % i) for i in range(ROWS)],
            "but the word embedding has",
        ),
        (_charsmap(b"\xff" * 3), "not a tokenizer (a table of 3 bytes"),
        (_charsmap(b"\xff" * 400), "not a tokenizer (a table of 400 bytes whose trie has 4294967295"),
        (_charsmap(_trie() + b"\xff"), "not a tokenizer (replacements that are not UTF-8"),
        (_charsmap(_trie(1 << 30)), "not a tokenizer (a trie that leads out of the table"),
        (_charsmap(_trie(1 << 8 | 1 << 10, 1 << 31 | 3)), "not a tokenizer (a trie that leads past the"),
    ],
)
def test_a_spiece_model_in_disorder(
    change: Callable[[Any], object], words: str, albert: Path, refuse_export: Refuse
) -> None:
    (albert / "spiece.model").write_bytes(_spiece(change))
    line = refuse_export(CheckpointError, "student")
    assert "student/spiece.model: " in line and words in line


@pytest.mark.parametrize("field", ["model_type", "byte_fallback"])
def test_a_spiece_model_of_another_kind(field: str, albert: Path, refuse_export: Refuse) -> None:
    content = _spiece(lambda model: setattr(model.trainer, field, 2 if field == "model_type" else True))
    (albert / "given.model").write_bytes(content)
    line = refuse_export(UnsupportedModelError, "student", "--vocab", "student/given.model")
    assert "given.model: a SentencePiece model of another kind, expected Unigram" in line


def test_the_sentencepiece_model_of_another_family(albert: Path, refuse_export: Refuse) -> None:
    """XLM-R's ids are not those of its file."""
    change_json(albert / "tokenizer_config.json", tokenizer_class="XLMRobertaTokenizer")
    (albert / "sentencepiece.bpe.model").write_bytes(_spiece(lambda model: None))
    line = refuse_export(CheckpointError, "student", "--vocab", "student/sentencepiece.bpe.model")
    assert (
        "a vocabulary for AlbertTokenizer, but the checkpoint's tokenizer is XLMRobertaTokenizer; give"
        in line
    )


@pytest.mark.parametrize("seed", range(8))
def test_a_spiece_model_with_holes_is_one_clean_line(seed: int, albert: Path, refuse_export: Refuse) -> None:
    """Cut short or with bytes changed: it is refused (if only for the rows it wants), never a panic."""
    shutil.copy(SPIECE, albert)
    content, chance = bytearray(SPIECE.read_bytes()), random.Random(seed)
    for _ in range(4**seed):
        content[chance.randrange(len(content))] = chance.randrange(256)
    (albert / "spiece.model").write_bytes(content[: chance.choice([len(content), chance.randrange(200_000)])])
    assert "student/spiece.model: " in refuse_export(CheckpointError, "student")


def test_merges_that_are_not_those_of_tokenizer_json(tmp_path: Path) -> None:
    ids = {"a": 0, "b": 1, "ab": 2, "ba": 3}
    body = {"model": {"type": "BPE", "vocab": ids, "merges": ["a b", ["b", "a"]]}}
    (tmp_path / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
    (tmp_path / "merges.txt").write_text("#version: 0.2\na b\nb a\n", encoding="utf-8")
    check_beside(tmp_path / "tokenizer.json", body)
    (tmp_path / "merges.txt").write_text("#version: 0.2\nb a\na b\n", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"merges\.txt: other merges than in tokenizer\.json; delete"):
        check_beside(tmp_path / "tokenizer.json", body)
