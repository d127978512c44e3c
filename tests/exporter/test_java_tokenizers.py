"""What the exporter says of tokenizers that the Java runtime refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sound import SOUND
from tokenizers import Tokenizer

from litebert.tokenizer import parse_tokenizer
from litebert_exporter import export
from litebert_exporter.text.java import java_notes

_CASES = json.loads((Path(__file__).parents[1] / "cases/java-tokenizers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", _CASES["rows"], ids=lambda row: row["name"])
def test_a_note_says_what_java_refuses(row: dict[str, Any]) -> None:
    content = json.dumps({**_CASES["base"], **row["changes"]})
    parse_tokenizer(content.encode(), Path("tokenizer.json"), "longest-first")  # Python takes them all
    notes = java_notes(Tokenizer.from_str(content))
    assert len(notes) == (row["refused"] is not None)
    assert row["refused"] in (None, "twice") or row["refused"] in notes[0]


def test_an_export_says_so(tmp_path: Path) -> None:
    student = tmp_path / "student"
    student.mkdir()
    next(each for each in SOUND if each.name == "bert").write(student)
    ids = {
        word: index for index, word in enumerate((student / "vocab.txt").read_text("utf-8").split("\n")[:-1])
    }
    digits = {"type": "Digits", "individual_digits": True}
    model = {**_CASES["base"]["model"], "vocab": ids}
    processor = {"type": "BertProcessing", "sep": ["[SEP]", ids["[SEP]"]], "cls": ["[CLS]", ids["[CLS]"]]}
    body = {**_CASES["base"], "pre_tokenizer": digits, "post_processor": processor, "model": model}
    (student / "tokenizer.json").write_text(json.dumps(body), encoding="utf-8")
    (student / "vocab.txt").unlink()
    (student / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    report = export(student, targets=("onnx",), out=tmp_path / "out", cased=True)
    assert report.notes == (
        "the Java runtime will refuse this artifact: its tokenizer has the pre_tokenizer Digits",
    )
