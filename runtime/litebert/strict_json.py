"""JSON that every reader reads alike: numbers are finite, and no object holds a key twice."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NoReturn

from litebert.errors import ArtifactError

_CURE = "export the model again"


def parse_json(path: Path, content: bytes) -> Any:
    """The value in the content of an artifact's file.

    Args:
        path: the file's path, for errors.
        content: JSON in UTF-8, without a byte order mark.

    Raises:
        ArtifactError: it is no JSON, is nested too deeply, holds NaN, an infinite number or one beyond the
            range of a double, or an object has a key twice.
    """
    try:
        return json.loads(
            content.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse, parse_float=_finite
        )
    except _AmbiguousError as error:
        raise ArtifactError(f"{path}: {error}; {_CURE}") from error
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path}: not readable as JSON; {_CURE}") from error


class _AmbiguousError(ValueError):
    """Python reads this JSON; readers in other languages refuse it, or read something else."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    body = dict(pairs)
    if len(body) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _AmbiguousError(f"an object holds the key {twice!r:.60} twice, expected once")
    return body


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        _refuse(text)
    return number


def _refuse(text: str) -> NoReturn:
    raise _AmbiguousError(f"it holds the number {text:.40}, expected finite numbers")
