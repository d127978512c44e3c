"""What the exporter says of tokenizers that the Java runtime refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from litebert.tokenizer import parse_tokenizer
from litebert_exporter.text.java import java_notes

_CASES = json.loads((Path(__file__).parents[1] / "cases/java-tokenizers.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", _CASES["rows"], ids=lambda row: row["name"])
def test_a_note_says_what_java_refuses(row: dict[str, Any]) -> None:
    content = json.dumps({**_CASES["base"], **row["changes"]})
    parse_tokenizer(content.encode(), Path("tokenizer.json"), "longest-first")  # Python takes them all
    notes = java_notes(Tokenizer.from_str(content))
    assert len(notes) == (row["refused"] is not None)
    assert row["refused"] in (None, "twice") or row["refused"] in notes[0]
