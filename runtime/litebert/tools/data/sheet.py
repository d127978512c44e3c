"""A data file's rows and columns: tab-separated, CSV, JSON lines, or a text per line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litebert.errors import InputError
from litebert.tools.data.content import lines_of
from litebert.tools.data.delimited import csv_rows, tab_rows

TAB, COMMA, JSON, LINES = "tab", "comma", "JSON", "lines"
SUFFIXES = {".tsv": TAB, ".csv": COMMA, ".jsonl": JSON, ".ndjson": JSON, ".json": JSON, ".txt": LINES}
_BETWEEN = {TAB: "<TAB>", COMMA: ",", JSON: ", ", LINES: ""}
_SHOWN = 80


@dataclass(frozen=True)
class Sheet:
    """The rows and columns of a file, before the columns of text and label are chosen.

    Attributes:
        path: the file.
        form: TAB, COMMA, JSON or LINES.
        names: the names of the columns: the header, or the keys of all JSON objects.
        rows: the number of each row in the file, from 1, and its cells: text, or in JSON any value, None
            where the object lacks the key.
        unit: the word for a row in the file: "line", or "item" of a JSON list.
    """

    path: Path
    form: str
    names: tuple[str, ...]
    rows: tuple[tuple[int, tuple[Any, ...]], ...]
    unit: str = "line"

    @property
    def head(self) -> str:
        """The beginning of an error: the names of the columns."""
        kind = "its objects have the keys" if self.form == JSON else "its first line is"
        shown = _BETWEEN[self.form].join(self.names)
        return f"{kind} {shown!r:.{_SHOWN}}"


def form_of(path: Path, content: str) -> str:
    """The form of a file by its suffix; of another file, such as a pipe, by its beginning."""
    known = SUFFIXES.get(path.suffix.lower())
    if known is not None:
        return known
    first = content.lstrip().split("\n", 1)[0]
    if first.replace(" ", "").startswith(("{", "[{")) or first.rstrip() == "[":
        return JSON
    return table_form(first)


def table_form(header: str) -> str:
    """The form of a table by its first line."""
    return COMMA if "," in header and "\t" not in header else TAB


def read_sheet(path: Path, content: str, form: str) -> Sheet:
    """The rows of a file.

    Raises:
        InputError: the file is empty or not of that form.
    """
    if not content.strip() and form == LINES:
        raise InputError(f"{path}: holds no text, expected one per line")
    if not content.strip():
        raise InputError(
            f"{path}: is empty, expected a header such as text<TAB>label or text_a<TAB>text_b<TAB>label and "
            "a line per example below it"
        )
    if form == JSON:
        return _json_sheet(path, content)
    if form == LINES:
        texts = [(number, line) for number, line in enumerate(lines_of(content), start=1) if line.strip()]
        _check_lines(path, [line for _, line in texts])
        return Sheet(path, form, ("text",), tuple((number, (line,)) for number, line in texts))
    (_, names), *rows = tab_rows(path, content) if form == TAB else csv_rows(path, content, ",")
    return Sheet(path, form, tuple(name.strip() for name in names), tuple(rows))


def _check_lines(path: Path, lines: list[str]) -> None:
    """Raises InputError where a .txt file is a table: then a label would count as text."""
    if all(line.startswith("{") and line.rstrip().endswith("}") for line in lines):
        raise InputError(
            f"{path}: every line is a JSON object, expected a text per line in .txt; name it .jsonl"
        )
    tabs = {line.count("\t") for line in lines}
    if len(lines) > 1 and len(tabs) == 1 and tabs != {0}:
        raise InputError(
            f"{path}: every line has {min(tabs)} tabs, expected a text per line in .txt; for a table, put a "
            "header such as text<TAB>label above it and name it .tsv"
        )


def _json_sheet(path: Path, content: str) -> Sheet:
    """The objects of a JSON list, or of lines that hold one each."""
    if content.lstrip().startswith("["):
        unit, found = "item", list(enumerate(_parsed(path, "it", content), start=1))
    else:
        unit, lines = "line", enumerate(lines_of(content), start=1)
        found = [(number, _parsed(path, f"line {number}", line)) for number, line in lines if line.strip()]
    wrong = [number for number, each in found if not isinstance(each, dict)]
    if wrong:
        raise InputError(
            f"{path}: {unit} {wrong[0]} is no JSON object, expected one per example, such as "
            '{"text": "...", "label": 1}'
        )
    names = tuple(dict.fromkeys(name for _, each in found for name in each))
    if not names:
        raise InputError(f"{path}: holds no text, expected a JSON object per example")
    rows = tuple((number, tuple(map(each.get, names))) for number, each in found)
    return Sheet(path, JSON, names, rows, unit)


def _parsed(path: Path, place: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f'{path}: {place} cannot be read as JSON ({error}), expected an object such as {{"text": "...", '
            '"label": 1} in every line, or one list of them'
        ) from error
