"""The columns of a data file that hold the text and the label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from litebert.arguments import argument, on_command_line
from litebert.errors import InputError
from litebert.tools.data.sheet import COMMA, TAB, Sheet

# The names in GLUE, its converters, FastBERT's and most classifiers' files.
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
LABELS_ARE = ("names", "ids")
_SEPARATORS = {"\t": "a tab", ",": "a comma", ";": "a semicolon", "|": "a bar"}
_SUFFIXES = {"\t": ".tsv", ",": ".csv"}
_FLAGS = {"text": "--text-column", "label": "--label-column"}
_SHOWN = 9  # columns named in an error


@dataclass(frozen=True)
class Columns:
    """The columns that a user names; columns of the usual names need no naming.

    Attributes:
        text: the column of the texts, or the two of pairs; also as one name "NAME,NAME".
        label: the column of the labels; "" where labels are not to be used.
        labels_are: "names" or "ids", for labels that could be read as either.
    """

    text: str | Sequence[str] = ()
    label: str | None = None
    labels_are: str | None = None

    def __post_init__(self) -> None:
        text = (self.text,) if isinstance(self.text, str) else tuple(self.text)
        object.__setattr__(self, "text", text)
        if self.labels_are not in (None, *LABELS_ARE):
            raise InputError(
                f"{argument('labels_are')} is {self.labels_are!r:.40}, expected {' or '.join(LABELS_ARE)}"
            )


RECOGNISED = Columns()


def is_header(line: str, separator: str) -> bool:
    """Whether a line holds several names, some of them usual ones of texts."""
    return separator in line and bool(_readings(line.replace('"', "").split(separator)))


def check_separator(path: Path, line: str, form: str) -> None:
    """Raises InputError where a file's first line has another separator than its form's."""
    used = {TAB: "\t", COMMA: ","}.get(form)
    if used is None:
        return
    if line.startswith("{"):
        raise InputError(f"{path}: its first line is a JSON object, expected a header; name it .jsonl")
    if line.startswith("sep="):
        raise InputError(f"{path}: its first line is {line!r:.20}, expected a header; remove that line")
    if used in line:
        return
    for sign, name in _SEPARATORS.items():
        if sign != used and is_header(line, sign):
            cure = f"rename it {_SUFFIXES[sign]}" if sign in _SUFFIXES else "save it with tabs or commas"
            raise InputError(
                f"{path}: its first line is {line!r:.80}, with {name} between its columns, expected "
                f"{_SEPARATORS[used]}; {cure}"
            )


def text_places(sheet: Sheet, columns: Columns) -> tuple[int, ...]:
    """The place of the column of texts, or the two places of pairs.

    Raises:
        InputError: no column, or several, could hold them.
    """
    if columns.text:
        return _named_texts(sheet, columns.text)
    readings = _readings(sheet.names)
    readings = [each for each in readings if not any(set(each) < set(other) for other in readings)]
    if len(readings) == 1:
        return tuple(_place(sheet, name, "text") for name in readings[0])
    if readings:
        shown = " or ".join(" and ".join(each) for each in readings)
        raise InputError(
            f"{sheet.path}: its texts may be those of {shown}; expected one of them to be named with "
            f"{said_by('text')} (for a pair NAME,NAME)"
        )
    raise InputError(
        f"{sheet.path}: {sheet.head}, expected a column text, or text_a and text_b of pairs, or another "
        f"usual name; name it with {said_by('text')} (for a pair NAME,NAME){_headerless(sheet)}"
    )


def label_place(sheet: Sheet, columns: Columns) -> int | None:
    """The place of the column of labels; None where no column has a usual name.

    Raises:
        InputError: the named column is not there.
    """
    if columns.label == "":
        return None
    if columns.label is not None:
        return _place(sheet, columns.label, "label")
    found = [name for name in _LABELS if _places(sheet.names, name)]
    if found[:1] == ["label"] or len(found) == 1:
        return _place(sheet, found[0], "label")
    return None


def _readings(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [each for each in _TEXTS if all(_places(names, name) for name in each)]


def _named_texts(sheet: Sheet, names: Sequence[str]) -> tuple[int, ...]:
    if len(names) == 1 and not _places(sheet.names, names[0]):
        names = names[0].split(",")
    if len(names) > 2:
        raise InputError(
            f"{sheet.path}: {len(names)} columns of text are named, expected one, or two for pairs; correct "
            f"{said_by('text')}"
        )
    return tuple(_place(sheet, name, "text") for name in names)


def _places(names: Sequence[str], wanted: str) -> list[int]:
    """The places of a name; without one, those of the name in upper or lower case."""
    exact = [place for place, name in enumerate(names) if name == wanted]
    folded = wanted.strip().casefold()
    return exact or [place for place, name in enumerate(names) if name.strip().casefold() == folded]


def _headerless(sheet: Sheet) -> str:
    """The cure for a first line that is no header."""
    if sheet.form not in (TAB, COMMA):
        return ""
    plain = " (a file with a text per line is called .txt)" if len(sheet.names) == 1 else ""
    header = "text<TAB>label" if sheet.form == TAB else "text,label"
    return f", or where this is no header put one such as {header} above it{plain}"


def _place(sheet: Sheet, wanted: str, field: str) -> int:
    places = _places(sheet.names, wanted)
    if len(places) != 1:
        raise InputError(
            f"{sheet.path}: {len(places) or 'no'} columns are called {wanted!r:.60}, expected one; its "
            f"columns are {quoted(sheet.names)}; correct {said_by(field)} or the header"
        )
    return places[0]


def said_by(field: str) -> str:
    """The way to give a field of `Columns` here, such as `--text-column` on a command line."""
    return _FLAGS[field] if on_command_line() else f"Columns({field}=...)"


def quoted(names: Sequence[str]) -> str:
    """Names for an error."""
    return ", ".join(f"{name!r:.40}" for name in names[:_SHOWN]) + " ..." * (len(names) > _SHOWN)
