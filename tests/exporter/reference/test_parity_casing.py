"""Cased or uncased: the files count, a flag counts more, and an error asks where neither says it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from odd_texts import edit
from references import Export, Text, assert_parity, transformers_answers
from students import SPECIAL, UNCASED, bert_config, bert_tensors, write_checkpoint, write_facts
from tokenizers import Tokenizer, normalizers
from transformers import AlbertTokenizer, AutoTokenizer
from vocabularies import SPIECE, read_tokenizer, roberta_tokenizer, unigram, xlm_roberta_tokenizer

from litebert import CheckpointError
from litebert_exporter import export
from litebert_exporter.text.spiece import message_class, read_spiece

# fmt: off
LETTERS = (
    *"aefghilmnorstu", *"AEFGILSÉÅß", *("##" + letter for letter in "aefghilmnorstuAEFGILé"), "é", "ı", "ﬁlm",
    "the", "The", "film", "Film", "good", "Good", "GOOD", "creme", "crème", "Crème", "中", "文", "##文",
    "か", "が", '"', "`",
)
# fmt: on
TEXTS: tuple[str, ...] = (
    "The Film was GOOD",
    "crème Crème e\u0301 É ÅNGSTRÖM",
    "İstanbul ISSUE ı Straße",
    "中文film 文Film",
    "かが \u0301a ﬁlm ①",
    "``good'' film",
)


def _bert(**changes: Any) -> dict[str, Any]:
    flags = {"clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
    return {"type": "BertNormalizer", **flags, **changes}


def _steps(*steps: str | dict[str, Any]) -> dict[str, Any]:
    parts = [{"type": step} if isinstance(step, str) else step for step in steps]
    return {"type": "Sequence", "normalizers": parts}


QUOTES = {"type": "Replace", "pattern": {"String": "``"}, "content": '"'}
BERTS_OWN: dict[str, dict[str, Any] | None] = {
    "lowercase: true": _bert(),
    "lowercase: false": _bert(lowercase=False),
    "inside a sequence": _steps(_steps(_bert())),
    "a sequence": _steps("NFD", "Lowercase", "StripAccents"),
    "a nested sequence": _steps(_steps("NFD"), _steps("Lowercase", _steps("StripAccents"))),
    "Lowercase alone": {"type": "Lowercase"},
    "no case": _steps("NFD", "StripAccents"),
    "null": None,
    "types left out": {"normalizers": [{key: value for key, value in _bert().items() if key != "type"}]},
}


def _folder(folder: Path, normalizer: dict[str, Any] | None, facts: dict[str, Any]) -> Path:
    """A tokenizer.json of BERT's with a normalizer of any form, and tokenizer_config.json beside it."""
    write_facts(folder, {"model_type": "bert"}, {}, tuple(dict.fromkeys((*SPECIAL, *LETTERS))))
    AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
    (folder / "vocab.txt").unlink()
    edit(folder / "tokenizer.json", {"normalizer": normalizer})
    (folder / "tokenizer_config.json").write_text(json.dumps(facts))
    return folder


def _assert_transformers_ids(folder: Path, cased: bool | None = None, **options: Any) -> None:
    ours, theirs = read_tokenizer(folder, cased=cased), AutoTokenizer.from_pretrained(folder, **options)
    for text in TEXTS:
        assert list(ours.encode(text).input_ids) == theirs(text)["input_ids"], f"other ids for {text!r}"


ALL_FLAGS: tuple[dict[str, Any], ...] = tuple(
    {"do_lower_case": lowercase, "strip_accents": strips, "tokenize_chinese_chars": splits}
    for lowercase in (True, False)
    for strips in (None, True, False)
    for splits in (True,)
)
CLASSES = ("BertTokenizer", "DistilBertTokenizerFast", "ElectraTokenizer", "MobileBertTokenizerFast", None)


@pytest.mark.parametrize("flags", ALL_FLAGS, ids=str)
@pytest.mark.parametrize("name", BERTS_OWN)
def test_flags_count_against_any_form_of_berts_steps(
    name: str, flags: dict[str, Any], tmp_path: Path
) -> None:
    """Transformers' BertTokenizer makes its normalizer from the flags, with any tokenizer.json."""
    for kind in CLASSES if flags["strip_accents"] is None else CLASSES[:1]:
        facts = {**flags, "tokenizer_class": kind}
        _assert_transformers_ids(_folder(tmp_path / str(kind), BERTS_OWN[name], facts))


@pytest.mark.parametrize("cased", [True, False])
@pytest.mark.parametrize("stated", [True, False, None])
@pytest.mark.parametrize("name", BERTS_OWN)
def test_a_flag_of_the_command_overrules_both_files(
    name: str, stated: bool | None, cased: bool, tmp_path: Path
) -> None:
    facts = {"do_lower_case": stated, "strip_accents": None, "tokenize_chinese_chars": True}
    folder = _folder(tmp_path / "m", BERTS_OWN[name], facts)
    _assert_transformers_ids(folder, cased, do_lower_case=not cased)


@pytest.mark.parametrize(
    ("stated", "cased", "line"),
    [
        (None, None, "cased (tokenizer.json)"),
        (False, None, "cased (tokenizer_config.json)"),
        (True, None, "uncased (tokenizer_config.json, against tokenizer.json)"),
        (None, True, "cased (cased=True)"),
        (None, False, "uncased (cased=False, against tokenizer.json)"),
        (False, False, "uncased (cased=False, against tokenizer_config.json and tokenizer.json)"),
        (True, True, "cased (cased=True, against tokenizer_config.json)"),
    ],
)
def test_the_report_says_who_decides(
    stated: bool | None, cased: bool | None, line: str, tmp_path: Path
) -> None:
    config = bert_config()
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config), {})
    AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
    edit(folder / "tokenizer.json", {"normalizer": _bert(lowercase=False)})
    edit(folder / "tokenizer_config.json", {"do_lower_case": stated})
    report = export(folder, targets=["onnx"], out=tmp_path / "out", cased=cased)
    assert report.casing == line


@pytest.mark.parametrize("lowercase", [True, False])
def test_a_step_that_bert_does_not_have_is_kept(lowercase: bool, tmp_path: Path) -> None:
    """Transformers 5 loses it, transformers 4 ran it; the flags change the BertNormalizer beside it."""
    facts = {"do_lower_case": lowercase, "strip_accents": None, "tokenize_chinese_chars": True}
    folder = _folder(tmp_path / "m", _steps(QUOTES, _steps(_bert(lowercase=not lowercase))), facts)
    raw = Tokenizer.from_file(str(folder / "tokenizer.json"))
    raw.normalizer = normalizers.Sequence(
        [normalizers.Replace("``", '"'), normalizers.BertNormalizer(lowercase=lowercase)]
    )
    ours = read_tokenizer(folder)
    assert all(list(ours.encode(text).input_ids) == raw.encode(text).ids for text in TEXTS)


FOREIGN: dict[str, dict[str, Any]] = {
    "NFC": {"type": "NFC"},
    "NFKD": _steps("NFKD", "Lowercase", "StripAccents"),
    "Replace": _steps(QUOTES, _steps("NFD", "Lowercase"), "StripAccents"),
}
CONTRADICTIONS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("NFC", {"do_lower_case": True}, "do_lower_case true; expected the same of both; say which holds with"),
    ("NFKD", {"do_lower_case": False}, "do_lower_case false; expected the same of both; say which"),
    ("Replace", {"do_lower_case": False}, "do_lower_case false; expected the same of both; say which"),
    ("NFC", {"strip_accents": True}, "strip_accents true; expected the same of both; correct"),
    ("NFKD", {"strip_accents": False}, "strip_accents false; expected"),
    ("Replace", {"tokenize_chinese_chars": True}, "tokenize_chinese_chars true; expected"),
    ("NFKD", {"keep_accents": True}, "keep_accents true; expected"),
    (
        "NFC",
        {"do_lower_case": True, "strip_accents": True},
        "do_lower_case true, strip_accents true; expected",
    ),
)


@pytest.mark.parametrize(("name", "flags", "words"), CONTRADICTIONS)
def test_a_contradiction_names_both_files(
    name: str, flags: dict[str, Any], words: str, tmp_path: Path
) -> None:
    folder = _folder(tmp_path / "m", FOREIGN[name], {**flags, "tokenizer_class": "BertTokenizer"})
    with pytest.raises(CheckpointError) as caught:
        read_tokenizer(folder)
    assert f"tokenizer.json: contradicts tokenizer_config.json, which says {words}" in str(caught.value)


@pytest.mark.parametrize("kind", ["BertTokenizer", "PreTrainedTokenizerFast"])
@pytest.mark.parametrize("name", FOREIGN)
def test_a_flag_of_the_command_settles_it(name: str, kind: str, tmp_path: Path) -> None:
    """Text in small letters gives the ids that --uncased gives any text; --cased takes no capital away."""
    for cased in (True, False):
        facts = {"do_lower_case": cased, "tokenizer_class": kind}
        folder = _folder(tmp_path / str(cased), FOREIGN[name], facts)
        raw = Tokenizer.from_file(str(folder / "tokenizer.json"))
        ours = read_tokenizer(folder, cased=cased)
        small = [list(ours.encode(text).input_ids) for text in ("the film", "good crème")]
        assert small == [raw.encode(text).ids for text in ("the film", "good crème")]
        capitals = list(ours.encode("The Film").input_ids)
        assert (capitals == small[0]) is not cased


@pytest.mark.parametrize(
    ("flag", "value"), [("do_lower_case", False), ("strip_accents", False), ("tokenize_chinese_chars", False)]
)
def test_a_generic_class_reads_no_flags_so_they_must_hold(flag: str, value: bool, tmp_path: Path) -> None:
    """PreTrainedTokenizerFast is tokenizer.json and nothing else."""
    facts = {"tokenizer_class": "PreTrainedTokenizerFast", "strip_accents": None, flag: not value}
    folder = _folder(tmp_path / "m", _bert(), facts)
    _assert_transformers_ids(folder)
    edit(folder / "tokenizer_config.json", {flag: value})
    with pytest.raises(CheckpointError, match=f"contradicts tokenizer_config.json, which says {flag} false"):
        read_tokenizer(folder)


def _albert(folder: Path) -> Path:
    AlbertTokenizer(vocab=unigram()).save_pretrained(folder)
    return folder


def _roberta(folder: Path) -> Path:
    roberta_tokenizer().save_pretrained(folder)
    return folder


def _xlm(folder: Path) -> Path:
    xlm_roberta_tokenizer().save_pretrained(folder)
    return folder


@pytest.mark.parametrize("make", [_roberta, _xlm])
def test_a_class_that_never_lowercases(make: Any, tmp_path: Path) -> None:
    folder = make(tmp_path)
    edit(folder / "tokenizer_config.json", {"do_lower_case": True})
    with pytest.raises(
        CheckpointError, match="which says do_lower_case true; expected the same of both; say"
    ):
        read_tokenizer(folder)
    plain, lowered = read_tokenizer(folder, cased=True), read_tokenizer(folder, cased=False)
    theirs = AutoTokenizer.from_pretrained(folder)
    for text in ("Good FILM", "the plot", "Crème"):
        assert list(plain.encode(text).input_ids) == theirs(text)["input_ids"]
        assert lowered.encode(text).input_ids == plain.encode(text.lower()).input_ids
    assert lowered.encode("GOOD").input_ids != plain.encode("GOOD").input_ids


@pytest.mark.parametrize(("make", "space"), [(_roberta, True), (_albert, False)])
def test_a_generic_class_and_the_space_before_a_text(make: Any, space: bool, tmp_path: Path) -> None:
    folder = make(tmp_path)
    facts = {"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": space, "keep_accents": None}
    edit(folder / "tokenizer_config.json", facts)
    with pytest.raises(CheckpointError, match=f"which says add_prefix_space {space!s}".lower()):
        read_tokenizer(folder)


@pytest.mark.parametrize("cased", [True, False])
def test_flags_of_the_command_on_albert(cased: bool, tmp_path: Path) -> None:
    folder = _albert(tmp_path)
    edit(folder / "tokenizer_config.json", {"do_lower_case": cased})
    _assert_transformers_ids(folder, cased, do_lower_case=not cased)


@pytest.mark.parametrize("lowercase", [True, False])
def test_a_table_before_the_letters(lowercase: bool, tmp_path: Path) -> None:
    folder = _albert(tmp_path)
    table = read_spiece(SPIECE)["normalizer"]["normalizers"][-1]
    steps = _steps(table, "NFKD", *(() if lowercase else ("Lowercase",)))
    edit(folder / "tokenizer.json", {"normalizer": steps})
    edit(folder / "tokenizer_config.json", {"do_lower_case": lowercase, "keep_accents": True})
    _assert_transformers_ids(folder)


@pytest.mark.parametrize("first", [True, False])
def test_a_step_that_albert_does_not_have(first: bool, tmp_path: Path) -> None:
    """The flags can be followed before it, but not behind it."""
    folder = _albert(tmp_path)
    body = json.loads((folder / "tokenizer.json").read_text())
    step = {"type": "Replace", "pattern": {"String": "x"}, "content": "é"}
    body["normalizer"]["normalizers"].insert(0 if first else 99, step)
    edit(folder / "tokenizer.json", body)
    assert read_tokenizer(folder).encode("x").input_ids != _albert_ids(tmp_path / "plain", "x")
    edit(folder / "tokenizer_config.json", {"keep_accents": True})
    if first:
        with pytest.raises(CheckpointError, match="which says keep_accents true"):
            read_tokenizer(folder)
    else:
        found = read_tokenizer(folder).encode("Crème X").input_ids
        assert found == _albert_ids(tmp_path / "kept", "crème é", keep_accents=True)


def _albert_ids(folder: Path, text: str, **options: Any) -> tuple[int, ...]:
    AlbertTokenizer(vocab=unigram(), **options).save_pretrained(folder)
    return read_tokenizer(folder).encode(text).input_ids


# A vocab.txt, where no file says whether text is lowercased.

CHINESE = (*SPECIAL, "[unused1]", "[unused2]", "<S>", "<T>", "东", "很", "好", "iphone", "nba", "é")


def _vocab_txt(folder: Path, vocabulary: Sequence[str], facts: dict[str, Any] | None = None) -> Path:
    config = bert_config(vocab_size=len(vocabulary))
    return write_checkpoint(folder, config, bert_tensors(config), facts, vocabulary)


def test_the_capitals_of_marks_are_no_evidence(tmp_path: Path, export_to: Export) -> None:
    folder = _vocab_txt(tmp_path / "m", CHINESE, {"init_inputs": []})
    texts: tuple[Text, ...] = ("iPhone NBA", "东很好", "<S> É [unused1]")
    expected = transformers_answers(folder, texts)
    assert expected.input_ids[0] == (2, CHINESE.index("iphone"), CHINESE.index("nba"), 3)
    assert_parity(export_to(folder, "onnx"), "onnx", texts, expected)


@pytest.mark.parametrize(
    "facts",
    [
        {"sep_token": "SEP", "cls_token": "Cls"},
        {"additional_special_tokens": ["SEP", "Cls"]},
        {"added_tokens_decoder": {"5": {"content": "SEP"}, "6": {"content": "Cls"}}},
    ],
    ids=str,
)
def test_a_token_that_a_file_names_is_no_evidence(facts: dict[str, Any], tmp_path: Path) -> None:
    folder = _vocab_txt(tmp_path / "m", (*SPECIAL, "SEP", "Cls", "good"), facts)
    report = export(folder, targets=["onnx"], out=tmp_path / "out")
    assert report.casing == "uncased (vocab.txt has no capital letters)"


@pytest.mark.parametrize("token", ["Good", "A", "##S", "É", "Ж", "İ", "HTTPURL", "が", "하지", "##다", "วัน"])
def test_what_no_file_says_is_asked_for(token: str, tmp_path: Path) -> None:
    """Letters without case count, too: uncased BERT strips accents, and the mark that turns か into が."""
    folder = _vocab_txt(tmp_path / "m", (*UNCASED, token))
    with pytest.raises(CheckpointError) as caught:
        export(folder, targets=["onnx"], out=tmp_path / "out")
    line = f"vocab.txt: holds {token!r}, which an uncased model never uses, but no file says whether this"
    assert line in str(caught.value) and str(caught.value).endswith("give cased=True or cased=False")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("token", ["ß", "ı", "crêpe", "か", "汉字", "½", "[a", "<s", "ა", "ª"])
def test_what_lowercasing_leaves_is_no_reason_to_ask(token: str, tmp_path: Path, export_to: Export) -> None:
    folder = _vocab_txt(tmp_path / "m", (*UNCASED, token))
    texts = (token, token.upper(), "The film")
    assert_parity(export_to(folder, "onnx"), "onnx", texts, transformers_answers(folder, texts))


def test_accents_that_are_kept_are_no_reason_to_ask(tmp_path: Path, export_to: Export) -> None:
    folder = _vocab_txt(tmp_path / "m", (*UNCASED, "が", "하지"), {"strip_accents": False})
    texts = ("が 하지", "Crème")
    assert_parity(export_to(folder, "onnx"), "onnx", texts, transformers_answers(folder, texts))


@pytest.mark.parametrize("stated", [None, True, False])
@pytest.mark.parametrize("cased", [True, False])
def test_a_flag_answers(cased: bool, stated: bool | None, tmp_path: Path, export_to: Export) -> None:
    folder = _vocab_txt(tmp_path / "m", (*UNCASED, "The", "Film", "が"), {"do_lower_case": stated})
    artifact = export_to(folder, "onnx", cased=cased)
    edit(folder / "tokenizer_config.json", {"do_lower_case": not cased})
    assert_parity(artifact, "onnx", TEXTS, transformers_answers(folder, TEXTS))


@pytest.mark.parametrize(("cased", "flag"), [(None, True), (None, False), (True, None), (False, None)])
def test_a_spiece_model_with_capitals(cased: bool | None, flag: bool | None, tmp_path: Path) -> None:
    model = message_class().FromString(SPIECE.read_bytes())
    model.pieces.add(piece="▁Film".encode(), score=-3.0)
    (tmp_path / "spiece.model").write_bytes(model.SerializeToString())
    with pytest.raises(CheckpointError, match=r"spiece.model: holds 'Film', which an uncased model never"):
        read_tokenizer(tmp_path)
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"do_lower_case": flag}))
    known = read_tokenizer(tmp_path, cased=cased).tokenizer.encode("Film", add_special_tokens=False).tokens
    assert (known == ["▁Film"]) is (cased or flag is False)


def test_a_spiece_model_without_capitals_is_uncased(tmp_path: Path) -> None:
    shutil.copy(SPIECE, tmp_path)
    tokenizer = read_tokenizer(tmp_path)
    assert tokenizer.encode("The FILM").input_ids == tokenizer.encode("the film").input_ids
