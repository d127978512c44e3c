"""The folder where a run keeps what it would be a pity to compute again, until it has written its result."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch

from litebert.errors import InputError, LiteBertError
from litebert_students.exit_source import Source

_DIGEST_DIGITS = 16
_OWN = re.compile(rf"(texts|dev|training)-[0-9a-f]{{{_DIGEST_DIGITS}}}(\.new)?")


def source_digest(source: Source, first_only: bool) -> str:
    """A digest of everything the hidden states depend on but the texts."""
    content = hashlib.sha256(repr((source.student, first_only)).encode())
    for name in sorted(source.weights):
        content.update(np.ascontiguousarray(source.weights[name]).data)
    return content.hexdigest()


def digest(*parts: object) -> str:
    """A digest of parts whose representation says all of them, for use in a name."""
    content = repr((torch.__version__, np.__version__, *parts))
    return hashlib.sha256(content.encode()).hexdigest()[:_DIGEST_DIGITS]


@contextmanager
def work_folder(out: Path, names: Collection[str]) -> Iterator[Path]:
    """The folder `<out>.exits.partial`, of this process alone.

    It is removed when the block ends or raises an error; after a kill or Ctrl-C it stays, for the next run to
    go on with. What another recipe, source or text left in it is removed.

    Args:
        out: the folder this run will write.
        names: what this run may find or make in it.

    Raises:
        InputError: another process works there, or nothing can be written there.
    """
    folder = out.with_name(f"{out.name}.exits.partial")
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
            raise  # of the caller's own output: no reason to lose the work
        except OSError as error:
            _remove(folder)
            raise _unwritable(folder, error) from error
        except LiteBertError:
            _remove(folder)
            raise
        _remove(folder)
    except BlockingIOError as error:
        raise InputError(
            f"{folder}: another run is at work there, expected to be alone; wait for it or choose another -o"
        ) from error
    finally:
        os.close(lock)


def _unwritable(folder: Path, error: OSError) -> InputError:
    return InputError(f"{folder}: cannot be used ({error}); make room or choose another place with -o")


def _remove(folder: Path, kept: Collection[str] = ()) -> None:
    """Removes what runs left in a folder, but for the kept names; without any, the emptied folder as well."""
    for path in folder.iterdir():
        if _OWN.fullmatch(path.name) and path.name not in kept:
            path.unlink()
    if not kept and not any(folder.iterdir()):
        folder.rmdir()
