"""A caller's arguments: their names where they were given, and the numbers among them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from operator import index
from typing import Any

_flags: ContextVar[set[str] | None] = ContextVar("flags", default=None)  # of the command; None in Python


@contextmanager
def command_line() -> Iterator[None]:
    """A block in which arguments come from a command line; errors then name them by their flags."""
    token = _flags.set(set())
    try:
        yield
    finally:
        _flags.reset(token)


def offer(flags: Iterable[str]) -> None:
    """Notes the flags of the command line's own parser; does nothing outside of `command_line`."""
    known = _flags.get()
    if known is not None:
        known.update(flags)


def offers(name: str) -> bool:
    """Whether an argument can be given here: always in Python, and on a command line that has its flag."""
    known = _flags.get()
    return known is None or argument(name) in known


def on_command_line() -> bool:
    """Whether arguments come from a command line."""
    return _flags.get() is not None


def argument(name: str) -> str:
    """The name of an argument for its giver: `max_tokens` in Python, `--max-tokens` on a command line."""
    return name if _flags.get() is None else f"--{name.replace('_', '-')}"


def argument_is(name: str, value: object) -> str:
    """An argument with its value, as its giver would write it: `max_tokens=9`, or `--max-tokens 9`."""
    if _flags.get() is None:
        return f"{name}={value!r:.80}"
    if isinstance(value, bool):
        return argument(name)
    written = ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"{argument(name)} {written:.80}"


def suggest(what: str, name: str, value: object, otherwise: str) -> str:
    """The advice to give an argument; `otherwise` on a command line that lacks its flag."""
    return f"{what} with {argument_is(name, value)}" if offers(name) else otherwise


def real(value: Any) -> float | None:
    """A number as a float, be it Python's, numpy's or a Decimal; None for anything else, a bool or a NaN."""
    if type(value) is float:
        return None if math.isnan(value) else value
    value = _plain(value)
    if isinstance(value, bool) or not hasattr(value, "as_integer_ratio"):  # which every real number has
        return None
    try:
        found = float(value)
    except (OverflowError, ValueError):  # beyond a float, or a signalling NaN
        return None
    return None if math.isnan(found) else found


def whole(value: Any) -> int | None:
    """A whole number as an int, be it Python's or numpy's; None for anything else, and for a bool."""
    value = _plain(value)
    try:
        return None if isinstance(value, bool) else index(value)
    except TypeError:
        return None


def several(value: Any) -> list[Any] | None:
    """The items of a list, a tuple, an array or a column of a table; None for anything else."""
    if getattr(value, "ndim", 0) == 1 and callable(getattr(value, "tolist", None)):
        value = value.tolist()
    return list(value) if isinstance(value, list | tuple) else None


def _plain(value: Any) -> Any:
    """The single number of an array or a tensor as Python's own; anything else unchanged."""
    if type(value) in (int, float) or getattr(value, "ndim", None) != 0:
        return value
    return value.item() if hasattr(value, "item") else value
