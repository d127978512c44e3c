"""Golden cases: outputs and answers that were stored at the export, and that any reader must repeat."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping
from typing import Any

from litebert.artifact import GOLDEN, Artifact
from litebert.manifest import JSON_LIMIT_BYTES
from litebert.strict_json import parse_json

_SHARE, _LEAST = 1e-6, 1e-9  # the tolerance of a decoded number


def read_golden(artifact: Artifact) -> Any:
    """The parsed content of golden.json, whose hash is the manifest's.

    Raises:
        ArtifactError: the file was replaced since the artifact was opened, or is no JSON.
    """
    return parse_json(artifact.path / GOLDEN, artifact.checked.read(GOLDEN, JSON_LIMIT_BYTES))


def decoded(answer: Any, outputs: Collection[str]) -> dict[str, Any]:
    """A task's answer as JSON values, without the fields that are outputs of the network themselves."""
    return {
        name: _as_json(value) for name, value in dataclasses.asdict(answer).items() if name not in outputs
    }


def same(found: Any, stored: Any) -> bool:
    """Whether two decoded answers are equal, except for the last digits of their numbers."""
    if isinstance(found, Mapping) and isinstance(stored, Mapping):
        return found.keys() == stored.keys() and all(same(found[key], stored[key]) for key in found)
    if isinstance(found, list) and isinstance(stored, list):
        return len(found) == len(stored) and all(map(same, found, stored))
    if type(found) in (int, float) and type(stored) in (int, float):
        return math.isclose(found, stored, rel_tol=_SHARE, abs_tol=_LEAST)
    return type(found) is type(stored) and bool(found == stored)


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(each) for each in value]
    return value
