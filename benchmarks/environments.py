"""A virtual environment for each peer, since their requirements contradict each other.

    python benchmarks/environments.py [NAME...]

The environments are made below build/benchmark/venvs from benchmarks/peers/NAME.txt. One that cannot be
installed is reported and does not stop the others.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import commands
import stamps
from litebert.visible import escape_output, show

HERE = Path(__file__).parent
ROOT = HERE.parent / "build" / "benchmark"
TIMEOUT_S = 1800


@dataclass(frozen=True)
class Environment:
    """A peer's Python, or the reason why there is none."""

    name: str
    python: Path
    problem: str | None = None


def main() -> None:
    """Makes the named environments, or all; the exit code is 1 where one is missing."""
    escape_output()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known()))
    names = parser.parse_args().names or known()
    if not {*names} <= {*known()}:
        parser.error(f"unknown: {', '.join(sorted({*names} - {*known()}))}; expected {', '.join(known())}")
    made = [make_environment(name, ROOT / "venvs") for name in names]
    sys.exit(any(each.problem for each in made))


def known() -> list[str]:
    """The names of all environments."""
    return sorted(path.stem for path in (HERE / "peers").glob("*.txt"))


def make_environment(name: str, folder: Path, requirements: Path | None = None) -> Environment:
    """The environment of that name, installed unless it is there already."""
    requirements = requirements or HERE / "peers" / f"{name}.txt"
    venv = folder / name
    environment = Environment(name, venv / "bin" / "python")
    stamp = stamps.digest([requirements], sys.version, str(venv.absolute()))
    if stamps.is_current(venv, stamp):
        return environment
    print(f"{name}: installing ...", flush=True)
    start = time.monotonic()
    stamps.unset(venv)
    shutil.rmtree(venv, ignore_errors=True)
    problem = _install(venv, environment.python, requirements)
    if problem is not None:
        show(f"{name}: cannot be installed: {problem}")
        return Environment(name, environment.python, problem)
    stamps.set_current(venv, stamp)
    print(f"{name}: installed in {time.monotonic() - start:.0f} s", flush=True)
    return environment


def _install(venv: Path, python: Path, requirements: Path) -> str | None:
    """Installs a file's requirements, torch on its own first; returns the problem, or None."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    steps = [
        [sys.executable, "-m", "venv", str(venv)],
        *([*pip, line] for line in lines if line.startswith("torch==")),
        [*pip, "--requirement", str(requirements)],
    ]
    log = venv.with_name(f"{venv.name}.log")
    return next(filter(None, (commands.problem(step, log, TIMEOUT_S) for step in steps)), None)


if __name__ == "__main__":
    main()
