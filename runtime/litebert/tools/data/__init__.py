"""The user's texts, labelled or not: tab-separated, CSV, JSON lines, or a text per line."""

from __future__ import annotations

from litebert.tools.data.columns import RECOGNISED, Columns
from litebert.tools.data.data_file import (
    DataFile,
    Example,
    golds_of,
    read_data_file,
    read_examples,
    read_texts,
)

__all__ = [
    "RECOGNISED",
    "Columns",
    "DataFile",
    "Example",
    "golds_of",
    "read_data_file",
    "read_examples",
    "read_texts",
]
