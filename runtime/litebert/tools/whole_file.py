"""Files that appear whole or not at all, in place of any file that was there."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from litebert.errors import InputError
from litebert.tools.stopping import arriving

ARRIVING = re.compile(r"\.[0-9a-f]{16}\.partial")  # names of incomplete files; a kill may leave one


@contextmanager
def arriving_file(path: Path) -> Iterator[BinaryIO]:
    """A new file, open for writing; at the end of the block it takes its place at a path, or vanishes.

    Its name is random: no link and no pipe can wait for it under that name. A link at the path stays; the
    file that it names is replaced. Permissions of a replaced file are kept.

    Raises:
        InputError: the file cannot be written, or the path holds something other than a file.
    """
    try:
        place = _place(path)
        new = place.with_name(f".{secrets.token_hex(8)}.partial")
        arriving.add(new)  # before it exists: a signal may come at any moment
        try:
            with new.open("xb") as file:  # O_EXCL, which follows no link either
                yield from _replacing(file, new, place)
        finally:
            arriving.discard(new)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from error


def _replacing(file: BinaryIO, new: Path, place: Path) -> Iterator[BinaryIO]:
    """A new file that takes its place after it was written; it vanishes if writing fails."""
    try:
        if place.exists():
            os.fchmod(file.fileno(), place.stat().st_mode & 0o777)
        yield file
        file.flush()
        os.fsync(file.fileno())  # before the old content goes
        new.replace(place)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes a file as a whole, a text as UTF-8; see `arriving_file`.

    Raises:
        InputError: it cannot be written.
    """
    with arriving_file(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def check_writable(path: Path) -> None:
    """Raises InputError where a file could not be written later, after long work."""
    try:
        place = _place(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from error
    if not place.parent.is_dir():
        raise InputError(
            f"{path}: its folder does not exist; expected a file to write, in a folder that is there"
        )
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise InputError(f"{path}: cannot be written; expected a folder in which files can be made")


def _place(path: Path) -> Path:
    """The place of a file that a user names: links are followed, and only a file may be there.

    /dev/stdout and its like are refused even where they lead to a file, which its writer would lose.
    """
    place = Path(os.path.realpath(path))
    named = Path(os.path.realpath(path.parent))
    device = named == Path("/dev") or named.is_relative_to("/proc")
    if device or (os.path.lexists(place) and not stat.S_ISREG(place.stat().st_mode)):
        found = "a folder" if place.is_dir() else "a device, a pipe or the like"
        raise InputError(f"{path}: {found}; expected a file to write, in a folder that is there")
    return place
