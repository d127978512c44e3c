"""Names of files as a shell takes them, for the commands that a line names."""

from __future__ import annotations

import os
import shlex


def quoted(value: str | int | os.PathLike[str]) -> str:
    """As a shell takes it; what begins with a hyphen is no flag."""
    text = str(value)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
