"""Multilingual BERT and DistilBERT: plain ones, cased, with a vocabulary of many scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from references import Export, Text, assert_parity, transformers_answers
from students import (
    SPECIAL,
    bert_config,
    bert_tensors,
    distilbert_config,
    distilbert_tensors,
    write_checkpoint,
)

# fmt: off
WORDS = (
    "Der", "Film", "war", "schön", "##e", "##n", "Über", "éco", "eco", "##le", "Ñandú", "niño", "nino", "İ",
    "ı", "хороший", "фильм", "Москва", "й", "и", "##й", "καλός", "κ", "##αλ", "中", "国", "電", "影", "##影",
    "東", "ひ", "##ら", "カ", "##タ", "ฉั", "##น", "ดี", "ฟิล", "한국", "##어", "한",
    "##국", "영화", "فيلم", "جيد", "##ة",
    "و", "##فيلم", "हिन्दी", "हि", "##न", "##्", "##दी", "फ़िल्म",
    "שלום", "ש", "##לום", "😀", ".", ",", "!", "।", "؟",
    "？", "。", "«", "»", "¿", "'", "-", "1", "##0", "٣", "३",
)
TEXTS: tuple[Text, ...] = (
    "Der Film war schöne , Über éco eco école Ñandú niño nino !",
    "e\u0301cole n\u0303 Москва хороший фильм. и\u0306 й ий",
    "καλός Καλός «καλός» İ ı I i",
    "中国电影 電影。東京 國 中x国",
    "ひら カタ ひらカタ？ ｶﾀ",
    "ฉันดี ฟิล์ม ฉั น",
    "한국어 영화 한국 \u1112\u1161\u11ab\uad6d 한국!",
    "فيلم جيدة وفيلم جَيِّد ؟ ٣",
    "हिन्दी फ़िल्म हि न्दी । ३",
    "שלום שָׁלוֹם 😀 10",
    "\u200fفيلم\u200e جيد\u200cة a\u00adb",
    ("¿Der Film?", "中国 한국 فيلم"),
    "中国" * 60,
    "",
)
# fmt: on
TOKENIZER: dict[str, Any] = {"do_lower_case": False, "model_max_length": 48}


@pytest.mark.parametrize("target", ["onnx", "tflite"])
@pytest.mark.parametrize("family", ["bert", "distilbert"])
def test_scripts_of_the_world(family: str, target: str, tmp_path: Path, export_to: Export) -> None:
    """Accents are kept, Chinese characters are words of their own, joiners and marks are transformers'."""
    vocabulary = (*SPECIAL, *WORDS)
    if family == "bert":
        config = bert_config(vocab_size=len(vocabulary), directionality="bidi", pooler_type="first_token")
        tensors = bert_tensors(config)
    else:
        config = distilbert_config(vocab_size=len(vocabulary))
        tensors = distilbert_tensors(config)
    name = "BertTokenizer" if family == "bert" else "DistilBertTokenizer"
    folder = write_checkpoint(
        tmp_path / "m", config, tensors, {**TOKENIZER, "tokenizer_class": name}, vocabulary
    )
    expected = transformers_answers(folder, TEXTS)
    known = [i for ids in expected.input_ids for i in ids if i != SPECIAL.index("[UNK]")]
    assert len(set(known)) > 0.8 * len(WORDS)  # the texts are words to it, not unknown
    assert_parity(export_to(folder, target), target, TEXTS, expected)
