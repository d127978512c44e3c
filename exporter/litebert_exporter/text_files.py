"""The text files of a checkpoint, read up to a limit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from litebert import CheckpointError
from litebert_exporter.wrong_content import refuse_wrong_content

_JSON_LIMIT_BYTES = 8_000_000


def check_file(path: Path, limit_bytes: int) -> None:
    """Raises CheckpointError where a file is larger than the limit, or its content contradicts its name."""
    refuse_wrong_content(path)
    size_bytes = path.stat().st_size
    if size_bytes > limit_bytes:
        raise CheckpointError(f"{path}: {size_bytes} bytes, expected at most {limit_bytes}; replace it")


def read_text(path: Path, limit_bytes: int) -> str:
    """The content of a UTF-8 file.

    Raises:
        CheckpointError: the file is not UTF-8, or as `check_file`.
    """
    check_file(path, limit_bytes)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CheckpointError(f"{path}: not UTF-8 text ({error}); replace it") from error


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        CheckpointError: the file is no JSON object, is nested too deeply, or is over 8 MB.
    """
    text = read_text(path, _JSON_LIMIT_BYTES)
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise CheckpointError(f"{path}: not valid JSON ({reason}); replace it") from error
    if not isinstance(body, dict):
        raise CheckpointError(f"{path}: holds a JSON {type(body).__name__}, expected an object; replace it")
    return body
