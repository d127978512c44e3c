"""Labelled text of the user's: tab-separated, with a header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from litebert.errors import InputError
from litebert.tokenizer import Text

_HEADERS = (("text", "label"), ("text_a", "text_b", "label"))


@dataclass(frozen=True)
class Example:
    """A text or pair with its answer: label numbers (one, or several for multi-label), or a value."""

    text: Text
    labels: frozenset[int]
    value: float = 0.0


def read_examples(path: Path, problem_type: str, labels: Sequence[str]) -> list[Example]:
    """The rows of a file with the columns text, label or text_a, text_b, label.

    A label is a name or its number from 0; for multi-label several with commas between, or none; for
    regression a number.

    Raises:
        InputError: the file is absent, not UTF-8, has other columns, or names an unknown label.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip("\n").split("\n")
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text ({error})") from error
    header = tuple(lines[0].removesuffix("\r").split("\t"))
    if header not in _HEADERS or len(lines) < 2:
        raise InputError(
            f"{path}: its first line is {lines[0]!r:.80}, expected text<TAB>label or "
            "text_a<TAB>text_b<TAB>label, and a row per example below"
        )
    numbers = {name: number for number, name in enumerate(labels)}
    numbers |= {str(number): number for number in range(len(labels)) if str(number) not in numbers}
    examples = []
    for row, line in enumerate(lines[1:], start=2):
        cells = line.removesuffix("\r").split("\t")
        if len(cells) != len(header):
            raise InputError(f"{path}: line {row} has {len(cells)} columns, expected {len(header)}")
        text = cells[0] if len(cells) == 2 else (cells[0], cells[1])
        examples.append(_example(f"{path}: line {row}", text, cells[-1], problem_type, numbers))
    return examples


def _example(place: str, text: Text, cell: str, problem_type: str, numbers: dict[str, int]) -> Example:
    if problem_type == "regression":
        try:
            return Example(text, frozenset(), float(cell))
        except ValueError as error:
            raise InputError(f"{place}: label is {cell!r:.60}, expected a number") from error
    names = [cell.strip()] if problem_type == "single-label" else [part.strip() for part in cell.split(",")]
    unknown = [name for name in names if name not in numbers]
    if problem_type == "multi-label" and names == [""]:
        return Example(text, frozenset())
    if unknown:
        raise InputError(
            f"{place}: label {unknown[0]!r:.60} is not one of the model's; expected a name or number of "
            f"{', '.join(list(numbers)[: len(numbers)])}"
        )
    return Example(text, frozenset(numbers[name] for name in names))
