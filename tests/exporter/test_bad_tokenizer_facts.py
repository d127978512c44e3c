"""Files of a tokenizer that contradict each other, or that leave to a program how words are cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import Refuse, change_json
from students import UNCASED

from litebert import CheckpointError, UnsupportedModelError
from litebert_exporter.export_cli import main

pytest_plugins = ("bad_fixtures",)

ROWS = len(UNCASED)
CONFIG, MAP, ADDED = "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"
VOCABULARIES = ("vocab.txt", "tokenizer.json")


def _flags(content: str, **flags: bool) -> dict[str, Any]:
    return {"content": content, **flags}


CONTRADICTIONS: dict[str, tuple[dict[str, dict[str, Any]], str]] = {
    "names": (
        {CONFIG: {"cls_token": "[CLS]"}, MAP: {"cls_token": "good"}},
        "cls_token is '[CLS]' in tokenizer_config.json and 'good' in special_tokens_map.json",
    ),
    "names, as objects": (
        {CONFIG: {"sep_token": _flags("[SEP]")}, MAP: {"sep_token": _flags("bad")}},
        "sep_token is '[SEP]' in tokenizer_config.json and 'bad' in special_tokens_map.json",
    ),
    "ids": (
        {CONFIG: {"added_tokens_decoder": {"67": _flags("[E]")}}, ADDED: {"[E]": 68}},
        "the id of '[E]' is 68 in added_tokens.json and 67 in added_tokens_decoder in tokenizer_config.json",
    ),
    "tokens": (
        {CONFIG: {"added_tokens_decoder": {"67": _flags("[E]")}}, ADDED: {"[F]": 67}},
        "the token of id 67 is '[F]' in added_tokens.json and '[E]' in added_tokens_decoder in",
    ),
    "the id of a word": (
        {ADDED: {"good": 9}},
        "the id of 'good' is 11 in {vocabulary} and 9 in added_tokens.json",
    ),
    "the word of an id": (
        {ADDED: {"[E]": 11}},
        "the token of id 11 is 'good' in {vocabulary} and '[E]' in added",
    ),
    "lstrip": (
        {
            CONFIG: {"additional_special_tokens": [_flags("good", lstrip=True)]},
            MAP: {"additional_special_tokens": [_flags("good", lstrip=False)]},
        },
        "lstrip of 'good' is True in additional_special_tokens in tokenizer_config.json and False in",
    ),
    "normalized": (
        {
            CONFIG: {"added_tokens_decoder": {"11": _flags("good", normalized=True)}},
            MAP: {"ent_token": _flags("good", normalized=False)},
        },
        "normalized of 'good' is True in added_tokens_decoder in tokenizer_config.json and False in",
    ),
    "lists": (
        {CONFIG: {"additional_special_tokens": ["[E]"]}, MAP: {"additional_special_tokens": ["[F]", "[E]"]}},
        "is ['[E]'] in additional_special_tokens in tokenizer_config.json and ['[F]', '[E]'] in",
    ),
    "two keys": (
        {CONFIG: {"additional_special_tokens": ["[E]"], "extra_special_tokens": {"x": "[F]"}}},
        "is ['[E]'] in additional_special_tokens in tokenizer_config.json and ['[F]'] in extra_special",
    ),
    "the class": (
        {
            CONFIG: {"tokenizer_class": "BertTokenizerFast"},
            "config.json": {"tokenizer_class": "RobertaTokenizer"},
        },
        "is 'BertTokenizerFast' in tokenizer_config.json and 'RobertaTokenizer' in config.json",
    ),
    "a generic class beside a program": (
        {
            CONFIG: {"tokenizer_class": "PreTrainedTokenizerFast"},
            "config.json": {"tokenizer_class": "BertJapaneseTokenizer"},
        },
        "is 'PreTrainedTokenizerFast' in tokenizer_config.json and 'BertJapaneseTokenizer' in",
    ),
}


@pytest.fixture(params=VOCABULARIES)
def vocabulary(request: pytest.FixtureRequest, student: Path, artifact: Path) -> str:
    """Returns the file in which the student keeps its vocabulary."""
    if request.param != "vocab.txt":
        (student / request.param).write_bytes((artifact / request.param).read_bytes())
        (student / "vocab.txt").unlink()
    return str(request.param)


def _write(student: Path, files: dict[str, dict[str, Any]]) -> None:
    for name, content in files.items():
        if not (student / name).exists():
            (student / name).write_text("{}", encoding="utf-8")
        change_json(student / name, **content)


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_files_that_contradict_each_other(
    case: str, vocabulary: str, student: Path, refuse_export: Refuse
) -> None:
    files, words = CONTRADICTIONS[case]
    _write(student, files)
    assert words.format(vocabulary=vocabulary) in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {CONFIG: {"cls_token": "good"}},
            "is '[CLS] text [SEP]' in the post_processor of tokenizer.json and 'good text [SEP]'",
        ),
        (
            {MAP: {"unk_token": "good"}},
            "unk_token is '[UNK]' in tokenizer.json and 'good' in unk_token in special_",
        ),
        (
            {CONFIG: {"mask_token": _flags("[MASK]", lstrip=True)}},
            "lstrip of '[MASK]' is False in added_tokens in tokenizer.json and",
        ),
        ({ADDED: {"[CLS]": 9}}, "the id of '[CLS]' is 2 in"),
    ],
)
def test_files_that_contradict_tokenizer_json(
    files: dict[str, dict[str, Any]], words: str, student: Path, artifact: Path, refuse_export: Refuse
) -> None:
    (student / "tokenizer.json").write_bytes((artifact / "tokenizer.json").read_bytes())
    _write(student, files)
    assert words in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("film\n", "movie\n", "vocab.txt: has the token 'movie', which tokenizer.json lacks"),
        ("[PAD]\n[UNK]\n", "[UNK]\n[PAD]\n", "the id of '[UNK]' is 1 in tokenizer.json and 0 in vocab.txt"),
    ],
)
def test_a_vocab_txt_that_is_not_that_of_tokenizer_json(
    old: str, new: str, words: str, student: Path, artifact: Path, refuse_export: Refuse
) -> None:
    """As where somebody put words in the place of [unused1], and tokenizer.json stayed as it was."""
    (student / "tokenizer.json").write_bytes((artifact / "tokenizer.json").read_bytes())
    path = student / "vocab.txt"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert words in refuse_export(CheckpointError, "student")


def test_added_tokens_that_lowercasing_makes_one(student: Path, refuse_export: Refuse) -> None:
    """The library then takes either of them, by chance."""
    decoder = {str(UNCASED.index(word)): _flags(word, normalized=True) for word in ("creme", "crème", "good")}
    _write(student, {CONFIG: {"added_tokens_decoder": decoder}})
    line = refuse_export(CheckpointError, "student")
    assert "'creme' and 'crème' are the same text once normalized; correct it, or give" in line


@pytest.mark.parametrize("file", ["config.json", CONFIG])
@pytest.mark.parametrize(
    "name",
    [
        "BertJapaneseTokenizer",
        "BertweetTokenizer",
        "KoBertTokenizer",
        "PhobertTokenizer",
        "RoFormerTokenizer",
        "RoFormerTokenizerFast",
    ],
)
def test_a_class_that_cuts_words_by_a_program(
    name: str, file: str, vocabulary: str, student: Path, refuse_export: Refuse
) -> None:
    change_json(student / CONFIG, tokenizer_class=None)
    change_json(student / file, tokenizer_class=name)
    line = refuse_export(UnsupportedModelError, "student")
    assert (
        f"{file}: its tokenizer_class '{name}' cuts words by a program that {vocabulary} does not hold"
        in line
    )


@pytest.mark.parametrize(
    "name", ["HerbertTokenizer", "MPNetTokenizerFast", "FunnelTokenizer", "My\nTokenizer"]
)
def test_an_unknown_class_needs_a_tokenizer_json(
    name: str, student: Path, artifact: Path, refuse_export: Refuse
) -> None:
    change_json(student / CONFIG, tokenizer_class=name)
    assert "cuts words by a program that vocab.txt does not" in refuse_export(
        UnsupportedModelError, "student"
    )
    (student / "tokenizer.json").write_bytes((artifact / "tokenizer.json").read_bytes())
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0


@pytest.mark.parametrize("code", [["x.Slow", None], {"AutoTokenizer": ["x.Slow", "x.Fast"]}], ids=str)
def test_code_of_its_own(code: object, vocabulary: str, student: Path, refuse_export: Refuse) -> None:
    change_json(student / CONFIG, auto_map=code)
    line = refuse_export(UnsupportedModelError, "student")
    assert (
        f"tokenizer_config.json: its auto_map cuts words by a program that {vocabulary} does not hold" in line
    )


@pytest.mark.parametrize("value", [3, "", ["BertTokenizer"], True], ids=repr)
def test_a_class_that_is_no_name(value: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / CONFIG, tokenizer_class=value)
    assert "tokenizer_config.json: tokenizer_class is " in refuse_export(CheckpointError, "student")


def test_a_generic_class_without_its_file(student: Path, refuse_export: Refuse) -> None:
    change_json(student / CONFIG, tokenizer_class="PreTrainedTokenizerFast")
    line = refuse_export(CheckpointError, "student")
    assert (
        "tokenizer_class PreTrainedTokenizerFast reads a tokenizer.json, but the vocabulary is student/vo"
        in line
    )


def test_a_class_of_another_vocabulary(student: Path, refuse_export: Refuse) -> None:
    change_json(student / CONFIG, tokenizer_class="RobertaTokenizer")
    line = refuse_export(CheckpointError, "student")
    assert (
        "vocab.txt: a vocabulary for BertTokenizer, DistilBert" in line
        and "is RobertaTokenizer; give" in line
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("BertTokenizer", "BertTokenizerFast"),
        ("DistilBertTokenizer", "BertTokenizer"),
        ("BertTokenizer", "PreTrainedTokenizerFast"),
    ],
)
def test_two_names_of_one_class(first: str, second: str, student: Path) -> None:
    change_json(student / CONFIG, tokenizer_class=first)
    change_json(student / "config.json", tokenizer_class=second)
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("clean_text", False),
        ("do_basic_tokenize", False),
        ("fast_tokenizer_files", ["tokenizer.4.0.0.json"]),
        ("wordpieces_prefix", ""),
        ("never_split", ["good"]),
        ("remove_space", False),
        ("split_special_tokens", True),
    ],
)
def test_what_only_the_program_of_transformers_does(
    key: str, value: object, student: Path, refuse_export: Refuse
) -> None:
    change_json(student / CONFIG, **{key: value})
    line = refuse_export(UnsupportedModelError, "student")
    assert (
        f"tokenizer_config.json: {key} is {value!r}, which only transformers' own program can follow" in line
    )


NOTHING = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
FRAME = {"id": "[CLS]", "ids": [2] * 60, "tokens": ["[CLS]"] * 60}


def _process(student: Path, artifact: Path, change: Any) -> None:
    body = json.loads((artifact / "tokenizer.json").read_text(encoding="utf-8"))
    if isinstance(change, dict) and "type" not in change:
        body["post_processor"]["special_tokens"] |= change
    else:
        body["post_processor"] = change
    (student / "tokenizer.json").write_text(json.dumps(body), encoding="utf-8")


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        (
            "pre_tokenizer",
            {"type": "Whitespace"},
            "pre_tokenizer is 'Whitespace' in tokenizer.json and 'BertPre",
        ),
        (
            "model",
            {"continuing_subword_prefix": "@@"},
            "continuing_subword_prefix is '@@' in tokenizer.json and '##'",
        ),
        (
            "model",
            {"max_input_chars_per_word": 50},
            "max_input_chars_per_word is '50' in tokenizer.json and '100' in",
        ),
    ],
)
def test_a_tokenizer_json_that_its_class_does_not_follow(
    part: str, value: dict[str, Any], words: str, student: Path, artifact: Path, refuse_export: Refuse
) -> None:
    """Transformers 4 follows the file, transformers 5 the class; a generic class is the file's in both."""
    body = json.loads((artifact / "tokenizer.json").read_text(encoding="utf-8"))
    body[part] = {**body[part], **value} if part == "model" else value
    (student / "tokenizer.json").write_text(json.dumps(body), encoding="utf-8")
    assert words in refuse_export(CheckpointError, "student")
    change_json(student / CONFIG, tokenizer_class="PreTrainedTokenizerFast")
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0


@pytest.mark.parametrize("processor", [None, NOTHING], ids=["none", "bytes"])
@pytest.mark.parametrize("name", [None, "PreTrainedTokenizerFast", "TokenizersBackend"])
def test_nothing_that_writes_special_tokens(
    name: str | None, processor: Any, student: Path, artifact: Path, refuse_export: Refuse
) -> None:
    _process(student, artifact, processor)
    change_json(student / CONFIG, tokenizer_class=name)
    line = refuse_export(CheckpointError, "student")
    assert "tokenizer.json: its post_processor writes no special tokens around a text, nor does" in line
    assert (name or "a tokenizer of no stated class") in line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            NOTHING,
            "the frame of special tokens around texts is 'text' in the post_processor of tokenizer.json and",
        ),
        ({"[CLS]": FRAME}, "the frame of special tokens around texts is '[CLS] [CLS] [CLS]"),
        (
            {"[CLS]": {**FRAME, "ids": [1000], "tokens": ["[CLS]"]}},
            "the id of '[CLS]' is 2 in tokenizer.json and 1000 in its post_processor",
        ),
    ],
)
def test_a_post_processor_that_writes_something_else(
    change: Any, words: str, student: Path, artifact: Path, refuse_export: Refuse
) -> None:
    _process(student, artifact, change)
    assert words in refuse_export(CheckpointError, "student")


def test_added_tokens_with_a_gap_before_them(student: Path, refuse_export: Refuse) -> None:
    """The library would give the token the first id that is free."""
    path = student / "vocab.txt"
    path.write_text("".join(f"{token}\n" for token in UNCASED[:-2]), encoding="utf-8")
    _write(student, {CONFIG: {"added_tokens_decoder": {str(ROWS - 1): _flags("[E]")}}})
    line = refuse_export(CheckpointError, "student")
    assert f"ends at id {ROWS - 3}, but the added token '[E]' has id {ROWS - 1}" in line
