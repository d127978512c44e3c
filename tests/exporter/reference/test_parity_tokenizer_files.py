"""Every file in which a tokenizer is kept gives the ids that transformers gives for the same folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from odd_texts import LIMIT, ODD_TEXTS, cased_folder, edit
from references import Export, Text, artifact_answers, assert_parity, transformers_answers
from students import (
    SPECIAL,
    TOKENIZER,
    UNCASED,
    bert_config,
    bert_tensors,
    write_checkpoint,
)
from tokenizers import Tokenizer
from tokenizers.processors import BertProcessing
from transformers import AutoTokenizer, BertTokenizer


def test_a_lone_surrogate_is_the_replacement_character(tmp_path: Path, export_to: Export) -> None:
    """BERT's cleaning drops U+FFFD; a tokenizer that cleans nothing shows that it was there."""
    folder = _saved(tmp_path, {"do_lower_case": True})
    (folder / "tokenizer_config.json").unlink()
    body = json.loads((folder / "tokenizer.json").read_text())
    body["normalizer"]["clean_text"] = False
    (folder / "tokenizer.json").write_text(json.dumps(body))
    own = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = artifact_answers(export_to(folder, "onnx"), "onnx", ["good \ud800", "good\udc00", "good "])
    assert found.input_ids == tuple(
        tuple(own.encode(text).ids) for text in ("good \ufffd", "good\ufffd", "good ")
    )
    assert len(set(found.input_ids)) == 3


SAVED: dict[str, dict[str, Any]] = {
    "uncased": {"do_lower_case": True},
    "cased": {"do_lower_case": False},
    "accents": {"do_lower_case": True, "strip_accents": False},
    "chinese": {"do_lower_case": True, "tokenize_chinese_chars": False},
    "left": {"do_lower_case": True, "truncation_side": "left"},
}


@pytest.mark.parametrize("name", SAVED)
def test_a_folder_that_transformers_saved(name: str, tmp_path: Path, export_to: Export) -> None:
    """tokenizer.json and tokenizer_config.json, no vocab.txt."""
    folder = _saved(tmp_path, SAVED[name])
    assert_parity(export_to(folder, "onnx"), "onnx", ODD_TEXTS, transformers_answers(folder, ODD_TEXTS))


def test_the_words_of_published_vocabularies(tmp_path: Path, export_to: Export) -> None:
    """They have "text", and bert-base-chinese has U+2028, which a line of vocab.txt loses at its end."""
    config = bert_config(vocab_size=len(UNCASED) + 3)
    vocabulary = (*UNCASED, "text", "\u2028", "##\u2028")
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config), TOKENIZER, vocabulary)
    ids = {token: index for index, token in enumerate(vocabulary)}
    BertTokenizer(vocab=ids, do_lower_case=True).save_pretrained(folder)
    texts = ("good text", ("text", "x\u2028film"))
    assert_parity(export_to(folder, "onnx"), "onnx", texts, transformers_answers(folder, texts))


def _saved(tmp_path: Path, flags: dict[str, Any]) -> Path:
    folder = cased_folder(tmp_path / "m", flags)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    (folder / "vocab.txt").unlink()
    tokenizer.save_pretrained(folder)
    return folder


CHANGES: tuple[dict[str, Any], ...] = (
    {"do_lower_case": False},
    {"strip_accents": False},
    {"tokenize_chinese_chars": False},
)


@pytest.mark.parametrize("change", CHANGES)
def test_tokenizer_config_wins_over_tokenizer_json(
    change: dict[str, Any], tmp_path: Path, export_to: Export
) -> None:
    folder = _saved(tmp_path, {"do_lower_case": True})
    before = transformers_answers(folder, ODD_TEXTS)
    edit(folder / "tokenizer_config.json", change)
    expected = transformers_answers(folder, ODD_TEXTS)
    assert expected.input_ids != before.input_ids
    assert_parity(export_to(folder, "onnx"), "onnx", ODD_TEXTS, expected)


@pytest.mark.parametrize("change", CHANGES)
def test_a_bare_tokenizer_json_is_taken_at_its_word(
    change: dict[str, Any], tmp_path: Path, export_to: Export
) -> None:
    """A generic class reads the file and nothing else, as `Tokenizer.from_file` does.

    (Where the config is silent, transformers' BertTokenizer takes the defaults of an uncased model even for a
    file that says cased: that is not followed.)
    """
    folder = _saved(tmp_path, {"do_lower_case": True, **change})
    (folder / "tokenizer_config.json").unlink()
    own = Tokenizer.from_file(str(folder / "tokenizer.json"))
    own.enable_truncation(LIMIT)
    artifact = export_to(folder, "onnx")
    texts = [text for text in ODD_TEXTS if isinstance(text, str)]
    assert artifact_answers(artifact, "onnx", texts).input_ids == tuple(
        tuple(own.encode(text).ids) for text in texts
    )


TYPELESS: tuple[dict[str, Any], ...] = (
    {"model_input_names": ["input_ids", "attention_mask"]},
    {"tokenizer_class": "DistilBertTokenizer"},
    {"tokenizer_class": "DistilBertTokenizer", "model_input_names": ["input_ids", "token_type_ids"]},
)


@pytest.mark.parametrize("saved", [False, True])
@pytest.mark.parametrize("facts", TYPELESS)
def test_a_bert_whose_tokenizer_gives_no_types(
    facts: dict[str, Any], saved: bool, tmp_path: Path, export_to: Export
) -> None:
    """Then transformers feeds none, the model takes type 0, and both texts of a pair count as the first.

    The last of the facts takes the types up again.
    """
    folder = _saved(tmp_path, {}) if saved else cased_folder(tmp_path / "m", {})
    edit(folder / "tokenizer_config.json", {"do_lower_case": True, **facts})
    texts: tuple[Text, ...] = ("good", ("what is the capital ?", "paris"), ("", "not bad"))
    assert_parity(export_to(folder, "onnx"), "onnx", texts, transformers_answers(folder, texts))


def test_a_generic_class_that_transformers_5_saved(tmp_path: Path, export_to: Export) -> None:
    """It gives no types either; where transformers 4 saved it, it gives those of its post-processor."""
    folder = _saved(tmp_path, {"do_lower_case": True})
    edit(folder / "tokenizer_config.json", {"tokenizer_class": "TokenizersBackend"})
    texts: tuple[Text, ...] = ("good", ("what is the capital ?", "paris"))
    assert_parity(export_to(folder, "onnx"), "onnx", texts, transformers_answers(folder, texts))


@pytest.mark.parametrize("side", ["left", "right"])
def test_what_training_left_in_tokenizer_json(side: str, tmp_path: Path, export_to: Export) -> None:
    """A tokenizer saved after use keeps that run's settings: of them only the side of truncation counts."""
    folder = _saved(tmp_path, {"do_lower_case": True})
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(6, stride=2, strategy="only_first", direction=side)
    tokenizer.enable_padding(length=40)
    tokenizer.save(str(folder / "tokenizer.json"))
    assert "truncation_side" not in json.loads((folder / "tokenizer_config.json").read_text())
    assert_parity(export_to(folder, "onnx"), "onnx", ODD_TEXTS, transformers_answers(folder, ODD_TEXTS))


def test_special_tokens_of_other_names(tmp_path: Path, export_to: Export) -> None:
    names = {"cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    vocabulary = ("<pad>", "<unk>", "<s>", "</s>", *UNCASED[4:])
    config = bert_config()
    folder = write_checkpoint(
        tmp_path / "m",
        config,
        bert_tensors(config),
        {**TOKENIZER, **names, "mask_token": "[MASK]"},
        vocabulary,
    )
    texts = (*ODD_TEXTS, "good </s> bad <s> <unk>")
    assert_parity(export_to(folder, "onnx"), "onnx", texts, transformers_answers(folder, texts))


def test_a_special_token_written_as_an_object(tmp_path: Path, export_to: Export) -> None:
    token = {"content": "[SEP]", "lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
    folder = cased_folder(
        tmp_path / "m", {"do_lower_case": True, "sep_token": {"__type": "AddedToken", **token}}
    )
    assert_parity(export_to(folder, "onnx"), "onnx", ODD_TEXTS, transformers_answers(folder, ODD_TEXTS))


ADDED_TEXTS: tuple[Text, ...] = ("good [ENT] film <user>bad", "<user>", ("[ENT]good", "x[ENT]x"))


def _token(content: str, special: bool) -> dict[str, Any]:
    flags = dict.fromkeys(("lstrip", "rstrip", "single_word"), False)
    return {"content": content, "normalized": not special, "special": special, **flags}


def _write_added_tokens(folder: Path, where: str) -> None:
    rows = len(UNCASED)
    if where == "added_tokens.json":
        (folder / where).write_text(json.dumps({"[ENT]": rows, "<user>": rows + 1}))
        edit(folder / "tokenizer_config.json", {"additional_special_tokens": ["[ENT]"]})
    elif where == "added_tokens_decoder":
        table = {str(index): _token(token, special=True) for index, token in enumerate(SPECIAL)}
        table |= {str(rows): _token("[ENT]", special=True), str(rows + 1): _token("<user>", special=False)}
        edit(folder / "tokenizer_config.json", {where: table})
    else:
        edit(folder / "tokenizer_config.json", {where: ["[ENT]", "<user>"]})


@pytest.mark.parametrize("where", ["added_tokens.json", "added_tokens_decoder", "additional_special_tokens"])
def test_tokens_added_to_a_vocabulary(where: str, tmp_path: Path, export_to: Export) -> None:
    """A tokenizer extended for fine-tuning: its new tokens follow vocab.txt's, in a file of their own."""
    config = bert_config(vocab_size=len(UNCASED) + 2)
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    _write_added_tokens(folder, where)
    expected = transformers_answers(folder, ADDED_TEXTS)
    assert len(UNCASED) in expected.input_ids[0]
    assert_parity(export_to(folder, "onnx"), "onnx", ADDED_TEXTS, expected)


FLAGS: dict[str, dict[str, dict[str, Any]]] = {
    "lstrip": {"[MASK]": {"lstrip": True}, "<user>": {"lstrip": True}},
    "rstrip": {"<user>": {"rstrip": True, "special": True}},
    "single_word": {"<user>": {"single_word": True}},
    "normalized": {"<User>": {"normalized": True}},
    "not normalized": {"<User>": {"normalized": False}},
    "a word of the vocabulary": {"good": {"special": True, "normalized": False}},
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags_of_added_tokens(name: str, tmp_path: Path, export_to: Export) -> None:
    config = bert_config(vocab_size=len(UNCASED) + 2)
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    table = {str(index): _token(token, special=True) for index, token in enumerate(SPECIAL)}
    for content, flags in FLAGS[name].items():
        known = UNCASED.index(content) if content in UNCASED else len(UNCASED)
        table[str(known)] = {**_token(content, special=False), **flags}
    edit(folder / "tokenizer_config.json", {"added_tokens_decoder": table})
    texts = (
        "good <user> bad [MASK] film",
        "x<user>x <User> <USER>é  <user>  .",
        "GOOD goodx x[MASK]  x",
    )
    assert_parity(export_to(folder, "onnx"), "onnx", texts, transformers_answers(folder, texts))


def test_tokens_added_and_saved(tmp_path: Path, export_to: Export) -> None:
    config = bert_config(vocab_size=len(UNCASED) + 2)
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    _write_added_tokens(folder, "added_tokens_decoder")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    (folder / "vocab.txt").unlink()
    tokenizer.save_pretrained(folder)
    expected = transformers_answers(folder, ADDED_TEXTS)
    assert len(UNCASED) in expected.input_ids[0]
    assert_parity(export_to(folder, "onnx"), "onnx", ADDED_TEXTS, expected)


def test_a_vocabulary_with_windows_line_ends(tmp_path: Path, export_to: Export) -> None:
    folder = cased_folder(tmp_path / "m", {"do_lower_case": False})
    expected = transformers_answers(folder, ODD_TEXTS)
    (folder / "vocab.txt").write_bytes((folder / "vocab.txt").read_bytes().replace(b"\n", b"\r\n"))
    assert_parity(export_to(folder, "onnx"), "onnx", ODD_TEXTS, expected)


def test_no_types_from_the_older_post_processor(tmp_path: Path, export_to: Export) -> None:
    folder = _saved(tmp_path, {"do_lower_case": True})
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ids = {token: tokenizer.token_to_id(token) for token in ("[SEP]", "[CLS]")}
    tokenizer.post_processor = BertProcessing(*ids.items())
    tokenizer.save(str(folder / "tokenizer.json"))
    texts: tuple[Text, ...] = ("good", ("what is the capital ?", "paris"))
    typed = artifact_answers(export_to(folder, "onnx"), "onnx", texts).logits
    edit(folder / "tokenizer_config.json", {"model_input_names": ["input_ids", "attention_mask"]})
    answers = transformers_answers(folder, texts)
    assert_parity(export_to(folder, "onnx"), "onnx", texts, answers)
    assert abs(typed[1] - answers.logits[1]).max() > 0.01  # it does matter


def test_no_types_from_a_chain_of_post_processors(tmp_path: Path, export_to: Export) -> None:
    folder = _saved(tmp_path, {"do_lower_case": True})
    body = json.loads((folder / "tokenizer.json").read_text())
    body["post_processor"] = {"type": "Sequence", "processors": [body["post_processor"]]}
    (folder / "tokenizer.json").write_text(json.dumps(body))
    edit(folder / "tokenizer_config.json", {"model_input_names": ["input_ids", "attention_mask"]})
    texts: tuple[Text, ...] = ("good", ("what is the capital ?", "paris"))
    assert_parity(export_to(folder, "onnx"), "onnx", texts, transformers_answers(folder, texts))
