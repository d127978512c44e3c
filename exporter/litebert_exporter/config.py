"""Facts out of a config, with their types and sane ranges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litebert import CheckpointError


def integer(config: Mapping[str, Any], key: str, low: int, high: int, default: int | None = None) -> int:
    """The whole number under a key.

    Raises:
        CheckpointError: it is absent without a default, of another type, or outside low..high.
    """
    value = config.get(key, default)
    if value is None:
        raise CheckpointError(f"config.json: no {key} in it; give the model's own with --config FILE")
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise CheckpointError(f"config.json: {key} is {value!r:.60}, expected a whole number {low} to {high}")
    return value


def number(config: Mapping[str, Any], key: str, low: float, high: float, default: float) -> float:
    """The number under a key.

    Raises:
        CheckpointError: it is of another type, or outside low..high.
    """
    value = config.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise CheckpointError(f"config.json: {key} is {value!r:.60}, expected a number {low} to {high}")
    return float(value)


def choice(
    config: Mapping[str, Any], key: str, choices: Mapping[str, Any] | tuple[str, ...], default: str
) -> str:
    """The string under a key, one of the choices.

    Raises:
        CheckpointError: it is something else.
    """
    value = config.get(key, default)
    if not isinstance(value, str) or value not in choices:
        raise CheckpointError(f"config.json: {key} is {value!r:.60}, expected one of {', '.join(choices)}")
    return value
