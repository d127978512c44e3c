"""The inputs of a model: texts and pairs, and errors that name anything else among them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from litebert.arguments import offers, on_command_line
from litebert.errors import ArtifactError, InputError
from litebert.fields import MANIFEST, choice
from litebert.tokenizer import NO_PAIRS, PAIRS, Text

TEXT, PAIR = "text", "pair"
INPUTS = (TEXT, PAIR)  # the inputs that a model was made for, where its manifest names them
_EXPECTED = "expected a str, a 2-tuple of str, or a list of those"
_MISSING = ("NoneType", "NAType", "NaTType")  # the last two are pandas'
Rows = TypeVar("Rows", bound="Sequence[Any]")


def checked_input(given: Any) -> Text:
    """A text or a pair, unchanged.

    Raises:
        InputError: it is anything else; the message says what to do about it.
    """
    if isinstance(given, str) or _is_pair(given):
        text: Text = given
        return text
    raise InputError(f"input is {_shown(given)}; {_EXPECTED}{_cure(given)}")


def checked_rows(rows: Rows, first: int = 0) -> Rows:
    """Rows that are all texts or pairs, unchanged.

    Args:
        rows: a list, or another sequence.
        first: the number of the first one, counted from 0.

    Raises:
        InputError: one is anything else; the message says which, and what to do about it.
    """
    for number, row in enumerate(rows, first):
        if not (isinstance(row, str) or _is_pair(row)):
            raise InputError(
                f"row {number} (counted from 0) of the input is {_shown(row)}; {_EXPECTED}{_row_cure(row)}"
            )
    return rows


def checked_texts(given: Any) -> list[Text]:
    """Texts or pairs to measure something on, as a list.

    Raises:
        InputError: it is one text, or as `checked_rows`.
    """
    if isinstance(given, str | bytes | dict) or not isinstance(given, Iterable):
        raise InputError(f"texts is a {type(given).__name__}, expected a list of texts or pairs")
    return checked_rows(list(given))


def checked_stream(given: Any) -> Iterable[Any]:
    """An iterable that gives its items row by row, unchanged.

    Raises:
        InputError: it is one text, or its rows are no texts: a dict's are keys, a table's are columns.
    """
    single = isinstance(given, str | bytes | bytearray) or not isinstance(given, Iterable)
    if single or getattr(given, "ndim", 1) == 0:
        raise InputError(
            f"stream() got one {type(given).__name__}, expected an iterable of texts; call the model"
        )
    if isinstance(given, dict) or hasattr(given, "columns"):
        raise InputError(
            f"stream() got a {type(given).__name__}, expected an iterable of texts; give it one column, such "
            'as table["text"]'
        )
    return given


def parse_pairs(facts: Mapping[str, Any]) -> tuple[str, str | None]:
    """The way two texts are cut to the limit, and the inputs a model was made for (None: not known).

    Raises:
        ArtifactError: a field is missing or of a wrong type, or the two contradict each other.
    """
    pairs = choice(facts, "pairs", PAIRS)
    inputs = None if facts.get("inputs") is None else choice(facts, "inputs", INPUTS)
    if inputs == PAIR and pairs == NO_PAIRS:
        raise ArtifactError(f"{MANIFEST}: inputs is {PAIR}, but pairs is {NO_PAIRS}; export the model again")
    return pairs, inputs


def question(inputs: str) -> str:
    """The question whether a pair was meant for a model of single texts, or the other way round."""
    if inputs == TEXT:
        cure = "leave --pair out" if on_command_line() else "for two texts give a list"
        return f"a pair was given to a model that takes single texts, as its manifest says; {cure}"
    cure = "a tuple of two str"
    if on_command_line():
        cure = "--pair, with a tab between the halves" if offers("pair") else "pairs"
    return f"a single text was given to a model that takes pairs, as its manifest says; give {cure}"


def _is_pair(given: Any) -> bool:
    return (
        isinstance(given, tuple)
        and len(given) == 2
        and isinstance(given[0], str)
        and isinstance(given[1], str)
    )


def _shown(given: Any) -> str:
    return "None" if given is None else f"{type(given).__name__} {given!r:.60}".replace("\n", " ")


def _cure(given: Any) -> str:
    """The advice for an input that is neither a text, a pair nor a list; empty without one."""
    if callable(getattr(given, "tolist", None)) and hasattr(given, "__len__"):
        return "; give its .tolist(), or give it to model.stream()"
    if isinstance(given, tuple) and all(isinstance(each, str) for each in given):
        return "; a pair is a tuple of two: for several texts give list(texts)"
    if isinstance(given, dict):
        return "; give its texts, such as list(texts.values())"
    if isinstance(given, Iterable) and not isinstance(given, tuple | bytes | bytearray):
        return "; give list(texts), or give it to model.stream()"
    return _row_cure(given)


def _row_cure(row: Any) -> str:
    """The advice for a row that is neither a text nor a pair; empty without one."""
    if isinstance(row, bytes | bytearray):
        return "; decode it: text.decode()"
    if type(row).__name__ in _MISSING or (isinstance(row, float) and math.isnan(row)):
        return '; leave out the rows that are missing, or give ""'
    if callable(getattr(row, "tolist", None)) and hasattr(row, "__len__"):
        return "; a pair is a tuple: tuple(row.tolist())"
    if isinstance(row, tuple) and len(row) == 2:
        return "; both halves of a pair are str"
    if isinstance(row, list):
        return "; a pair is a tuple: tuple(row)"
    return "; a number as a text is str(number)" if isinstance(row, int | float) else ""
