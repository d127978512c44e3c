"""The rows of a data file: texts or pairs, and the column of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litebert.errors import InputError
from litebert.tasks.label_column import Cells
from litebert.tasks.measures import Measures
from litebert.tokenizer import Text, well_formed
from litebert.tools.data.columns import (
    RECOGNISED,
    Columns,
    check_separator,
    is_header,
    label_place,
    quoted,
    said_by,
    text_places,
)
from litebert.tools.data.content import first_line_of, read_content
from litebert.tools.data.sheet import COMMA, LINES, Sheet, form_of, read_sheet, table_form


@dataclass(frozen=True)
class Example:
    """A text or pair with its right answer.

    Attributes:
        text: the text or pair.
        gold: the task's reading of the answer in a file, such as a label's number; None where not known.
    """

    text: Text
    gold: Any = None


@dataclass(frozen=True)
class DataFile:
    """The rows of a data file, read once.

    Attributes:
        path: the file.
        rows: texts or pairs, at least one.
        label_cells: the column of labels; None without one.
        others: the columns that are not used.
    """

    path: Path
    rows: tuple[Text, ...]
    label_cells: Cells | None
    others: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def is_labelled(self) -> bool:
        """Whether it has a column of labels."""
        return self.label_cells is not None

    def texts(self) -> list[Text]:
        """The texts or pairs, with or without labels."""
        return list(self.rows)

    def cells(self) -> Cells:
        """The column of labels.

        Raises:
            InputError: there is none.
        """
        if self.label_cells is None:
            among = f" among its other columns {quoted(self.others)}" if self.others else ""
            raise InputError(
                f"{self.path}: has no column label{among}, expected text<TAB>label, text_a<TAB>text_b<TAB>"
                f"label or the like; name it with {said_by('label')}"
            )
        return self.label_cells

    def examples(self, measures: Measures[Any]) -> list[Example]:
        """The rows, with their gold answers where the file has labels and the task has a use for them.

        Raises:
            InputError: a row's label is missing, or the task does not know it.
        """
        golds = None if self.label_cells is None else measures.gold(self.label_cells)
        if golds is None:
            return [Example(text) for text in self.rows]
        return [Example(text, gold) for text, gold in zip(self.rows, golds, strict=True)]


def golds_of(examples: Sequence[Example]) -> list[Any] | None:
    """The gold answers of the examples; None where they are not known."""
    golds = [example.gold for example in examples]
    return None if any(gold is None for gold in golds) else golds


def read_data_file(path: str | Path, columns: Columns = RECOGNISED) -> DataFile:
    """The texts of a file or pipe, and their labels if there are some.

    The form follows from the suffix: .tsv, .csv, .jsonl, .ndjson, .json (a list or lines), or .txt with a
    text per line. Of any other file, such as /dev/stdin or `<(command)`, the beginning shows the form.

    Args:
        path: the file.
        columns: the columns without the usual names.

    Raises:
        InputError: it is absent, no such file, not UTF-8, or has other columns.
    """
    path = Path(path)
    content = read_content(path)
    form = form_of(path, content)
    first = first_line_of(content)
    if form == LINES and (columns.text or any(is_header(first, separator) for separator in "\t,")):
        form = table_form(first)
    check_separator(path, first, form)
    sheet = read_sheet(path, content, form)
    places = text_places(sheet, columns)
    label = label_place(sheet, columns)
    _check_rows(sheet)
    numbers = [number for number, _ in sheet.rows]
    used = {*places, label}
    return DataFile(
        path=path,
        rows=tuple(_text(sheet, number, [cells[place] for place in places]) for number, cells in sheet.rows),
        label_cells=None
        if label is None
        else Cells(path, sheet.unit, numbers, [cells[label] for _, cells in sheet.rows], columns.labels_are),
        others=tuple(name for place, name in enumerate(sheet.names) if place not in used),
    )


def read_texts(path: str | Path, columns: Columns = RECOGNISED) -> list[Text]:
    """The texts of a file; see `read_data_file`."""
    return read_data_file(path, columns).texts()


def read_examples(path: str | Path, measures: Measures[Any], columns: Columns = RECOGNISED) -> list[Example]:
    """The labelled texts of a file; see `read_data_file` and `DataFile.examples`.

    Raises:
        InputError: as in `read_data_file`, or the file has no column of labels.
    """
    data = read_data_file(path, columns)
    data.cells()
    return data.examples(measures)


def _check_rows(sheet: Sheet) -> None:
    """Raises InputError where no row is below the header, or a row has another width."""
    if not sheet.rows:
        raise InputError(f"{sheet.path}: no line below its header, expected one per example; give more text")
    width = len(sheet.names)
    wrong = [(number, len(cells)) for number, cells in sheet.rows if len(cells) != width]
    if wrong:
        number, found = wrong[0]
        cure = "quote cells with commas" if sheet.form == COMMA else "remove stray tabs and line breaks"
        if {len(cells) for _, cells in sheet.rows} == {width + 1}:
            cure += ", or give the first column a name where it has none (R: row.names = FALSE)"
        raise InputError(
            f"{sheet.path}: {len(wrong)} lines (the first is {number}) have other than {width} columns "
            f"({found} there); {cure}, or save it as JSON lines (.jsonl)"
        )


def _text(sheet: Sheet, number: int, cells: Sequence[Any]) -> Text:
    for cell in cells:
        if not isinstance(cell, str):
            found = "no text" if cell is None else f"the text {cell!r:.60}"
            is_column = isinstance(cell, dict | list)
            cure = "write an object per row (pandas: orient='records')" if is_column else "correct the row"
            raise InputError(f"{sheet.path}: {sheet.unit} {number} has {found}, expected a string; {cure}")
    texts = [well_formed(cell) for cell in cells]  # JSON can write halves of characters
    return texts[0] if len(texts) == 1 else (texts[0], texts[1])
