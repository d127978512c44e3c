"""Fields of a manifest with their types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from litebert.errors import ArtifactError

MANIFEST = "manifest.json"

_MOST = 2**63  # of numbers in a manifest
_PATH_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


def typed(body: Mapping[str, Any], key: str, kind: type) -> Any:
    """The value under a key, of the given type; ArtifactError for another."""
    value = body.get(key)
    half = isinstance(value, str) and not is_text(value)
    if not isinstance(value, kind) or isinstance(value, bool) or half:
        raise ArtifactError(
            f"{MANIFEST}: {key} is {value!r:.80}, expected {kind.__name__}; export the model again"
        )
    return value


def positive(body: Mapping[str, Any], key: str) -> int:
    """The whole number from 1 under a key; ArtifactError for anything else."""
    value: int = typed(body, key, int)
    if value < 1:
        raise ArtifactError(f"{MANIFEST}: {key} is {value!s:.80}, expected 1 or more; export the model again")
    return value


def flag(body: Mapping[str, Any], key: str) -> bool:
    """The truth value under a key; ArtifactError for anything else."""
    value = body.get(key)
    if not isinstance(value, bool):
        raise ArtifactError(
            f"{MANIFEST}: {key} is {value!r:.80}, expected true or false; export the model again"
        )
    return value


def number(body: Mapping[str, Any], key: str) -> float:
    """The number under a key, which JSON may write as 1 or 1.0; ArtifactError for anything else."""
    value = body.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _MOST:
        raise ArtifactError(f"{MANIFEST}: {key} is {value!r:.80}, expected a number; export the model again")
    return float(value)


def choice(body: Mapping[str, Any], key: str, choices: tuple[str, ...]) -> str:
    """The value under a key, one of the choices; ArtifactError for another."""
    if body.get(key) not in choices:
        raise ArtifactError(
            f"{MANIFEST}: {key} is {body.get(key)!r:.80}, expected one of {', '.join(choices)}; "
            "export the model again"
        )
    return str(body[key])


def strings(body: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The strings listed under a key; ArtifactError for anything else."""
    values = typed(body, key, list)
    if not all(isinstance(value, str) and is_text(value) for value in values):
        raise ArtifactError(f"{MANIFEST}: {key} holds something other than strings; export the model again")
    return tuple(values)


def is_text(value: str) -> bool:
    """Whether a string can be written as UTF-8: paths and JSON can hold halves of characters."""
    return re.search("[\ud800-\udfff\0]", value) is None


def is_path(value: str) -> bool:
    """Whether a string is a plain relative path, which leads nowhere but into its folder."""
    return all(_PATH_PART.fullmatch(part) for part in value.split("/"))
