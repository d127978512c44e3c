"""Facts out of a config, their types and ranges checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litebert import CheckpointError
from litebert.arguments import suggest


def integer(config: Mapping[str, Any], key: str, low: int, high: int, default: int | None = None) -> int:
    """The whole number under a key.

    Raises:
        CheckpointError: it is absent without a default, of another type, or outside low..high.
    """
    value = config.get(key, default)
    if value is None:
        cure = suggest("give the model's own", "config", "FILE", "correct it")
        raise CheckpointError(f"config.json: no {key} in it; {cure}")
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _wrong("config.json", key, value, f"a whole number {low} to {high}")
    return value


def number(config: Mapping[str, Any], key: str, low: float, high: float, default: float) -> float:
    """The number under a key.

    Raises:
        CheckpointError: it is of another type, or outside low..high.
    """
    value = config.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise _wrong("config.json", key, value, f"a number {low} to {high}")
    return float(value)


def boolean(config: Mapping[str, Any], key: str, file: str = "config.json") -> bool | None:
    """The truth value under a key; None where it is absent or null.

    Raises:
        CheckpointError: it is of another type.
    """
    value = config.get(key)
    if value is not None and not isinstance(value, bool):
        raise _wrong(file, key, value, "true or false")
    return value


def choice(
    config: Mapping[str, Any], key: str, choices: Mapping[str, Any] | tuple[str, ...], default: str
) -> str:
    """The string under a key, one of the choices.

    Raises:
        CheckpointError: it is none of them.
    """
    value = config.get(key, default)
    if not isinstance(value, str) or value not in choices:
        raise _wrong("config.json", key, value, f"one of {', '.join(choices)}")
    return value


def names(config: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The strings listed under a key; none where it is absent or null.

    Raises:
        CheckpointError: it is no list of strings.
    """
    value = config.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _wrong("config.json", key, value, "a list of strings")
    return tuple(value)


def _wrong(file: str, key: str, value: Any, expected: str) -> CheckpointError:
    return CheckpointError(f"{file}: {key} is {value!r:.60}, expected {expected}; correct it")
