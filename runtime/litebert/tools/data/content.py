"""The content of a data file: read once, and refused by its kind where it is no text in UTF-8."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from litebert.errors import InputError

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_KINDS = {  # first bytes of files that people take for tables
    b"\x1f\x8b": ("packed by gzip", "give it unpacked, as <(zcat FILE)"),
    b"PAR1": ("a Parquet file", "save it as CSV: pandas.read_parquet(FILE).to_csv(OUT)"),
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "unpack it, or save it as CSV UTF-8"),
    b"ARROW1": ("an Arrow file", "save it as CSV or as JSON lines"),
    b"version https://git-lfs": ("a Git LFS pointer, not the file itself", "run git lfs pull"),
}


def read_content(path: Path) -> str:
    """The content of a text file, without a byte order mark.

    Raises:
        InputError: it is absent, no such file, or not text in UTF-8.
    """
    content = read_once(path)
    for start, (kind, cure) in _KINDS.items():
        if content.startswith(start):
            raise InputError(f"{path}: is {kind}, expected text in UTF-8; {cure}")
    if content.startswith(_UTF_16) or content.count(0) * 4 > len(content):  # every other byte of English
        raise InputError(
            f"{path}: is UTF-16 or no text at all, expected text in UTF-8; save it as UTF-8 (in Excel: "
            "CSV UTF-8), or convert it with iconv -f UTF-16 -t UTF-8"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path}: cannot be read (byte {content[error.start]:#04x} in line {line} is not UTF-8), "
            "expected text in UTF-8; convert it, as with iconv -f WINDOWS-1252 -t UTF-8 or -f GB18030"
        ) from error


def lines_of(content: str) -> list[str]:
    """The lines of a text, with any of the usual line ends."""
    return content.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def first_line_of(content: str) -> str:
    """The first of the lines, without a copy of all."""
    return re.split("[\r\n]", content, maxsplit=1)[0]


def read_once(path: Path) -> bytes:
    """The bytes of a regular file, or of one that was opened already: /dev/stdin, or `<(command)`.

    Other files are refused: a named pipe waits for a writer who may never come, a device may never end.

    Raises:
        InputError: it is something else, or cannot be read.
    """
    try:
        mode, place = path.stat().st_mode, Path(os.path.realpath(path))
        inherited = path.is_relative_to("/dev") or path.is_relative_to("/proc")
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or (inherited and not place.exists())):
            raise InputError(
                f"{path}: a named pipe or a device, expected a file, /dev/stdin or a shell's <(command)"
            )
        return path.read_bytes()
    except OSError as error:
        cure = "; for stdin give /dev/stdin" if path == Path("-") else ""
        raise InputError(f"{path}: cannot be read ({error}); expected text in UTF-8{cure}") from error
