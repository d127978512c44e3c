"""Text for terminals and pages: nothing in it steers the screen, turns the line or is invisible."""

from __future__ import annotations

import contextlib
import io
import os
import re
import reprlib
import sys
import unicodedata
from collections.abc import Sequence

# Controls, formats (of direction, or without width), halves of characters, ends of lines and paragraphs.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # formats, but Persian words and emoji are spelt with them
_BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol by category, which show nothing
_NOT_ALONE = ("Mn", "Me", "Zs")  # marks on another character, and spaces
_HALF = re.compile("[\ud800-\udfff]")
_PLANE_OF_FORMATS = 0xE0000  # its unassigned characters are reserved for more formats
_SHOWN = 4  # names in a repr


def is_hidden(character: str) -> bool:
    """Whether a character is invisible, or changes the look of others.

    Spaces are not hidden, nor are marks and variation selectors, which belong to the letter before them.
    """
    category = unicodedata.category(character)
    reserved = category == "Cn" and ord(character) >= _PLANE_OF_FORMATS
    return (category in _HIDDEN and character not in _JOINERS) or reserved


def is_seen(text: str) -> bool:
    """Whether a text holds a character that a reader sees by itself."""
    return any(
        unicodedata.category(each) not in _NOT_ALONE and each not in _JOINERS + _BLANK and not is_hidden(each)
        for each in text
    )


def visible(text: str) -> str:
    r"""The text with hidden characters, line ends among them, escaped as in Python: `\u202e`."""
    if text.isprintable():
        return text
    return "".join(
        each.encode("unicode_escape").decode("ascii") if is_hidden(each) else each for each in text
    )


def show(*lines: str) -> None:
    """Prints lines on stdout, with hidden characters escaped."""
    for line in lines:
        print(visible(line), flush=True)


def tell(line: str) -> None:
    """Prints a line on stderr, if there is one: print would take stdout for None.

    On a terminal it overwrites a bar.
    """
    if sys.stderr is not None:
        start = "\r\033[K" if sys.stderr.isatty() else ""
        print(start + visible(line), file=sys.stderr, flush=True)


def warn(message: str) -> None:
    """Prints a warning on stderr."""
    tell(f"warning: {message}")


def escape_output() -> None:
    """Makes stdout escape characters that its encoding lacks, as stderr does, instead of raising."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.closed:  # None where it was closed before
        sys.stdout.reconfigure(errors="backslashreplace")


def as_utf8(argument: str) -> str:
    """A text of the command line, read as UTF-8 even where the locale cannot read it, as on stdin.

    Bytes that are not UTF-8 either stay halves of characters, as Python reads them (PEP 383).
    """
    if _HALF.search(argument) is None:
        return argument
    with contextlib.suppress(UnicodeEncodeError):  # other halves come from a caller in Python
        return os.fsencode(argument).decode("utf-8", "surrogateescape")
    return argument


def shortened(labels: Sequence[str]) -> str:
    """Labels as Python writes them, hidden characters escaped; of many the first, and their number."""
    shown = [*map(reprlib.repr, labels[:_SHOWN])]
    if len(labels) > _SHOWN:
        shown.append(f"... {len(labels)} in all")
    return f"({', '.join(shown)}{',' * (len(labels) == 1)})"
