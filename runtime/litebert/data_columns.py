"""Which columns of a data file hold the text and the label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from litebert.data_sheet import COMMA, TAB, Sheet
from litebert.errors import InputError

# As GLUE, its converters, FastBERT's and most classifiers' files call them.
_TEXTS = (
    ("text",),
    ("sentence",),
    ("text_a",),
    ("text_a", "text_b"),
    ("sentence1", "sentence2"),
    ("premise", "hypothesis"),
    ("question", "sentence"),
    ("question1", "question2"),
)
_LABELS = ("label", "labels", "gold_label", "target", "class")
_SEPARATORS = {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a bar"}
_SUFFIXES = {"\t": ".tsv", ",": ".csv"}
_SHOWN = 9  # columns named in an error


@dataclass(frozen=True)
class Columns:
    """What a user says of a file's columns; the rest is recognised by the usual names.

    Attributes:
        text: the column of the texts, or the two of pairs; also as one name "NAME,NAME".
        label: the column of the labels.
        labels_are: "names" or "ids", for labels that could be read as either.
    """

    text: tuple[str, ...] = ()
    label: str | None = None
    labels_are: str | None = None


RECOGNISED = Columns()


def names_texts(names: Sequence[str]) -> bool:
    """Whether some of the names are usual ones of texts."""
    return bool(_readings(names))


def text_places(sheet: Sheet, columns: Columns) -> tuple[int, ...]:
    """The places of one column of texts, or of two of pairs.

    Raises:
        InputError: no column, or several, could be meant.
    """
    if columns.text:
        return _named_texts(sheet, columns.text)
    readings = _readings(sheet.names)
    readings = [each for each in readings if not any(set(each) < set(other) for other in readings)]
    if len(readings) == 1:
        return tuple(_place(sheet, name, "--text-column") for name in readings[0])
    if readings:
        shown = " or ".join(" and ".join(each) for each in readings)
        raise InputError(
            f"{sheet.path}: its texts may be those of {shown}; expected one of them to be named with "
            "--text-column (for a pair NAME,NAME)"
        )
    raise InputError(f"{sheet.path}: {sheet.head}, {_no_texts(sheet)}")


def label_place(sheet: Sheet, columns: Columns) -> int | None:
    """The place of the column of labels; None where no column has a usual name.

    Raises:
        InputError: the column that is named is not there.
    """
    if columns.label is not None:
        return _place(sheet, columns.label, "--label-column")
    found = [name for name in _LABELS if _places(sheet.names, name)]
    if found[:1] == ["label"] or len(found) == 1:
        return _place(sheet, found[0], "--label-column")
    return None


def _readings(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [each for each in _TEXTS if all(_places(names, name) for name in each)]


def _named_texts(sheet: Sheet, names: tuple[str, ...]) -> tuple[int, ...]:
    if len(names) == 1 and not _places(sheet.names, names[0]):
        names = tuple(names[0].split(","))
    if len(names) > 2:
        raise InputError(
            f"{sheet.path}: {len(names)} columns of text are named, expected one, or two for pairs; correct "
            "--text-column"
        )
    return tuple(_place(sheet, name, "--text-column") for name in names)


def _places(names: Sequence[str], wanted: str) -> list[int]:
    """Where a name stands: as it is, or else in other letters of case."""
    exact = [place for place, name in enumerate(names) if name == wanted]
    folded = wanted.strip().casefold()
    return exact or [place for place, name in enumerate(names) if name.strip().casefold() == folded]


def _place(sheet: Sheet, wanted: str, flag: str) -> int:
    places = _places(sheet.names, wanted)
    if len(places) != 1:
        raise InputError(
            f"{sheet.path}: {len(places) or 'no'} columns are called {wanted!r:.60}, expected one; its "
            f"columns are {quoted(sheet.names)}; correct {flag} or the header"
        )
    return places[0]


def _no_texts(sheet: Sheet) -> str:
    """What an error says of names that hold no usual one."""
    used = {TAB: "\t", COMMA: ","}.get(sheet.form)
    for sign, name in _SEPARATORS.items():
        if used is not None and sign != used and len(sheet.names) == 1 and sign in sheet.names[0]:
            cure = f"rename it {_SUFFIXES[sign]}" if sign in _SUFFIXES else "save it with tabs or commas"
            return f"with {name} between its columns, expected {_SEPARATORS[used]}; {cure}"
    return (
        "expected a column text, or text_a and text_b of pairs, or another usual name; name it with "
        "--text-column (for a pair NAME,NAME), or where this is no header put one such as text<TAB>label "
        "above it"
    )


def quoted(names: Sequence[str]) -> str:
    """Names for an error."""
    return ", ".join(f"{name!r:.40}" for name in names[:_SHOWN]) + " ..." * (len(names) > _SHOWN)
