"""Files of records: JSON lines, written whole or not at all, and checked when they are read."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from litebert.errors import InputError
from litebert.tools.whole_file import write_whole
from litebert_bench.measure.record_line import to_line
from litebert_bench.measure.records import FORMAT_VERSION, Record, Run

_DEPTH = 20
_LARGEST = 2**63  # numpy's limit of whole numbers
_KINDS: dict[str, type[Record]] = {kind.record: kind for kind in typing.get_args(Record)}


def write_records(records: Iterable[Record], path: Path) -> None:
    """Writes records as JSON lines; the file appears whole or not at all.

    Raises:
        InputError: the file cannot be written.
    """
    write_whole(path, "".join(f"{to_line(record)}\n" for record in records))


def read_records(path: Path) -> list[Record]:
    """The records of a file, in order.

    Raises:
        InputError: the file cannot be read, or a line is not a record of this format.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); expected JSON lines in UTF-8") from error
    return parse_records(text, f"{path}, line")


def parse_records(text: str, place: str) -> list[Record]:
    """The records of JSON lines; errors name `place` and the number of the line.

    Raises:
        InputError: a line is not a record of this format.
    """
    lines = text.removesuffix("\n").split("\n") if text else []  # in strings, JSON may hold other line ends
    return [parse_line(line, f"{place} {number}") for number, line in enumerate(lines, start=1)]


def parse_line(line: str, place: str) -> Record:
    """The record in a line; errors name its `place`.

    Raises:
        InputError: the line is no record of this format.
    """
    try:
        body = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: not JSON ({error}); expected a record") from error
    kind = _KINDS.get(str(body.pop("record", ""))) if isinstance(body, dict) else None
    if kind is None:
        raise InputError(f"{place}: {line!r:.60} is no record; expected one of {', '.join(_KINDS)}")
    hints = typing.get_type_hints(kind)
    fields = [field.name for field in dataclasses.fields(kind)]
    wrong = sorted({*body} ^ {*fields}) or [name for name in fields if not _fits(body[name], hints[name])]
    if wrong:
        raise InputError(
            f"{place}: {', '.join(wrong)} of the record {kind.record} is absent, unknown or of another type; "
            f"expected format {FORMAT_VERSION}, which litebert bench writes"
        )
    record: Record = kind(**body)
    if isinstance(record, Run) and record.format_version != FORMAT_VERSION:
        raise InputError(
            f"{place}: format {record.format_version}, expected {FORMAT_VERSION}; "
            "use the LiteBERT that wrote it"
        )
    return record


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no measurement")


def _is_flat(value: Any, depth: int) -> bool:
    """Whether a JSON value is nested at most so deeply."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(_is_flat(each, depth - 1) for each in inner)


def _fits(value: Any, hint: Any) -> bool:
    """Whether a JSON value has the declared type of a field."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return _is_flat(value, _DEPTH)
    if origin is types.UnionType:
        return any(_fits(value, each) for each in arguments)
    if origin is list:
        return isinstance(value, list) and all(_fits(each, arguments[0]) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(each, arguments[1]) for each in value.values())
    if hint in (int, float):
        number = isinstance(value, int | hint) and not isinstance(value, bool)
        return number and abs(value) < _LARGEST  # NaN is no smaller
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
