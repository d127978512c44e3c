"""The diagnosis of an installation: packages, machine, and the engines that answer here."""

from __future__ import annotations

import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from litebert import __version__
from litebert.artifact import Artifact, open_artifact
from litebert.backends import ENGINES, Engine
from litebert.backends.selection import fitting_engines
from litebert.errors import LiteBertError, first_line
from litebert.graph_formats import FORMATS
from litebert.machine import Cores, Cpu, read_cores, read_cpu
from litebert.packages import package_version
from litebert.targets import ARITHMETICS, Target
from litebert.tools.doctor_artifacts import Patient, examined, in_principle
from litebert.tools.stopping import child

_TRIAL_SECONDS = 120
# An import may end a program, such as on a CPU that the package was not built for: another one tries it.
_TRY_ENGINE = "import sys; from litebert.backends import ENGINES; sys.exit(ENGINES[{}].problem())"


@dataclass(frozen=True)
class Package:
    """A package that we need or can use.

    Attributes:
        name: its name for pip.
        version: None where it is not installed, "unknown" where it gives none.
        problem: the reason why it cannot be used; None where it can, or was not tried.
        cure: the command that installs it.
        advice: a reason against it although it can be used; None where there is none.
    """

    name: str
    version: str | None
    problem: str | None
    cure: str
    advice: str | None = None


@dataclass(frozen=True)
class Diagnosis:
    """The doctor's findings.

    Attributes:
        litebert: our version.
        python: the version of Python.
        platform: system, processor and C library.
        cpu: the processor.
        cores: the part of it that can be used.
        packages: the packages that we need.
        engines: the packages that run graphs.
        arithmetics: for each arithmetic, by engine: "yes" where the engine runs such graphs right, else the
            reason why not; first the engine that "auto" tries first.
        artifacts: the artifacts that were asked about.
    """

    litebert: str
    python: str
    platform: str
    cpu: Cpu
    cores: Cores
    packages: tuple[Package, ...]
    engines: tuple[Package, ...]
    arithmetics: dict[str, dict[str, str]]
    artifacts: tuple[Patient, ...]


def diagnose(paths: Sequence[str | Path] = ()) -> Diagnosis:
    """The diagnosis of the installation, the machine and each artifact, by its first golden case."""
    artifacts = {str(path): _open(path) for path in paths}
    targets = {target for each in artifacts.values() if isinstance(each, Artifact) for target in each.targets}
    trials = {
        engine.name: _TRY_ENGINE.format(number)
        for number, engine in enumerate(ENGINES)
        if not engine.slow_import or engine.target in targets  # else it is not worth the seconds
    }
    engines = tuple(_examine_engine(engine, trials.get(engine.name)) for engine in ENGINES)
    problems = {package.name: package.problem for package in engines}
    return Diagnosis(
        litebert=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        cpu=read_cpu(),
        cores=read_cores(),
        packages=(
            _examine("numpy", "numpy", "pip install numpy", None),  # we would not have come here without
            _examine("tokenizers", "tokenizers", "pip install tokenizers", "import tokenizers"),
        ),
        engines=engines,
        arithmetics={arithmetic: _runs(arithmetic, problems) for arithmetic in ARITHMETICS},
        artifacts=tuple(
            examined(path, found, problems) if isinstance(found, Artifact) else Patient(path, found)
            for path, found in artifacts.items()
        ),
    )


def _open(path: str | Path) -> Artifact | str:
    """The artifact; or the reason why it cannot be opened."""
    try:
        return open_artifact(path)
    except LiteBertError as error:
        return str(error)


def _examine(name: str, module: str, cure: str, trial: str | None) -> Package:
    """A package, tried with a program if one is given."""
    if find_spec(module) is None:
        return Package(name, None, f"not installed; {cure}", cure)
    return Package(name, package_version(name, module), None if trial is None else _problem(trial), cure)


def _examine_engine(engine: Engine, trial: str | None) -> Package:
    """An engine, with advice where its version is older than those that we test."""
    package = _examine(engine.name, engine.module, engine.cure, trial)
    numbers = tuple(map(int, re.findall(r"\d+", package.version or "")[:2]))
    if not numbers or numbers >= engine.oldest:  # absent, or of an unknown version
        return package
    oldest = ".".join(map(str, engine.oldest))
    return replace(
        package, advice=f"older than {oldest}, the oldest that LiteBERT is tested with; {engine.cure}"
    )


def _problem(program: str) -> str | None:
    """The reason why a program that imports something fails; None if it does not."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable or "python", "-P", "-c", program]
    try:
        trial = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
        with child(trial):
            _, complaints = trial.communicate(timeout=_TRIAL_SECONDS)
    except subprocess.TimeoutExpired:
        return f"its import takes more than {_TRIAL_SECONDS} seconds"
    except OSError as error:
        return f"its import cannot be tried ({first_line(error)})"
    if trial.returncode < 0:
        name = signal.Signals(-trial.returncode).name
        return f"its import ends with {name}: it was not built for this CPU or system; uninstall it"
    lines = complaints.decode("utf-8", "replace").strip().splitlines()
    return (lines or ["its import fails"])[-1] if trial.returncode else None


def _runs(arithmetic: str, problems: Mapping[str, str | None]) -> dict[str, str]:
    """By engine: "yes" where it runs graphs of an arithmetic here, else why not; in the order of "auto"."""
    targets = {
        name: Target(name, form.layouts[0], "", arithmetic, form.rows[0], False, ())
        for name, form in FORMATS.items()
    }
    engines = dict.fromkeys((*fitting_engines(targets), *ENGINES))
    return {each.name: in_principle(each, arithmetic, problems[each.name]) for each in engines}
