"""The code blocks of a document, read the way a shell reads them, without running programs."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))
OURS = (
    "litebert",
    "litebert-bench",
    "litebert-export",
    "litebert-exits",
    "litebert-theseus",
    "litebert-mobilebert",
)
# Programs that a shell only writes down: ours run in this process afterwards, the others not at all.
_NOTED = (*OURS, "pip", "make", "python3", "source", "scp", "ssh", "adb")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NOTE = """
note() { { printf '%s\\0' "$PWD" "$([ ! -p /dev/stdin ] || cat)" "$#" "$@"; } >> "$NOTES"; }
"""


@dataclass(frozen=True)
class Block:
    """Code between fences: its language as it is marked, and its lines."""

    language: str
    code: str


@dataclass(frozen=True)
class Command:
    """A program as a shell calls it: in which folder, with which arguments, and what is piped into it."""

    folder: Path
    words: tuple[str, ...]
    piped: str = ""


def read(name: str) -> str:
    """The text of a document."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    """The blocks of code of a document, in order."""
    return [Block(*found) for found in _FENCE.findall(text)]


def prose(text: str) -> str:
    """A document without its blocks of code."""
    return _FENCE.sub("", text)


def shell_commands(
    scripts: list[str], start: Path, home: Path, variables: Mapping[str, str]
) -> list[list[Command]]:
    """For each script the calls of programs in it; one shell reads them all, as a reader's does.

    What the shell does itself (variables, `cd`, `printf`, redirections) is done. Any other program ends it.
    """
    notes = home / "notes"
    functions = "".join(f'{name}() {{ note {name} "$@"; }}\n' for name in _NOTED)
    script = "\n".join(f"note --script\n{each}" for each in scripts)
    environment = {"PATH": os.defpath, "HOME": str(home), "NOTES": str(notes), **variables}
    notes.write_bytes(b"")
    subprocess.run(
        ["bash", "-euc", f"{_NOTE}{functions}{script}"],
        cwd=start,
        env=environment,
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )
    words = iter(notes.read_text(encoding="utf-8").split("\0")[:-1])
    calls: list[list[Command]] = []
    for folder in words:
        piped, count = next(words), int(next(words))
        called = Command(Path(folder), tuple(next(words) for _ in range(count)), piped)
        if called.words == ("--script",):
            calls.append([])
        else:
            calls[-1].append(called)
    return calls
