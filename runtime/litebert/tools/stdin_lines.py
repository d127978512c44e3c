"""The lines of stdin as texts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from litebert.errors import InputError

_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_BLANK = "is blank: blank lines are answered as empty texts"
_BYTES = (
    "is not UTF-8: bytes that cannot be read become replacement characters, in other lines as well; convert "
    "the text first, as with iconv -f WINDOWS-1252 -t UTF-8 or -f GB18030"
)


def stdin_lines(warn: Callable[[str], None]) -> Iterator[str]:
    """The lines of stdin as they come, blank ones included: answers stay in step with lines.

    Args:
        warn: called for the first blank line, and for the first that is not UTF-8.

    Raises:
        InputError: stdin begins as UTF-16 does.
    """
    warned = {""}
    for number, line in enumerate(sys.stdin.buffer if sys.stdin is not None else (), start=1):
        if number == 1 and line.startswith(_UTF_16):
            raise InputError(
                "stdin begins as UTF-16 does, expected UTF-8; convert it with iconv -f UTF-16 -t UTF-8"
            )
        text, problem = _read(line.removeprefix(_MARK) if number == 1 else line)
        if problem not in warned:
            warned.add(problem)
            warn(f"line {number} of stdin {problem}")
        yield text


def _read(line: bytes) -> tuple[str, str]:
    """A line without its end, and the warning about it; empty without one."""
    ended = line.removesuffix(b"\n").removesuffix(b"\r")
    try:
        text = ended.decode("utf-8")
    except UnicodeDecodeError:
        return ended.decode("utf-8", "replace"), _BYTES
    return text, "" if text.strip() else _BLANK
