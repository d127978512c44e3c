"""Stamps of made files: whether today's sources would make them again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest(paths: Iterable[Path], *words: str) -> str:
    """The sha256 (hex) of files, of all Python files below folders, and of words."""
    total = hashlib.sha256(repr(words).encode())
    for path in paths:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def is_current(made: Path, stamp: str) -> bool:
    """Whether `made` is complete, with this stamp."""
    mark = _mark(made)
    return made.exists() and mark.exists() and mark.read_text(encoding="utf-8") == stamp


def set_current(made: Path, stamp: str) -> None:
    """Notes that `made` is complete."""
    _mark(made).write_text(stamp, encoding="utf-8")


def unset(made: Path) -> None:
    """Notes that `made` may be incomplete from now on."""
    _mark(made).unlink(missing_ok=True)


def _mark(made: Path) -> Path:
    return made.with_name(f"{made.name}.stamp")
