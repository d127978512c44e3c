"""Labelled text of the user's: tab-separated, with a header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from litebert.errors import InputError
from litebert.tokenizer import Text

_HEADERS = (["text", "label"], ["text_a", "text_b", "label"])
_SHOWN = 3  # labels named in an error


@dataclass(frozen=True)
class Example:
    """A text or pair with its answer: label numbers (one, or several for multi-label), or a value."""

    text: Text
    labels: frozenset[int]
    value: float = 0.0


def read_examples(path: Path, problem_type: str, labels: Sequence[str]) -> list[Example]:
    """The rows of a file with the columns text, label or text_a, text_b, label; no quoting.

    The label column holds names throughout or numbers from 0 throughout; names win where both would do. For
    multi-label a cell holds several with commas between, or none; for regression a number.

    Raises:
        InputError: the file is absent, not UTF-8, empty, has other columns, or holds an unknown label.
    """
    rows = _read_rows(path)
    if problem_type == "regression":
        return [Example(text, frozenset(), _number(path, cell)) for text, cell in rows]
    cells = [
        [cell]
        if problem_type == "single-label"
        else [part.strip() for part in cell.split(",") if part.strip()]
        for _, cell in rows
    ]
    numbers = _label_numbers(path, {name for names in cells for name in names}, labels)
    return [
        Example(text, frozenset(numbers[name] for name in names))
        for (text, _), names in zip(rows, cells, strict=True)
    ]


def _read_rows(path: Path) -> list[tuple[Text, str]]:
    """Text or pair and label cell of every line below the header."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); expected a TSV file in UTF-8") from error
    header, *lines = (line.removesuffix("\r").split("\t") for line in content.rstrip("\r\n").split("\n"))
    if header not in _HEADERS or not lines:
        raise InputError(
            f"{path}: its first line is {'<TAB>'.join(header)!r:.80}, expected text<TAB>label or "
            "text_a<TAB>text_b<TAB>label, and a line per example below it"
        )
    wrong = [number for number, line in enumerate(lines, start=2) if len(line) != len(header)]
    if wrong:
        raise InputError(
            f"{path}: {len(wrong)} lines (the first is {wrong[0]}) have other than {len(header)} columns; "
            "remove stray tabs and line breaks from the texts"
        )
    return [(line[0] if len(line) == 2 else (line[0], line[1]), line[-1]) for line in lines]


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
