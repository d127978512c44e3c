"""Vocabularies and tokenizers that are missing, damaged or of another model."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import Refuse, change_json
from odd_texts import edit
from students import SPECIAL, UNCASED, bert_config, bert_tensors, write_checkpoint

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert_exporter.export_cli import main

pytest_plugins = ("bad_fixtures",)

ROWS = len(UNCASED)
VOCABULARY = "".join(f"{token}\n" for token in UNCASED)
WRONG = {
    "string": "yes",
    "number as string": "512",
    "zero": 0,
    "negative": -1,
    "three": 3,
    "fraction": 1.5,
    "NaN": float("nan"),
    "list": ["[CLS]"],
    "object": {"a": 1},
    "content": {"content": 3},
    "empty": "",
}


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("key", ["do_lower_case", "strip_accents", "tokenize_chinese_chars"])
@pytest.mark.parametrize("file", ["vocab.txt", "tokenizer.json"])
def test_a_switch_that_is_none(
    key: str, value: object, file: str, student: Path, artifact: Path, refuse_export: Refuse
) -> None:
    if file == "tokenizer.json":
        (student / file).write_bytes((artifact / file).read_bytes())
    change_json(student / "tokenizer_config.json", **{key: value})
    line = refuse_export(CheckpointError, "student")
    assert f"tokenizer_config.json: {key} is " in line and "expected true or false; correct it" in line


@pytest.mark.parametrize("value", [*WRONG.values(), True, 12.5, -1e30], ids=repr)
def test_a_limit_that_is_none(value: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "tokenizer_config.json", model_max_length=value)
    line = refuse_export(CheckpointError, "student")
    assert "model_max_length is " in line and "expected a whole number from 4; correct it" in line


@pytest.mark.parametrize("value", [None, 10**30, 1e30, 10**400, 512, 48.0, float("inf")])
def test_a_limit_beyond_the_positions_is_none(
    value: object, student: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change_json(student / "tokenizer_config.json", model_max_length=value)
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0
    assert "up to 48 tokens" in capfd.readouterr().out


@pytest.mark.parametrize("key", ["unk_token", "cls_token", "sep_token", "pad_token", "mask_token"])
@pytest.mark.parametrize(
    "value", [3, True, 1.5, "", [], ["[CLS]"], {}, {"content": 3}, {"content": ""}], ids=repr
)
def test_a_special_token_that_is_none(key: str, value: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "tokenizer_config.json", **{key: value})
    line = refuse_export(CheckpointError, "student")
    assert f"tokenizer_config.json: {key} is " in line and "expected a token; correct it" in line


@pytest.mark.parametrize("key", ["unk_token", "cls_token", "sep_token"])
@pytest.mark.parametrize("value", ["[X]", "a\nerror: b\x1b[31m", {"content": "[X]"}, "x" * 100_000])
def test_a_special_token_that_the_vocabulary_lacks(
    key: str, value: object, student: Path, refuse_export: Refuse
) -> None:
    change_json(student / "tokenizer_config.json", **{key: value})
    line = refuse_export(CheckpointError, "student")
    assert "student/vocab.txt: " in line and "not in it, expected a WordPiece vocabulary" in line


@pytest.mark.parametrize("value", [3, True, "x", {"a": 1}, [1], [None], [""], [{}], ["\ud800"]], ids=repr)
def test_special_tokens_that_are_none(value: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "tokenizer_config.json", additional_special_tokens=value)
    line = refuse_export(CheckpointError, "student")
    assert "additional_special_tokens" in line and "correct it" in line


TOKEN = {"content": "new"}
NO_TOKENS = [3, "x", ["a"], {"a": TOKEN}, {"-1": TOKEN}, {"9" * 5000: TOKEN}, {"٣": TOKEN}]
NO_TOKENS += [
    {"5": "x"},
    {"5": {}},
    {"5": {"content": ""}},
    {"5": {"content": 3}},
    {"5": {"content": "\ud800"}},
]


@pytest.mark.parametrize("value", NO_TOKENS, ids=lambda value: repr(value)[:30])
def test_added_tokens_that_are_none(value: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "tokenizer_config.json", added_tokens_decoder=value)
    assert "tokenizer_config.json: " in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize(
    "body",
    ["[]", "3", '{"new": -1}', '{"new": 1.5}', '{"new": null}', '{"": 61}', '{"\\ud800": 61}', "[" * 9999],
)
def test_a_file_of_added_tokens_that_is_none(body: str, student: Path, refuse_export: Refuse) -> None:
    (student / "added_tokens.json").write_text(body, encoding="utf-8")
    assert "added_tokens.json: " in refuse_export(CheckpointError, "student")


@pytest.mark.parametrize("key", ["additional_special_tokens", "added_tokens_decoder"])
@pytest.mark.parametrize("count", [1, 30_000])
def test_more_tokens_than_the_embedding_has_rows(
    key: str, count: int, student: Path, refuse_export: Refuse
) -> None:
    names = [f"new{number}" for number in range(count)]
    table = {str(ROWS + number): {"content": name} for number, name in enumerate(names)}
    change_json(student / "tokenizer_config.json", **{key: names if key.startswith("additional") else table})
    assert f"{ROWS + count} tokens, ids up to {ROWS + count - 1}, but" in refuse_export(
        CheckpointError, "student"
    )


@pytest.mark.parametrize("value", ["both", "", 3, None, [], {}, True])
def test_a_side_that_is_none(value: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "tokenizer_config.json", truncation_side=value)
    line = refuse_export(CheckpointError, "student")
    assert "truncation_side is " in line and "expected left or right; correct it" in line


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"\n\n\n", "'[UNK]', '[CLS]', '[SEP]' not in it", id="blank lines"),
        pytest.param(b"\0" * 100, "'[UNK]', '[CLS]', '[SEP]' not in it", id="zeros"),
        pytest.param(VOCABULARY.encode("utf-16"), "not UTF-8 text", id="UTF-16"),
        pytest.param(VOCABULARY.encode() + b"\xe9\n", "not UTF-8 text", id="Latin-1"),
        pytest.param(VOCABULARY.replace("[CLS]", "CLS").encode(), "'[CLS]' not in it", id="no [CLS]"),
        pytest.param(
            VOCABULARY.replace("[SEP]", "s").replace("[UNK]", "u").encode(),
            "'[UNK]', '[SEP]' not in it, expected a WordPiece vocabulary; give the model's own with",
            id="neither [UNK] nor [SEP]",
        ),
        pytest.param(
            VOCABULARY.replace("\n", "\t1\n").encode(),
            "'[UNK]', '[CLS]', '[SEP]' not in it",
            id="with counts",
        ),
        pytest.param(
            (VOCABULARY + "extra\n").encode(), f"{ROWS + 1} tokens, ids up to {ROWS}, but", id="longer"
        ),
        pytest.param(
            (VOCABULARY + "x\n" * 1_000_000).encode(),
            f"but the word embedding has {ROWS} rows",
            id="a million",
        ),
        pytest.param((VOCABULARY + "x" * 10_000_000).encode(), f"has {ROWS} rows", id="an endless token"),
    ],
)
def test_a_vocabulary_that_is_wrong(content: bytes, words: str, student: Path, refuse_export: Refuse) -> None:
    (student / "vocab.txt").write_bytes(content)
    line = refuse_export(CheckpointError, "student")
    assert "student/vocab.txt: " in line and words in line


@pytest.mark.parametrize("file", ["vocab.txt", "tokenizer.json"])
def test_a_vocabulary_of_1_gb_is_not_read(file: str, student: Path, refuse_export: Refuse) -> None:
    (student / file).touch()
    os.truncate(student / file, 10**9)
    line = refuse_export(CheckpointError, "student")
    assert f"student/{file}: 1000000000 bytes, expected at most 32000000; replace it" in line


@pytest.mark.parametrize(
    "make", [lambda path: None, Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")]
)
def test_no_vocabulary(make: Callable[[Path], object], student: Path, refuse_export: Refuse) -> None:
    (student / "vocab.txt").unlink()
    make(student / "vocab.txt")
    line = refuse_export(CheckpointError, "student")
    assert "student: no vocabulary in it, expected tokenizer.json, vocab.txt, vocab.json with" in line


def test_windows_line_ends_are_no_part_of_a_token(student: Path) -> None:
    assert main(["student", "--target", "onnx", "-o", "unix"]) == 0
    (student / "vocab.txt").write_bytes(VOCABULARY.replace("\n", "\r\n").encode())
    assert main(["student", "--target", "onnx", "-o", "windows"]) == 0
    assert Path("unix/tokenizer.json").read_bytes() == Path("windows/tokenizer.json").read_bytes()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"junk", "not a tokenizer (Expecting value"),
        (b"[]", "not a tokenizer"),
        (b"null", "not a tokenizer"),
        (b"3", "not a tokenizer"),
        (b"{}", "not a tokenizer"),
        (b'"\xff"', "not UTF-8"),
        (b"[" * 100_000, "not a tokenizer (maximum recursion"),
        (b'{"model": null}', "not a tokenizer"),
        (b'{"model": {}}', "not a tokenizer"),
        (b'{"model": {"type": "WordPiece", "vocab": []}}', "not a tokenizer"),
        (b'{"model": {"type": "WordPiece", "vocab": {"a": 0}}, "added_tokens": 3}', "not a tokenizer"),
        (b'{"model": {"type": "WordPiece", "vocab": {"a": 0}}, "added_tokens": [{}]}', "not a tokenizer"),
    ],
)
def test_a_file_that_is_no_tokenizer(
    content: bytes, words: str, student: Path, refuse_export: Refuse
) -> None:
    (student / "tokenizer.json").write_bytes(content)
    line = refuse_export(CheckpointError, "student")
    assert f"student/tokenizer.json: {words}" in line and "replace it" in line


@pytest.fixture(scope="module")
def sound(artifact: Path) -> dict[str, Any]:
    """The tokenizer.json of the student, to be changed."""
    return json.loads((artifact / "tokenizer.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _written(student: Path, sound: dict[str, Any], path: str, value: object) -> None:
    body = copy.deepcopy(sound)
    part = body
    *keys, last = path.split("/")
    for key in keys:
        part = part[int(key) if isinstance(part, list) else key]
    part[last] = value
    (student / "tokenizer.json").write_text(json.dumps(body), encoding="utf-8")


ADDED = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("model/vocab/film", ROWS, f"ids up to {ROWS}, but the word embedding has {ROWS} rows"),
        ("model/vocab/film", 10**9, "ids up to 1000000000, but the word embedding"),
        ("model/vocab/film", 2**40, "ids up to 1099511627776, but"),
        ("model/vocab/film", 6, "several tokens share an id"),
        ("model/vocab/film", -1, "ids that are not whole numbers from 0"),
        ("model/vocab/film", 1.5, "ids that are not whole numbers from 0"),
        ("model/vocab/film", "7", "ids that are not whole numbers from 0"),
        ("model/vocab/film", None, "ids that are not whole numbers from 0"),
        ("model/unk_token", "nothing", "or no unk_token among them"),
        ("model/unk_token", 3, "or no unk_token among them"),
        ("model/vocab", {}, "or no unk_token among them"),
        ("added_tokens", [{"id": 500, "content": "new", **ADDED}], "ids up to 500, but"),
        ("added_tokens", [{"id": ROWS - 1, "content": UNCASED[-1]}], "not a tokenizer ('lstrip')"),
        ("normalizer", "x", "not a tokenizer"),
        ("normalizer", [], "not a tokenizer"),
        ("normalizer", {"type": "Nothing"}, "not a tokenizer"),
        ("normalizer/clean_text", "x", "not a tokenizer"),
        ("normalizer", {"type": "Precompiled"}, "not a tokenizer (precompiled_charsmap: "),
        ("normalizer", {"type": "Precompiled", "precompiled_charsmap": 3}, "not a tokenizer (precompiled_"),
        ("normalizer", {"type": "Precompiled", "precompiled_charsmap": "é"}, "not a tokenizer (precompiled_"),
        ("normalizer", {"type": "Precompiled", "precompiled_charsmap": "////"}, "(a table of 3 bytes"),
        (
            "pre_tokenizer",
            {"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated"},
            "not a tokenizer",
        ),
        ("post_processor/single/0/SpecialToken/type_id", 7, "types to 7"),
        ("post_processor/single/1/Sequence/type_id", 2**31, "types to 2147483648"),
        ("version", "9.0", "not a tokenizer (Unknown tokenizer version"),
    ],
)
def test_a_tokenizer_that_does_not_fit(
    path: str, value: object, words: str, sound: dict[str, Any], student: Path, refuse_export: Refuse
) -> None:
    change_json(student / "tokenizer_config.json", tokenizer_class=None)
    _written(student, sound, path, value)
    line = refuse_export(CheckpointError, "student")
    assert "student/tokenizer.json: " in line and words in line


def test_a_limit_that_special_tokens_fill(
    sound: dict[str, Any], student: Path, refuse_export: Refuse
) -> None:
    """RoBERTa has four around a pair."""
    pair = sound["post_processor"]["pair"]
    _written(student, sound, "post_processor/pair", [*pair[:3], pair[2], *pair[3:]])
    edit(student / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"})
    line = refuse_export(InputError, "student", "--max-tokens", "4")
    assert "a limit of 4 tokens leaves no room for text beside 4 special tokens" in line


@pytest.mark.parametrize("kind", ["WordLevel", "Nothing", 3])
def test_a_model_of_another_kind(
    kind: object, sound: dict[str, Any], student: Path, refuse_export: Refuse
) -> None:
    _written(student, sound, "model", {"type": kind, "vocab": {"a": 0, "[UNK]": 1}, "unk_token": "[UNK]"})
    line = refuse_export(UnsupportedModelError, "student")
    assert f"its model is {kind!r}, expected WordPiece, BPE, Unigram; export a model that uses one" in line


PIECES = [[token, 0.0] for token in SPECIAL]
UNIGRAM = {"type": "Unigram", "unk_id": 1, "vocab": PIECES}
TOKENS = {token: index for index, token in enumerate((*SPECIAL, "a"))}
BPE = {"type": "BPE", "merges": [], "vocab": TOKENS}


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({**UNIGRAM, "unk_id": None}, "not a tokenizer (unk_id is None"),
        ({**UNIGRAM, "unk_id": 5}, "not a tokenizer (unk_id is 5"),
        ({**UNIGRAM, "unk_id": -1}, "not a tokenizer (unk_id is -1"),
        ({**UNIGRAM, "vocab": []}, "not a tokenizer (unk_id is 1"),
        ({**UNIGRAM, "vocab": {"a": 1}}, "not a tokenizer"),
        ({**UNIGRAM, "vocab": [["a"]]}, "not a tokenizer"),
        ({**UNIGRAM, "vocab": [*PIECES, ["b", "c"]]}, "not a tokenizer"),
        ({**UNIGRAM, "vocab": [*PIECES, [3, 0.0]]}, "not a tokenizer"),
        ({**UNIGRAM, "vocab": PIECES * 2}, "a piece that it has twice"),
        (
            {**UNIGRAM, "vocab": PIECES + [[str(i), 0.0] for i in range(ROWS)]},
            f"but the word embedding has {ROWS} rows",
        ),
        (
            {**UNIGRAM, "vocab": [["x", 0.0], *PIECES[1:]]},
            "the token of id 0 is 'x' in tokenizer.json and '[PAD]' in",
        ),
        ({**BPE, "merges": [["a", "b"]]}, "not a tokenizer"),
        ({**BPE, "merges": ["a"]}, "not a tokenizer"),
        ({**BPE, "merges": ["a a"]}, "not a tokenizer"),
        ({**BPE, "merges": 3}, "not a tokenizer"),
        ({**BPE, "vocab": {**TOKENS, "a": ROWS}}, f"ids up to {ROWS}, but"),
        ({**BPE, "vocab": {**TOKENS, "a": 3}}, "several tokens share an id"),
        ({**BPE, "vocab": {**TOKENS, "a": -1}}, "ids that are not whole numbers from 0"),
        ({**BPE, "vocab": [["a", 1.0]]}, "not a tokenizer"),
        ({**BPE, "unk_token": "nothing"}, "or no unk_token among them"),
        (
            {**BPE, "vocab": {token: TOKENS[token] for token in SPECIAL}},
            "no token of the letter a",
        ),
    ],
)
def test_a_model_that_does_not_fit(
    model: dict[str, Any], words: str, sound: dict[str, Any], student: Path, refuse_export: Refuse
) -> None:
    change_json(student / "tokenizer_config.json", tokenizer_class=None)
    _written(student, sound, "model", model)
    line = refuse_export(CheckpointError, "student")
    assert "tokenizer.json" in line and words in line


def test_a_vocabulary_of_another_kind(sound: dict[str, Any], student: Path, refuse_export: Refuse) -> None:
    _written(student, sound, "model", {**BPE, "merges": []})
    line = refuse_export(CheckpointError, "student")
    assert "tokenizer.json: a BPE vocabulary, but the checkpoint's tokenizer is BertTokenizer; give" in line


def test_letters_treated_in_a_way_of_its_own(
    sound: dict[str, Any], student: Path, refuse_export: Refuse
) -> None:
    change_json(student / "tokenizer_config.json", do_lower_case=None)
    one_letter = {"type": "Replace", "pattern": {"String": "A"}, "content": "a"}
    _written(student, sound, "normalizer", one_letter)
    line = refuse_export(CheckpointError, "student", "--cased")
    assert "--cased cannot be followed: tokenizer.json treats letters in a way of its own" in line


def test_what_an_earlier_run_left_in_it_does_not_count(sound: dict[str, Any], student: Path) -> None:
    """Padding to a billion tokens, and truncation to three."""
    (student / "tokenizer.json").write_text(json.dumps(sound), encoding="utf-8")
    assert main(["student", "--target", "onnx", "-o", "plain"]) == 0
    padding = {
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    }
    truncation = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 1}
    changed = {**sound, "padding": {**padding, "strategy": {"Fixed": 10**9}}, "truncation": truncation}
    (student / "tokenizer.json").write_text(json.dumps(changed), encoding="utf-8")
    assert main(["student", "--target", "onnx", "-o", "left"]) == 0
    assert Path("plain/tokenizer.json").read_bytes() == Path("left/tokenizer.json").read_bytes()


def test_positions_for_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuse_export: Refuse
) -> None:
    monkeypatch.chdir(tmp_path)
    config = bert_config(max_position_embeddings=3)
    write_checkpoint(Path("student"), config, bert_tensors(config))
    assert "a limit of 3 tokens leaves no room for text" in refuse_export(InputError, "student")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe---\nlicense: mit\n---\n",
        b"---\nlicense: mit\n",
        b"---\nlicense: mit\x1b[31m\n---\n",
        b"---\n" + b"x: y\n" * 100_000 + b"license: mit\n---\n",
    ],
)
def test_a_model_card_in_disorder_names_no_licence(content: bytes, student: Path) -> None:
    (student / "README.md").write_bytes(content)
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0
    assert json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))["licence"] is None
