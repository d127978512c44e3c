"""Byte-level BPE and Unigram give the ids that transformers' classes give for the same folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from odd_texts import ODD_TEXTS, edit
from references import Text
from transformers import AlbertTokenizer, AutoTokenizer, RobertaTokenizer, XLMRobertaTokenizer
from vocabularies import ALBERT_SPECIAL, LIMIT, byte_level, read_tokenizer, unigram

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
    ids, merges = byte_level()
    return RobertaTokenizer(vocab=ids, merges=merges, model_max_length=LIMIT)


def _albert(**options: Any) -> Any:
    return AlbertTokenizer(vocab=unigram(), model_max_length=LIMIT, **options)


def _xlm() -> Any:
    names = dict(zip(ALBERT_SPECIAL, ("<s>", "<pad>", "</s>", "<unk>", "<mask>"), strict=True))
    pieces = [(names.get(piece, piece), score) for piece, score in unigram()]
    return XLMRobertaTokenizer(vocab=pieces, model_max_length=LIMIT)


def _assert_same(folder: Path, model_type: str) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    theirs = AutoTokenizer.from_pretrained(folder)
    ours = read_tokenizer(folder, model_type=model_type)
    for text in TEXTS:
        columns = [[part] for part in ((text,) if isinstance(text, str) else text)]
        expected = tuple(theirs(*columns, truncation=True)["input_ids"][0])
        assert ours.encode(text).input_ids == expected, f"other ids for {text!r:.80}"


PREFIX: tuple[dict[str, Any], ...] = ({}, {"add_prefix_space": True})
GENERIC = {"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": True}


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
        {"tokenizer_class": "PreTrainedTokenizerFast", "do_lower_case": False},
    ],
    ids=str,
)
def test_an_albert_that_transformers_saved(change: dict[str, Any], tmp_path: Path) -> None:
    _assert_same(_saved(_albert(), tmp_path / "m", **change), "albert")


def test_flags_may_add_what_the_file_lacks(tmp_path: Path) -> None:
    folder = _saved(_albert(do_lower_case=False, keep_accents=True), tmp_path / "m", do_lower_case=True)
    _assert_same(folder, "albert")


@pytest.mark.parametrize("change", [*PREFIX, {"add_prefix_space": False}, {"do_lower_case": True}], ids=str)
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
