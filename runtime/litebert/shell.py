"""Names of files quoted for a shell, in the commands that our messages give."""

from __future__ import annotations

import os
import shlex


def quoted(value: str | int | os.PathLike[str]) -> str:
    """The value as one argument of a shell; a leading hyphen makes no flag of it."""
    text = str(value)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
