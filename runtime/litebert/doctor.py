"""What is installed, what this machine is, and which engine can run which artifact here."""

from __future__ import annotations

import os
import platform
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from litebert import __version__
from litebert.artifact import Artifact, open_artifact, read_golden
from litebert.backends import ENGINES, Engine
from litebert.errors import LiteBertError, first_line
from litebert.machine import Cores, Cpu, read_cores, read_cpu
from litebert.targets import RECIPES
from litebert.verify import replay

_HEAVY = ("tensorflow",)  # seconds to import: tried only where an artifact has graphs for it
_TRIAL_SECONDS = 120
# An import may end a program, on a CPU that the package was not built for say: it is tried in another one.
_OPEN_ENGINE = """
import sys
from pathlib import Path
from litebert.backends import ENGINES
from litebert.errors import MissingExtraError
try:
    ENGINES[{}].opener(Path(), threads=1)
except MissingExtraError as error:
    sys.exit(str(error))
"""


@dataclass(frozen=True)
class Package:
    """A package we need or can use.

    Attributes:
        name: what pip calls it.
        version: None where it is not installed, "unknown" where it does not say.
        problem: why it cannot be used; None where it can, or was not tried.
        cure: the command that installs it.
        advice: what speaks against it although it can be used; None where nothing does.
    """

    name: str
    version: str | None
    problem: str | None
    cure: str
    advice: str | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether an engine answers a target of an artifact right here, and why (not)."""

    target: str
    layout: str
    recipe: str
    engine: str
    answers: bool
    reason: str


@dataclass(frozen=True)
class Patient:
    """An artifact: what keeps it from being opened, or a verdict for each target and each engine for it."""

    path: str
    problem: str | None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def answers(self) -> bool:
        """Whether some engine here answers."""
        return any(verdict.answers for verdict in self.verdicts)


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor found.

    Attributes:
        litebert: our version.
        python: Python's.
        platform: system, processor and C library.
        cpu: the processor.
        cores: how much of it can be used.
        packages: what we need.
        engines: what runs graphs, in the order in which "auto" tries them.
        recipes: for each recipe what each engine makes of it: yes, or why not; None without such graphs.
        artifacts: those that were asked about.
        default_threads: threads for an answer, unless told otherwise.
        cache_folder: where something is kept outside of artifacts: nowhere.
    """

    litebert: str
    python: str
    platform: str
    cpu: Cpu
    cores: Cores
    packages: tuple[Package, ...]
    engines: tuple[Package, ...]
    recipes: dict[str, dict[str, str | None]]
    artifacts: tuple[Patient, ...]
    default_threads: int = 1
    cache_folder: None = None


def diagnose(paths: Sequence[str | Path] = ()) -> Diagnosis:
    """Looks at the installation, the machine, and each artifact, whose first golden case is replayed."""
    artifacts = {str(path): _open(path) for path in paths}
    targets = {target for each in artifacts.values() if isinstance(each, Artifact) for target in each.targets}
    trials = {
        engine.name: _OPEN_ENGINE.format(number)
        for number, engine in enumerate(ENGINES)
        if engine.name not in _HEAVY or engine.target in targets
    }
    engines = tuple(_examine_engine(engine, trials.get(engine.name)) for engine in ENGINES)
    by_name = {package.name: package for package in engines}
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
        recipes={
            recipe: {
                engine.name: _in_principle(engine, recipe, by_name[engine.name])
                if engine.target in written
                else None
                for engine in ENGINES
            }
            for recipe, written in RECIPES.items()
        },
        artifacts=tuple(
            Patient(path, None, _verdicts(found, by_name))
            if isinstance(found, Artifact)
            else Patient(path, found)
            for path, found in artifacts.items()
        ),
    )


def _open(path: str | Path) -> Artifact | str:
    """The artifact, or why it cannot be opened."""
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
    """An engine, and whether its version is one that we test."""
    package = _examine(engine.name, engine.module, engine.cure, trial)
    numbers = tuple(map(int, re.findall(r"\d+", package.version or "")[:2]))
    if not numbers or numbers >= engine.oldest:  # absent, or of an unknown version
        return package
    oldest = ".".join(map(str, engine.oldest))
    return replace(
        package, advice=f"older than {oldest}, the oldest that LiteBERT is tested with; {engine.cure}"
    )


def package_version(name: str, module: str) -> str:
    """The version of a package, under whichever name it was installed, without importing it."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        names = metadata.packages_distributions().get(module, ())
    return f"{metadata.version(names[0])} ({names[0]})" if names else "unknown"


def _problem(program: str) -> str | None:
    """Why a program that imports something fails; None if it does not."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable or "python", "-P", "-c", program]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_TRIAL_SECONDS, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        return f"its import takes more than {_TRIAL_SECONDS} seconds"
    except OSError as error:
        return f"its import cannot be tried ({first_line(error)})"
    if done.returncode < 0:
        name = signal.Signals(-done.returncode).name
        return f"its import ends with {name}: it was not built for this CPU or system"
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return (lines or ["its import fails"])[-1] if done.returncode else None


def _in_principle(engine: Engine, recipe: str, package: Package) -> str:
    """Whether an engine runs a recipe here: yes, or why not."""
    if engine.recipes is not None and recipe not in engine.recipes:
        return f"runs graphs of the recipe {' or '.join(engine.recipes)} only"
    return package.problem or "yes"


def _verdicts(artifact: Artifact, packages: dict[str, Package]) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(target.name, target.layout, target.recipe, engine.name, *_try(artifact, engine, reason))
        for target in artifact.targets.values()
        for engine in ENGINES
        if engine.target == target.name
        for reason in [_in_principle(engine, target.recipe, packages[engine.name])]
    )


def _try(artifact: Artifact, engine: Engine, reason: str) -> tuple[bool, str]:
    """Whether an engine repeats an artifact's first golden case, and why (not)."""
    if reason != "yes":
        return False, reason
    try:
        found = replay(artifact, engine, read_golden(artifact), limit=1)
    except LiteBertError as error:
        return False, str(error)
    if found.wrong_ids:
        return False, "the tokenizer gives other ids than the golden case"
    share = f"{found.worst:.1%} of the tolerance"
    return found.passed, f"a golden case {'repeats' if found.passed else 'DIFFERS'} at {share}"
