"""Text becomes the ids that transformers' tokenizer gives for the same folder, and so the same logits."""

from __future__ import annotations

from pathlib import Path

import pytest
from odd_texts import ODD_TEXTS, cased_folder
from references import BACKENDS, Export, assert_parity, transformers_answers
from students import (
    CASED,
    TOKENIZER,
    distilbert_config,
    distilbert_tensors,
    write_checkpoint,
)
from transformers import AutoTokenizer

import litebert


@pytest.fixture(scope="module")
def odd_cased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a BERT folder whose vocabulary knows capitals."""
    return cased_folder(tmp_path_factory.mktemp("cased") / "m", {"do_lower_case": False})


@pytest.mark.parametrize("chinese", [None, True, False])
@pytest.mark.parametrize("accents", [None, True, False])
@pytest.mark.parametrize("lowercase", [True, False])
def test_odd_texts_under_every_normalizer(
    lowercase: bool, accents: bool | None, chinese: bool | None, tmp_path: Path, export_to: Export
) -> None:
    flags = {"do_lower_case": lowercase, "strip_accents": accents, "tokenize_chinese_chars": chinese}
    present = {key: value for key, value in flags.items() if value is not None}
    folder = cased_folder(tmp_path / "m", present)
    assert_parity(export_to(folder, "onnx"), "onnx", ODD_TEXTS, transformers_answers(folder, ODD_TEXTS))


def test_the_normalizers_tell_the_odd_texts_apart(tmp_path: Path) -> None:
    """Each flag changes some of the ids: a flag that is not read would show."""
    base = {"do_lower_case": True, "strip_accents": False, "tokenize_chinese_chars": True}
    ids = []
    for changed in ({}, *({key: not value} for key, value in base.items())):
        folder = cased_folder(tmp_path / f"m{len(ids)}", {**base, **changed})
        tokenizer = AutoTokenizer.from_pretrained(folder)
        ids.append([tokenizer(text)["input_ids"] for text in ODD_TEXTS if isinstance(text, str)])
    assert all(ids[0] != other for other in ids[1:])


def test_odd_texts_on_tflite(odd_cased: Path, export_to: Export) -> None:
    expected = transformers_answers(odd_cased, ODD_TEXTS)
    assert_parity(export_to(odd_cased, "tflite"), "tflite", ODD_TEXTS, expected)


def test_odd_texts_for_distilbert(tmp_path: Path, export_to: Export) -> None:
    config = distilbert_config()
    tokenizer = {**TOKENIZER, "tokenizer_class": "DistilBertTokenizer"}
    folder = write_checkpoint(tmp_path / "m", config, distilbert_tensors(config), tokenizer)
    assert_parity(export_to(folder, "onnx"), "onnx", ODD_TEXTS, transformers_answers(folder, ODD_TEXTS))


@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_surrogates(target: str, odd_cased: Path, export_to: Export) -> None:
    """JSON and Windows give lone halves of a character: they count as U+FFFD; two that fit are joined.

    transformers itself refuses a lone half, so it is asked about the repaired text.
    """
    broken = ("good \ud800 film", "good\udc00film", "\ud83d\ude00 good", ("x \udfff", "\ud800"))
    repaired = ("good \ufffd film", "good\ufffdfilm", "\U0001f600 good", ("x \ufffd", "\ufffd"))
    expected = transformers_answers(odd_cased, repaired)
    assert_parity(export_to(odd_cased, target), target, broken, expected)


@pytest.mark.parametrize("side", ["left", "right"])
def test_truncation_side(side: str, tmp_path: Path, export_to: Export) -> None:
    folder = cased_folder(tmp_path / "m", {"do_lower_case": True, "truncation_side": side})
    expected = transformers_answers(folder, ODD_TEXTS)
    artifact = export_to(folder, "onnx")
    assert_parity(artifact, "onnx", ODD_TEXTS, expected)
    text = "good film " * 60 + "bad"
    with litebert.load(artifact, backend=BACKENDS["onnx"]) as model:
        last = model.tokenize(text).input_ids[-2]
        assert model(text).truncated and not model("good").truncated
    assert (last == CASED.index("bad")) == (side == "left")


@pytest.mark.parametrize("limit", [4, 5, 8, 47])
def test_every_limit_cuts_alike(limit: int, tmp_path: Path, export_to: Export) -> None:
    folder = cased_folder(tmp_path / "m", {"do_lower_case": True, "model_max_length": limit})
    expected = transformers_answers(folder, ODD_TEXTS)
    assert max(map(len, expected.input_ids)) == limit
    assert_parity(export_to(folder, "onnx"), "onnx", ODD_TEXTS, expected)


def test_max_tokens_is_a_limit_like_that_of_the_config(tmp_path: Path, export_to: Export) -> None:
    long, short = {"do_lower_case": True}, {"do_lower_case": True, "model_max_length": 9}
    artifact = export_to(cased_folder(tmp_path / "long", long), "onnx", max_tokens=9)
    expected = transformers_answers(cased_folder(tmp_path / "short", short), ODD_TEXTS)
    assert_parity(artifact, "onnx", ODD_TEXTS, expected)


@pytest.mark.parametrize("stored", [None, 1_000_000_000_000_000_019_884_624_838_656, 512])
def test_without_a_sane_limit_the_position_table_is_it(
    stored: int | None, tmp_path: Path, export_to: Export
) -> None:
    """Transformers would run off the table; it is asked about the same folder with the table's length."""
    flags = {"do_lower_case": True, "model_max_length": stored}
    folder = cased_folder(tmp_path / "m", {key: value for key, value in flags.items() if value})
    expected = transformers_answers(cased_folder(tmp_path / "n", {"do_lower_case": True}), ODD_TEXTS)
    assert_parity(export_to(folder, "onnx"), "onnx", ODD_TEXTS, expected)
