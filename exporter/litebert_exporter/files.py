"""JSON files of a checkpoint, read with limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from litebert import CheckpointError

_LIMIT_BYTES = 64_000_000


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        CheckpointError: the file is no JSON object, is nested too deeply, or is over 64 MB.
    """
    if path.stat().st_size > _LIMIT_BYTES:
        raise CheckpointError(f"{path}: over {_LIMIT_BYTES} bytes, expected a small JSON file; replace it")
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise CheckpointError(f"{path}: not valid JSON ({reason}); replace it") from error
    if not isinstance(body, dict):
        raise CheckpointError(f"{path}: holds a JSON {type(body).__name__}, expected an object; replace it")
    return body
