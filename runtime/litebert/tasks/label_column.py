"""The column of labels of a data file, and the gold answers in it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litebert.arguments import on_command_line, whole
from litebert.errors import InputError

_FRACTION = re.compile(r"(?<=[0-9])\.0+\Z")
_ID = re.compile("(?:label_)?([0-9]{1,9})")  # LABEL_1 is transformers' name for 1
_TRUTHS = {"false": 0, "true": 1}
_MARKS = {"0": 0, "1": 1, **_TRUTHS}
_SHOWN = 3  # labels named in an error

Meaning = Callable[[str], int | None]


@dataclass(frozen=True)
class Cells:
    """A column of labels: the value of each row, and the place of each row in the file.

    Attributes:
        path: the file.
        unit: "line", or "item" of a JSON list.
        numbers: the numbers of the rows.
        values: the values of the rows: text, or any value of JSON.
        labels_are: "names" or "ids", where the user says which; None otherwise.
    """

    path: Path
    unit: str
    numbers: Sequence[int]
    values: Sequence[Any]
    labels_are: str | None = None

    def where(self, row: int) -> str:
        """The name of a row in an error."""
        return f"{self.path}: {self.unit} {self.numbers[row]}"


def numbers_of(cells: Cells, labels: Sequence[str]) -> list[int]:
    """The number of each row's label.

    Args:
        cells: names throughout, in upper or lower case, or ids from 0 throughout; for two labels also "true"
            and "false".
        labels: the model's names by id.

    Raises:
        InputError: a row has no label, or one that is unknown or can be read in two ways.
    """
    sets = _sets(cells, [[_single(cells, row)] for row in range(len(cells.values))], labels)
    return [number for each in sets for number in each]


def number_sets(cells: Cells, labels: Sequence[str]) -> list[frozenset[int]]:
    """The numbers of each row's labels: lists, text with commas between, or a 0 or 1 for every label.

    Raises:
        InputError: as `numbers_of`.
    """
    rows = [_several(cells, row) for row in range(len(cells.values))]
    if cells.labels_are is None and all(len(row) == len(labels) for row in rows):
        marks = [[_MARKS.get(_folded(each)) for each in row] for row in rows]
        if not any(mark is None for row in marks for mark in row):
            return [frozenset(number for number, mark in enumerate(row) if mark) for row in marks]
    return _sets(cells, rows, labels)


def values_of(cells: Cells) -> list[float]:
    """The number of each row.

    Raises:
        InputError: a row has none.
    """
    return [_number(cells, row) for row in range(len(cells.values))]


def checked_numbers(golds: Iterable[Any], texts: int, known: int) -> list[int]:
    """The numbers of the texts' labels, which a caller in Python gives, as Python's own.

    Raises:
        InputError: one is none of the numbers from 0 below `known`, or there are not as many as texts.
    """
    golds = list(golds)
    numbers = [-1 if (number := whole(label)) is None else number for label in golds]
    wrong = [label for label, number in zip(golds, numbers, strict=True) if not 0 <= number < known]
    if wrong or len(numbers) != texts:
        shown = f", such as {wrong[0]!r:.60}," if wrong else ""
        raise InputError(
            f"{len(numbers)} labels{shown} for {texts} texts; expected one each, a whole number from 0 to "
            f"{known - 1}"
        )
    return numbers


def _single(cells: Cells, row: int) -> str:
    value = cells.values[row]
    if isinstance(value, list | dict) or value is None or not str(value).strip():
        raise InputError(f"{cells.where(row)} has the label {value!r:.60}, expected one; correct the row")
    return str(value)


def _several(cells: Cells, row: int) -> list[str]:
    value = cells.values[row]
    if isinstance(value, str):  # also as pandas writes a list
        inner = value[1:-1] if value.startswith("[") and value.endswith("]") else value
        return [part.strip().strip("'\"") for part in inner.split(",") if part.strip()]
    values = value if isinstance(value, list) else [value]
    if any(isinstance(each, list | dict) or each is None for each in values):
        raise InputError(
            f"{cells.where(row)} has the labels {value!r:.60}, expected a list of them; correct the row"
        )
    return [str(each) for each in values]


def _sets(cells: Cells, rows: Sequence[Sequence[str]], labels: Sequence[str]) -> list[frozenset[int]]:
    known = _meanings(cells.path, {each for row in rows for each in row}, labels, cells.labels_are)
    for number, row in enumerate(rows):
        unknown = [each for each in row if each not in known]
        if unknown:
            raise _unknown(cells, number, unknown, labels)
    return [frozenset(known[each] for each in row) for row in rows]


def _meanings(path: Path, found: set[str], labels: Sequence[str], labels_are: str | None) -> dict[str, int]:
    """The numbers of the labels in a file; unknown labels are left out."""
    names, ids = _read(found, _by_name(labels)), _read(found, _by_id(len(labels)))
    if labels_are is not None:
        return names if labels_are == "names" else ids
    both_fit = names.keys() == ids.keys() == found
    if both_fit and names != ids:
        twofold = sorted(each for each in found if names[each] != ids[each])
        shown = ", ".join(f"{each!r:.40}" for each in twofold[:_SHOWN])
        said_by = "--labels-are" if on_command_line() else "Columns(labels_are=...)"
        raise InputError(
            f"{path}: its labels ({shown}) are names of some labels and ids of others; say which is meant "
            f"with {said_by}: names or ids"
        )
    if len(labels) == 2 and len(names) < len(found) > len(ids):
        truths = _read(found, lambda label: _TRUTHS.get(_folded(label)))
        if len(truths) == len(found):
            return truths
    return max(names, ids, key=len)


def _read(found: set[str], meaning: Meaning) -> dict[str, int]:
    meant = {label: meaning(label) for label in found}
    return {label: number for label, number in meant.items() if number is not None}


def _by_name(labels: Sequence[str]) -> Meaning:
    exact = {name: number for number, name in enumerate(labels)}
    folded: dict[str, list[int]] = {}
    for number, name in enumerate(labels):
        folded.setdefault(_folded(name), []).append(number)

    def meaning(label: str) -> int | None:
        alike = folded.get(_folded(label), [])
        return exact.get(label, alike[0] if len(alike) == 1 else None)

    return meaning


def _by_id(count: int) -> Meaning:
    def meaning(label: str) -> int | None:
        match = _ID.fullmatch(_folded(label))
        return int(match[1]) if match and int(match[1]) < count else None

    return meaning


def _folded(label: str) -> str:
    """A label in lower case, without spaces around it or the .0 that pandas adds to whole numbers."""
    return _FRACTION.sub("", label.strip().casefold())


def _unknown(cells: Cells, row: int, unknown: Sequence[str], labels: Sequence[str]) -> InputError:
    shown = ", ".join(f"{label!r:.40}" for label in unknown[:_SHOWN])
    names = ", ".join(labels[:_SHOWN]) + " ..." * (len(labels) > _SHOWN)
    hint = ""
    if "-1" in unknown:
        hint = "; -1 means no label in published test sets: take the validation set"
    elif all(_ID.fullmatch(_folded(name)) for name in labels):
        hint = (
            "; the model only numbers its labels: name them in id2label of its config.json, or for an "
            "artifact with litebert-export --labels NAME,NAME"
        )
    return InputError(
        f"{cells.where(row)} has labels the model does not have ({shown}), expected its names throughout "
        f"({names}) or numbers 0 to {len(labels) - 1}{hint}"
    )


def _number(cells: Cells, row: int) -> float:
    value = cells.values[row]
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError(
            f"{cells.where(row)} has the label {value!r:.60}, expected a number; correct the row"
        )
    return number
