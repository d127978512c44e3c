"""A record as a line of JSON."""

from __future__ import annotations

import dataclasses
import json

from litebert_bench.measure.records import Record


def to_line(record: Record) -> str:
    """A record as a line of JSON, without the line's end."""
    body = {"record": record.record, **dataclasses.asdict(record)}
    line = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return line.encode(errors="backslashreplace").decode()  # of half a character: as JSON escapes it
