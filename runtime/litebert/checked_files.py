"""The files of an artifact: checked once, and known again when an engine opens them later."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from litebert.errors import ArtifactError
from litebert.fields import MANIFEST, is_path, typed

Identity: TypeAlias = "tuple[int, ...]"


def file_sha256(path: Path) -> str:
    """The sha256 (hex) of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class CheckedFiles:
    """Regular files in a folder, or links to such, whose sizes and hashes were those of a manifest.

    A hub's cache holds links; the content behind them has to be the manifest's. Engines open some files much
    later, and by name. A file is known again by its inode and its times; where those differ, as after
    `touch`, by its content.

    Attributes:
        sizes: bytes of each file, by its path in the folder.
        hashes: the sha256 (hex) of each.
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any], hashed: bool = False) -> None:
        """Checks every file.

        Args:
            folder: the artifact's folder.
            facts: `files` of the manifest.
            hashed: whether the caller vouches for the hashes; then only kinds and sizes are checked.

        Raises:
            ArtifactError: a file is missing, changed or outside the folder, or a field is wrong.
        """
        self._folder = folder
        self.sizes: dict[str, int] = {}
        self.hashes: dict[str, str] = {}
        for name, body in facts.items():
            if not is_path(name):
                raise ArtifactError(f"{folder / MANIFEST}: path {name!r} leaves the artifact; do not use it")
            if not isinstance(body, dict):
                raise ArtifactError(f"{folder / MANIFEST}: no facts about {name}; export the model again")
            self.sizes[name] = typed(body, "size_bytes", int)
            self.hashes[name] = typed(body, "sha256", str)
            _check_regular(folder, name, self.sizes[name])
        self._paths = {name: str(folder / name) for name in self.sizes}
        look = self._status if hashed else self._checked
        self._seen = {name: look(name) for name in self.sizes}

    def read(self, name: str, limit_bytes: int) -> bytes:
        """The content of a file, whose hash is the manifest's.

        Raises:
            ArtifactError: the file is another by now, or larger than the limit.
        """
        if self.sizes[name] > limit_bytes:
            raise ArtifactError(
                f"{self._folder / name}: larger than {limit_bytes} bytes; export the model again"
            )
        try:
            content = (self._folder / name).read_bytes()
        except OSError as error:
            raise self._replaced(name) from error
        if hashlib.sha256(content).hexdigest() != self.hashes[name]:
            raise self._replaced(name)
        return content

    @contextmanager
    def opening(self, names: Iterable[str]) -> Iterator[None]:
        """A block in which an engine opens files by name; they are the files that were checked.

        Raises:
            ArtifactError: a file is another by now, or was replaced during the block.
        """
        before = {name: self._known_again(name) for name in names}
        try:
            yield
        finally:
            for name, identity in before.items():
                if self._status(name) != identity:
                    raise self._replaced(name)

    def check_mapped(self, names: Iterable[str]) -> None:
        """Refuses files that were overwritten while an engine has them mapped into memory.

        A file that was replaced is fine: the former one stays mapped.

        Raises:
            ArtifactError: a file has other content by now.
        """
        for name in names:
            status = self._status(name)
            if status[:2] == self._seen[name][:2] and status != self._seen[name]:
                self._known_again(name)

    def _checked(self, name: str) -> Identity:
        identity = self._status(name)  # before the content is read: a later change then shows
        if file_sha256(self._folder / name) != self.hashes[name]:
            raise ArtifactError(
                f"{self._folder / name}: sha256 differs from the manifest's; export the model again"
            )
        return identity

    def _known_again(self, name: str) -> Identity:
        """The identity of the file that now has a name; its content is the one that was checked."""
        status = self._status(name)
        if status != self._seen[name]:
            regular = bool(status) and stat.S_ISREG(status[-1]) and status[2] == self.sizes[name]
            try:
                if not regular or file_sha256(self._folder / name) != self.hashes[name]:
                    raise self._replaced(name)
            except OSError as error:
                raise self._replaced(name) from error
            self._seen[name] = status
        return status

    def _status(self, name: str) -> Identity:
        """The inode, size and times of a file: another file, or a changed one, has others.

        Returns:
            The empty tuple where there is no file.
        """
        try:
            found = os.stat(self._paths[name])  # noqa: PTH116 - Path.stat is slow, and this is asked at every answer
        except OSError:
            return ()
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_mode

    def _replaced(self, name: str) -> ArtifactError:
        return ArtifactError(
            f"{self._folder / name}: was replaced, changed or removed after the artifact was opened; "
            "open it again, in Python with litebert.load()"
        )


def _check_regular(folder: Path, name: str, size_bytes: int) -> None:
    path = folder
    *folders, last = name.split("/")
    try:
        for part in folders:
            path /= part
            if not stat.S_ISDIR(path.lstat().st_mode):
                raise ArtifactError(f"{path}: a link or file, expected a folder; export the model again")
        path /= last
        status = path.stat()
    except OSError as error:
        absent = isinstance(error, FileNotFoundError)  # of a name that is too long even is_symlink raises
        found = "a link to nothing" if absent and path.is_symlink() else "missing from the artifact"
        raise ArtifactError(
            f"{path}: {found}; copy or download it again, or export the model again"
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise ArtifactError(f"{path}: a special file, expected a regular one; export the model again")
    if status.st_size != size_bytes:
        raise ArtifactError(
            f"{path}: {status.st_size} bytes, the manifest says {size_bytes!s:.80}; export the model again"
        )
