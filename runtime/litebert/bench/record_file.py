"""Files of records: JSON lines, written whole or not at all, and believed only as far as they are checked."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from litebert.bench.records import FORMAT_VERSION, Record, Run
from litebert.errors import InputError
from litebert.whole_file import write_whole

_KINDS: dict[str, type[Record]] = {kind.record: kind for kind in typing.get_args(Record)}


def to_line(record: Record) -> str:
    """A record as a line of JSON, without the line's end."""
    body = {"record": record.record, **dataclasses.asdict(record)}
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def write_records(records: Iterable[Record], path: Path) -> None:
    """Writes records as JSON lines; the file appears whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    write_whole(path, "".join(f"{to_line(record)}\n" for record in records))


def read_records(path: Path) -> list[Record]:
    """The records of a file, in order.

    Raises:
        InputError: it cannot be read, or a line is not a record of this format.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); expected JSON lines in UTF-8") from error
    return [parse_line(line, f"{path}, line {number}") for number, line in enumerate(lines, start=1)]


def parse_line(line: str, place: str) -> Record:
    """The record that a line holds; `place` says in errors where it stands.

    Raises:
        InputError: it is no record of this format.
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


def _fits(value: Any, hint: Any) -> bool:
    """Whether a JSON value has the type that a field is declared with."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return True
    if origin is types.UnionType:
        return any(_fits(value, each) for each in arguments)
    if origin is list:
        return isinstance(value, list) and all(_fits(each, arguments[0]) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(each, arguments[1]) for each in value.values())
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
