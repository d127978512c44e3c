"""Byte-level BPE and Unigram give the ids that transformers' classes give for the same folder."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from odd_texts import ODD_TEXTS, edit
from references import Text
from tokenizers import Tokenizer
from transformers import AlbertTokenizer, AutoTokenizer
from transformers.convert_slow_tokenizer import AlbertConverter
from vocabularies import (
    LIMIT,
    read_tokenizer,
    roberta_tokenizer,
    unigram,
    write_byte_level,
    xlm_roberta_tokenizer,
)

SPIECE = Path(__file__).parents[2] / "cases/albert-tokenizer"

TEXTS: tuple[Text, ...] = (
    *ODD_TEXTS,
    " good",
    "  good  film",
    "good\nfilm ",
    "Good <mask> film</s><s> <pad>x <MASK>",
    "``good'' film`` ''",
    "\ufb01lm ½ ① ﷺ Ⅷ ™",
    ("  good", " film"),
)


def _saved(tokenizer: Any, folder: Path, **changes: Any) -> Path:
    tokenizer.save_pretrained(folder)
    edit(folder / "tokenizer_config.json", changes)
    return folder


def _roberta() -> Any:
    return roberta_tokenizer(model_max_length=LIMIT)


def _albert(**options: Any) -> Any:
    return AlbertTokenizer(vocab=unigram(), model_max_length=LIMIT, **options)


def _xlm() -> Any:
    return xlm_roberta_tokenizer(model_max_length=LIMIT)


def _assert_same(folder: Path, model_type: str) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    theirs = AutoTokenizer.from_pretrained(folder)
    ours = read_tokenizer(folder, model_type=model_type)
    for text in TEXTS:
        columns = [[part] for part in ((text,) if isinstance(text, str) else text)]
        expected = tuple(theirs(*columns, truncation=True)["input_ids"][0])
        assert ours.encode(text).input_ids == expected, f"other ids for {text!r:.80}"


PREFIX: tuple[dict[str, Any], ...] = ({}, {"add_prefix_space": True})
GENERIC = {"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": False}


@pytest.mark.parametrize("change", [*PREFIX, GENERIC, {"truncation_side": "left"}], ids=str)
def test_a_roberta_that_transformers_saved(change: dict[str, Any], tmp_path: Path) -> None:
    _assert_same(_saved(_roberta(), tmp_path / "m", **change), "roberta")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"do_lower_case": False},
        {"keep_accents": True},
        {"do_lower_case": False, "keep_accents": True},
        {"add_prefix_space": False},
        {"tokenizer_class": None},
        {"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": True},
    ],
    ids=str,
)
def test_an_albert_that_transformers_saved(change: dict[str, Any], tmp_path: Path) -> None:
    _assert_same(_saved(_albert(), tmp_path / "m", **change), "albert")


def test_flags_may_add_what_the_file_lacks(tmp_path: Path) -> None:
    folder = _saved(_albert(do_lower_case=False, keep_accents=True), tmp_path / "m", do_lower_case=True)
    _assert_same(folder, "albert")


def test_an_albert_that_transformers_4_saved(tmp_path: Path) -> None:
    """Its tokenizer.json joins spaces in a step of the normalizer, which no flag beside it speaks of."""
    folder = _saved(_albert(), tmp_path / "m")
    body = json.loads((folder / "tokenizer.json").read_text())
    body["normalizer"]["normalizers"].append(
        {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}
    )
    body["pre_tokenizer"] = body["pre_tokenizer"]["pretokenizers"][1]
    (folder / "tokenizer.json").write_text(json.dumps(body))
    own = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ours = read_tokenizer(folder, model_type="albert")
    assert "do_lower_case" in json.loads((folder / "tokenizer_config.json").read_text())
    for text in ("good  film", "  GOOD   film  ", "a  [MASK]  b"):
        assert list(ours.encode(text).input_ids) == own.encode(text).ids


@pytest.mark.parametrize("change", [*PREFIX, {"add_prefix_space": False}, {"do_lower_case": False}], ids=str)
def test_an_xlm_roberta_that_transformers_saved(change: dict[str, Any], tmp_path: Path) -> None:
    _assert_same(_saved(_xlm(), tmp_path / "m", **change), "xlm-roberta")


@pytest.mark.parametrize("make", [_roberta, _albert, _xlm])
def test_an_old_file_that_does_not_name_its_model(make: Any, tmp_path: Path) -> None:
    folder = _saved(make(), tmp_path / "m")
    before = read_tokenizer(folder)
    body = json.loads((folder / "tokenizer.json").read_text())
    del body["model"]["type"]
    if "merges" in body["model"]:
        body["model"]["merges"] = [" ".join(merge) for merge in body["model"]["merges"]]
    (folder / "tokenizer.json").write_text(json.dumps(body))
    after = read_tokenizer(folder)
    assert all(before.encode(text) == after.encode(text) for text in TEXTS)


def test_dropout_of_training_is_left_out(tmp_path: Path) -> None:
    folder = _saved(_roberta(), tmp_path / "m")
    body = json.loads((folder / "tokenizer.json").read_text())
    body["model"]["dropout"] = 0.5
    (folder / "tokenizer.json").write_text(json.dumps(body))
    _assert_same(folder, "roberta")


def test_a_pair_of_roberta_has_two_separators_and_no_types(tmp_path: Path) -> None:
    tokenizer = read_tokenizer(_saved(_roberta(), tmp_path / "m"))
    encoding = tokenizer.encode(("a", "x"))
    separator = tokenizer.tokenizer.token_to_id("</s>")
    assert encoding.input_ids[2:4] == (separator, separator) and set(encoding.type_ids) == {0}


def _write_flags(folder: Path, **flags: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": LIMIT, **flags}))
    return folder


@pytest.mark.parametrize("change", [*PREFIX, {"cls_token": "</s>"}], ids=str)
def test_vocab_json_and_merges_txt(change: dict[str, Any], tmp_path: Path) -> None:
    """Older RoBERTa folders have nothing else."""
    _assert_same(_write_flags(write_byte_level(tmp_path / "m"), **change), "roberta")


def test_merges_txt_from_windows(tmp_path: Path) -> None:
    folder = _write_flags(write_byte_level(tmp_path / "m"))
    (folder / "merges.txt").write_bytes((folder / "merges.txt").read_bytes().replace(b"\n", b"\r\n"))
    _assert_same(folder, "roberta")


def test_tokens_added_to_vocab_json(tmp_path: Path) -> None:
    folder = write_byte_level(tmp_path / "m")
    _write_flags(folder, additional_special_tokens=["good film", "[ENT]"])
    _assert_same(folder, "roberta")


@pytest.fixture
def spiece(tmp_path: Path) -> Path:
    """Returns a folder with nothing but a spiece.model."""
    return Path(shutil.copy(SPIECE / "spiece.model", tmp_path)).parent


@pytest.mark.parametrize(("key", "lowercase"), [("uncased", True), ("uncased", None), ("cased", False)])
def test_spiece_model_gives_the_ids_of_sentencepiece(key: str, lowercase: bool | None, spiece: Path) -> None:
    """Stored ids: those of google-research/albert's code with the sentencepiece package (NOTE.md there)."""
    flags = {} if lowercase is None else {"do_lower_case": lowercase}
    tokenizer = replace(read_tokenizer(_write_flags(spiece, **flags)), max_tokens=512)
    for case in json.loads((SPIECE / "cases.json").read_text()):
        found = list(tokenizer.encode(case["text"]).input_ids)
        assert found[1:-1] == case[key], f"other ids for {case['text']!r}"


@pytest.mark.parametrize("keep_accents", [False, True])
@pytest.mark.parametrize("lowercase", [False, True])
def test_spiece_model_as_transformers_converts_it(lowercase: bool, keep_accents: bool, spiece: Path) -> None:
    """Its class on the pieces of its converter, without the added tokens that only transformers 5 makes."""
    ours = read_tokenizer(_write_flags(spiece, do_lower_case=lowercase, keep_accents=keep_accents))
    converter = AlbertConverter(SimpleNamespace(vocab_file=spiece / "spiece.model"))
    theirs = AlbertTokenizer(
        vocab=converter.vocab(converter.proto),
        _spm_precompiled_charsmap=converter.proto.normalizer_spec.precompiled_charsmap,
        do_lower_case=lowercase,
        keep_accents=keep_accents,
        model_max_length=LIMIT,
    )
    for text in TEXTS:
        columns = [[part] for part in ((text,) if isinstance(text, str) else text)]
        expected = theirs(*columns, truncation=True, return_token_type_ids=True)
        found = ours.encode(text)
        assert found.input_ids == tuple(expected["input_ids"][0]), f"other ids for {text!r:.80}"
        assert found.type_ids == tuple(expected["token_type_ids"][0])
