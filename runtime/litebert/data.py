"""Labelled text of the user's: tab-separated, with a header."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from litebert.errors import InputError
from litebert.tokenizer import Text

_HEADERS = (["text", "label"], ["text_a", "text_b", "label"])
_TEXT_HEADERS = (["text"], ["text_a", "text_b"])
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_SHOWN = 3  # labels named in an error


@dataclass(frozen=True)
class Example:
    """A text or pair with its answer: label numbers (one, or several for multi-label), or a value."""

    text: Text
    labels: frozenset[int]
    value: float = 0.0


@dataclass(frozen=True)
class Table:
    """The lines of a file of texts, read once: what it holds can be asked as often as needed.

    Attributes:
        path: the file.
        content: all of it, with a line feed as the end of every line.
    """

    path: Path
    content: str

    @property
    def is_labelled(self) -> bool:
        """Whether the first line names a label column."""
        if self.path.suffix == ".txt":
            return False
        return self.content.split("\n", 1)[0].split("\t")[-1] == "label"

    def texts(self) -> list[Text]:
        """The texts of a .txt file, one per line, or texts or pairs of a TSV file with or without labels.

        Raises:
            InputError: the file is empty, or has other columns.
        """
        if self.path.suffix != ".txt":
            return [text for text, _ in self._rows((*_HEADERS, *_TEXT_HEADERS))]
        texts: list[Text] = [line for line in self.content.splitlines() if line.strip()]
        if not texts:
            raise InputError(f"{self.path}: holds no text, expected one per line")
        return texts

    def examples(self, problem_type: str, labels: Sequence[str]) -> list[Example]:
        """The rows of a file with the columns text, label or text_a, text_b, label.

        The label column holds names throughout or numbers from 0 throughout; names win where both would do.
        For multi-label a cell holds several with commas between, or none; for regression a number.

        Raises:
            InputError: the file is empty, has other columns, or holds an unknown label.
        """
        rows = self._rows(_HEADERS)
        if problem_type == "regression":
            return [Example(text, frozenset(), _number(self.path, cell)) for text, cell in rows]
        cells = [
            [cell]
            if problem_type == "single-label"
            else [part.strip() for part in cell.split(",") if part.strip()]
            for _, cell in rows
        ]
        numbers = _label_numbers(self.path, {name for names in cells for name in names}, labels)
        return [
            Example(text, frozenset(numbers[name] for name in names))
            for (text, _), names in zip(rows, cells, strict=True)
        ]

    def _rows(self, headers: Sequence[list[str]]) -> list[tuple[Text, str]]:
        """Text or pair and last cell of every line below the header.

        Quotes are part of a text, unless a csv writer added them: see `_unquoted`.
        """
        header, *lines = (line.split("\t") for line in self.content.rstrip("\n").split("\n"))
        if header in headers and not lines:
            raise InputError(
                f"{self.path}: no line below its header, expected one per example; give more text"
            )
        if header not in headers:
            expected = " or ".join("<TAB>".join(each) for each in headers)
            raise InputError(
                f"{self.path}: its first line is {'<TAB>'.join(header)!r:.80}, expected {expected}, "
                "and a line per example below it"
            )
        wrong = [number for number, line in enumerate(lines, start=2) if len(line) != len(header)]
        if wrong:
            raise InputError(
                f"{self.path}: {len(wrong)} lines (the first is {wrong[0]}) have other than {len(header)} "
                "columns; remove stray tabs and line breaks from the texts"
            )
        lines = _unquoted(self.path, lines)
        is_pair = header[0] == "text_a"
        return [((line[0], line[1]) if is_pair else line[0], line[-1]) for line in lines]


def read_table(path: Path) -> Table:
    """A file of texts, or what a shell pipes in as /dev/stdin or `<(command)`, which can be read only once.

    Raises:
        InputError: it is absent, no such file, or not UTF-8.
    """
    try:
        content = read_once(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read ({error}); expected text in UTF-8") from error
    return Table(path, content.replace("\r\n", "\n").replace("\r", "\n"))


def read_once(path: Path) -> bytes:
    """The bytes of a regular file, or of one that was opened already: /dev/stdin, or `<(command)`.

    Anything else is refused: a named pipe waits for a writer who may never come, a device may never end.

    Raises:
        InputError: it is something else, or cannot be read.
    """
    try:
        mode, place = path.stat().st_mode, Path(os.path.realpath(path))
        inherited = path.is_relative_to("/dev") or path.is_relative_to("/proc")
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or (inherited and not place.exists())):
            raise InputError(
                f"{path}: a named pipe or a device, expected a file, /dev/stdin or a shell's <(command)"
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error}); expected text in UTF-8") from error


def read_texts(path: Path) -> list[Text]:
    """The texts of a file; see `read_table` and `Table.texts`."""
    return read_table(path).texts()


def read_examples(path: Path, problem_type: str, labels: Sequence[str]) -> list[Example]:
    """The labelled texts of a file; see `read_table` and `Table.examples`."""
    return read_table(path).examples(problem_type, labels)


def _unquoted(path: Path, lines: list[list[str]]) -> list[list[str]]:
    """Cells as the csv module reads them, where one is doubled and in quotes, as only a csv writer makes it.

    Raises:
        InputError: other cells hold quotes without that.
    """
    quoting = [(number, cell) for number, line in enumerate(lines, start=2) for cell in line if '"' in cell]
    made = [number for number, cell in quoting if _QUOTED.fullmatch(cell) and '""' in cell[1:-1]]
    if not made:
        return lines
    plain = [number for number, cell in quoting if not _QUOTED.fullmatch(cell)]
    if plain:
        raise InputError(
            f"{path}: line {made[0]} has its quotes doubled, as in a csv file, but line {plain[0]} has not; "
            "expected the same in all lines"
        )
    return [[cell[1:-1].replace('""', '"') if '"' in cell else cell for cell in line] for line in lines]


def _label_numbers(path: Path, found: set[str], labels: Sequence[str]) -> dict[str, int]:
    names = {name: number for number, name in enumerate(labels)}
    numbers = {str(number): number for number in range(len(labels))}
    for known in (names, numbers):
        if found <= known.keys():
            return known
    unknown = sorted(found - (names.keys() if found & names.keys() else numbers.keys()))
    shown = ", ".join(f"{name!r:.40}" for name in unknown[:_SHOWN])
    raise InputError(
        f"{path}: labels the model does not have ({shown}); expected its names throughout "
        f"({', '.join(labels[:_SHOWN])}{' ...' * (len(labels) > _SHOWN)}) or numbers 0 to {len(labels) - 1}"
    )


def _number(path: Path, cell: str) -> float:
    try:
        return float(cell)
    except ValueError as error:
        raise InputError(f"{path}: label {cell!r:.60}, expected a number") from error
