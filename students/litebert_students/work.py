"""The work folder, in which a run keeps results of long computations until it has written its student."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from litebert.errors import InputError, LiteBertError
from litebert.tools.whole_file import ARRIVING
from litebert_exporter.cures import out_flag

_DIGEST_DIGITS = 16
_OWN = re.compile(rf"[a-z]+-[0-9a-f]{{{_DIGEST_DIGITS}}}|{ARRIVING.pattern}")


def digest_of(arrays: Mapping[str, NDArray[Any]]) -> str:
    """A digest of weights."""
    content = hashlib.sha256()
    for name in sorted(arrays):
        content.update(name.encode())
        content.update(np.ascontiguousarray(arrays[name]).data)
    return content.hexdigest()


def digest(*parts: object) -> str:
    """A digest of parts, for the name of a file in a work folder; their `repr` must hold all that matters."""
    content = repr((torch.__version__, np.__version__, *parts))
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGEST_DIGITS]


@contextmanager
def work_folder(out: Path, method: str, names: Collection[str]) -> Iterator[Path]:
    """The folder `<out>.<method>.partial`, of this process alone.

    It is removed when the block ends or raises an error. After a kill or Ctrl-C it stays, and the next run
    goes on with it. Files that runs with other numbers, another source or other texts left are removed.

    Args:
        out: the folder that this run will write.
        method: the name of the student's method.
        names: the files that this run may find or make in it.

    Raises:
        InputError: another process works there, or nothing can be written there.
    """
    folder = out.with_name(f"{out.name}.{method}.partial")
    try:
        folder.mkdir(exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            _remove(folder, set(names))
            yield folder
        except BrokenPipeError:
            raise  # it is about the caller's own output, so the work is kept
        except OSError as error:
            _remove(folder)
            raise _unwritable(folder, error) from error
        except LiteBertError:
            _remove(folder)
            raise
        _remove(folder)
    except BlockingIOError as error:
        raise InputError(
            f"{folder}: another run is at work there; wait for it or choose another place with {out_flag()}"
        ) from error
    finally:
        os.close(lock)


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(
        f"{folder}: cannot be used ({error}); make room or choose another place with {out_flag()}"
    )


def _remove(folder: Path, kept: Collection[str] = ()) -> None:
    """Removes the files of runs from a folder, except the kept names; without any, the empty folder as well.

    A run leaves only files, so a link or a pipe under a kept name is removed, too.
    """
    for path in folder.iterdir():
        is_kept = path.name in kept and path.is_file() and not path.is_symlink()
        if _OWN.fullmatch(path.name) and not is_kept:
            path.unlink()
    if not kept and not any(folder.iterdir()):
        folder.rmdir()
