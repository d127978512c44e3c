"""The tables of the Java tokenizers, and what their tests expect, follow the tokenizers library."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

ANDROID = Path(__file__).parents[2] / "android_demo/litebert"


@pytest.mark.slow
def test_the_java_tables_are_those_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ANDROID / "tables")
    tables = importlib.import_module("write_tables")
    expected = importlib.import_module("write_expected")
    committed = {path.name: path.read_bytes() for path in tables.TABLES.glob("*.table")}
    made = dict(tables.tables())
    assert committed.keys() == made.keys()
    for name, content in expected.files().items():
        made[name], committed[name] = content, (expected.EXPECTED / name).read_bytes()
    assert [name for name, content in made.items() if content != committed[name]] == []
