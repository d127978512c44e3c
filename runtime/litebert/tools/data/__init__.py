"""Texts of the user's, labelled or not: tab-separated, CSV, JSON lines, or a text per line."""

from __future__ import annotations

from litebert.tools.data.columns import RECOGNISED, Columns
from litebert.tools.data.table import Example, Table, golds_of, read_examples, read_table, read_texts

__all__ = [
    "RECOGNISED",
    "Columns",
    "Example",
    "Table",
    "golds_of",
    "read_examples",
    "read_table",
    "read_texts",
]
