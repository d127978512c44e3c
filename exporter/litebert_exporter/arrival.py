"""Folders that arrive in one step or not at all."""

from __future__ import annotations

import ctypes
import fcntl
import glob
import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from litebert.arguments import argument_is
from litebert.errors import CheckpointError, InputError
from litebert.fields import MANIFEST
from litebert.tools.stopping import arrived, arriving
from litebert.tools.whole_file import ARRIVING
from litebert.visible import visible
from litebert_exporter.cures import out_flag
from litebert_exporter.text_files import read_json

_PARTIAL = ".partial"
_RANDOM = "?" * 8
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # of linux/fcntl.h and linux/fs.h


def _is_artifact(folder: Path) -> bool:
    """Whether a folder holds the files of an export and no others."""
    try:
        files = read_json(folder / MANIFEST).get("files") if (folder / MANIFEST).is_file() else None
    except CheckpointError:
        return False
    if not isinstance(files, dict):
        return False
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    return all(name in {MANIFEST, *files} or ARRIVING.fullmatch(name) for name in found)


def check_destination(
    out: Path,
    force: bool,
    kind: str = "artifact",
    is_own: Callable[[Path], bool] = _is_artifact,
) -> None:
    """Raises InputError unless `out` is free, or `force` is given for an empty folder or an earlier result.

    `is_own` recognises an earlier result: a folder of the kind, with no other file in it. Any other folder is
    never deleted.
    """
    another = f"choose another with {out_flag()}"
    if not _is_utf8(out):
        raise InputError(f"{str(out)!r}: not UTF-8, which engines expect of a path; {another}")
    if not out.parent.is_dir():
        raise InputError(f"{out.parent}: no such folder; create it or {another}")
    _check_place(out)
    if not (out.exists() or out.is_symlink()):
        return
    if not force:
        raise InputError(f"{out}: exists already; {another} or replace it with {argument_is('force', True)}")
    empty = out.is_dir() and not any(out.iterdir())
    named = out.name not in ("", "..")
    if out.is_symlink() or not named or not (empty or (out.is_dir() and is_own(out))):
        raise InputError(
            f"{out}: exists and is no {kind}, or holds other files as well, so {argument_is('force', True)} "
            f"will not delete it; remove it yourself or {another}"
        )


@contextmanager
def arriving_folder(out: Path) -> Iterator[Path]:
    """A new folder beside `out` that takes its place when the block ends, and vanishes if it fails.

    The folder at `out` stays whole until then. A living process locks its new folder. A killed one leaves
    its folder without a lock, and the next export to the same place removes it.

    Raises:
        InputError: the place cannot be written: it is full, read-only or taken meanwhile.
    """
    replaces = out.exists()
    try:
        _sweep(out)
        folder = _partial(out)
        arriving.add(folder)  # before it exists: a signal may come at any moment
        try:
            folder.mkdir(mode=0o700)
            with _locked(folder):
                yield folder
                folder.chmod(0o777 & ~_umask())
                if replaces:
                    _replace(folder, out)
                else:
                    folder.rename(out)  # fails where something is by now
            arrived.append(visible(str(out)))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            arriving.discard(folder)
    except OSError as error:
        raise _unwritable(out, error) from error


def _partial(out: Path) -> Path:
    """A new name beside `out`, in the pattern that `_sweep` removes."""
    return out.with_name(f".{out.name}.{secrets.token_hex(4)}{_PARTIAL}")


def _check_place(out: Path) -> None:
    """Raises InputError where no folder can be made beside `out`, before the work begins."""
    if out.name in ("", ".."):
        return
    folder = _partial(out)
    try:
        folder.mkdir(mode=0o700)
        with suppress(FileNotFoundError):  # swept by an export to the same place
            folder.rmdir()
    except OSError as error:
        raise _unwritable(out, error) from error


def _unwritable(out: Path, error: OSError) -> InputError:
    return InputError(
        f"{out}: cannot be written ({error}); nothing was changed there; make room or choose another place "
        f"with {out_flag()}"
    )


def _is_utf8(path: Path) -> bool:
    try:
        return "\0" not in os.fspath(path).encode().decode()
    except UnicodeError:
        return False


def _sweep(out: Path) -> None:
    for folder in out.parent.glob(f".{glob.escape(out.name)}.{_RANDOM}{_PARTIAL}"):
        try:
            with _locked(folder):
                shutil.rmtree(folder, ignore_errors=True)
        except (BlockingIOError, NotADirectoryError, FileNotFoundError):
            continue  # its export is still running, or it is none of ours


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder.

    Raises:
        BlockingIOError: a living process holds it.
        NotADirectoryError: it is no folder, or a link.
    """
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)


def _replace(folder: Path, out: Path) -> None:
    """Puts `folder` at `out`; the folder that was there ends up at `folder`, to be deleted."""
    if _exchange(folder, out):
        return
    aside = folder.with_name(f"{folder.name}.old")
    out.rename(aside)
    try:
        folder.rename(out)
    except OSError:
        aside.rename(out)
        raise
    aside.rename(folder)


def _exchange(one: Path, other: Path) -> bool:
    """Swaps two folders in one step; False where the system cannot (all but Linux)."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    status = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return bool(status == 0)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
