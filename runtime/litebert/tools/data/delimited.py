"""Rows of files with tabs or commas between their cells.

In a tab-separated file a quote is a character like any other, unless a csv writer (pandas, Excel, R) made
the file. Such a writer leaves traces that a person does not: quotes doubled inside quotes, a header in
quotes, quotes around just the cells with commas (Excel), rows that have the header's width only if a quoted
cell may hold tabs and line ends.
"""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from litebert.errors import InputError
from litebert.tools.data.content import first_line_of, lines_of

NumberedRow: TypeAlias = "tuple[int, tuple[str, ...]]"  # the line of its start, from 1, and its cells

_LIMIT = threading.Lock()
_ACROSS = re.compile("[\t\r\n]")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_WRITTEN_AS_CSV = re.compile(r'(?:(?:"[^"]*+(?:""[^"]*+)*+"|[^"\t\n]*+)[\t\n])++')


def tab_rows(path: Path, content: str) -> list[NumberedRow]:
    """The rows of a tab-separated file, header first, without blank lines.

    Raises:
        InputError: its quotes may be part of the text or not, and nothing shows which.
    """
    lines = lines_of(content)
    plain = [(number, tuple(line.split("\t"))) for number, line in enumerate(lines, start=1) if line]
    if '"' not in content:
        return plain
    if all(_QUOTED.fullmatch(cell) for cell in plain[0][1]):
        return csv_rows(path, content, "\t")
    if not _WRITTEN_AS_CSV.fullmatch("\n".join([*lines, ""])):
        _check_plain(path, plain)
        return plain
    quoted = csv_rows(path, content, "\t")
    if not _is_even(plain):
        return quoted
    across = [number for number, cells in quoted for cell in cells if _ACROSS.search(cell)]
    if across:
        raise InputError(
            f"{path}: line {across[0]} begins a text in quotes that goes on in the next line, or texts that "
            "begin and end with a quote; expected a file that can be read in one way; save it as CSV (.csv) "
            "or as JSON lines (.jsonl)"
        )
    is_doubled = any('"' in cell for _, cells in quoted for cell in cells)
    return quoted if is_doubled or _quotes_commas(plain) else plain


def csv_rows(path: Path, content: str, delimiter: str) -> list[NumberedRow]:
    """The rows of a CSV file, header first, without blank lines.

    Raises:
        InputError: a quote opens or closes inside a cell.
    """
    rows, line = [], 1
    header = first_line_of(content).split(delimiter)
    spaced = len(header) > 1 and all(name.startswith(" ") for name in header[1:])  # by hand: text, label
    source = io.StringIO(content, newline="")
    reader = csv.reader(source, delimiter=delimiter, strict=True, skipinitialspace=spaced)
    try:
        with _any_length(content):
            for cells in reader:
                if cells:
                    rows.append((line, tuple(cells)))
                line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{path}: the row that begins in line {line} is not CSV ({error}); expected a cell with quotes "
            'to be in quotes, and those inside it doubled: "a ""good"" film"'
        ) from error
    return rows


@contextmanager
def _any_length(content: str) -> Iterator[None]:
    """A block in which the csv module takes cells as long as the content; the limit is for the process."""
    with _LIMIT:
        former = csv.field_size_limit(len(content) + 1)
        try:
            yield
        finally:
            csv.field_size_limit(former)


def _quotes_commas(rows: Sequence[NumberedRow]) -> bool:
    """Whether exactly the cells with commas are in quotes, as Excel writes tab-separated text."""
    return all(("," in cell) == cell.startswith('"') for _, cells in rows for cell in cells)


def _is_even(rows: Sequence[NumberedRow]) -> bool:
    return all(len(cells) == len(rows[0][1]) for _, cells in rows)


def _check_plain(path: Path, rows: Sequence[NumberedRow]) -> None:
    """Raises InputError where only some quoted cells look as if a csv writer had made them."""
    quoting = [(number, cell) for number, cells in rows for cell in cells if '"' in cell]
    made = [number for number, cell in quoting if _QUOTED.fullmatch(cell) and '""' in cell[1:-1]]
    others = [number for number, cell in quoting if not _QUOTED.fullmatch(cell)]
    if made and others:
        raise InputError(
            f"{path}: line {made[0]} has its quotes doubled, as in a csv file, but line {others[0]} has not; "
            "expected the same in all lines; save it as CSV (.csv) or as JSON lines (.jsonl)"
        )
