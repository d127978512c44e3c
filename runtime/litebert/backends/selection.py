"""The choice of an engine: by its name, or the one that answers an artifact fastest here."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from itertools import chain, islice
from pathlib import Path

from litebert.arguments import argument
from litebert.backends import ENGINES, Engine, Opening, OpenSegment
from litebert.backends.preference import preferred
from litebert.errors import InputError, MissingExtraError
from litebert.targets import Target


def fitting_engines(targets: Mapping[str, Target]) -> tuple[Engine, ...]:
    """The engines that run a graph of an artifact right, installed or not, in the order "auto" tries them."""
    first = preferred(targets).engine
    fitting = (engine for engine in ENGINES if any(engine.runs(target) for target in targets.values()))
    return tuple(sorted(fitting, key=lambda engine: engine.name != first))


def engines_for(targets: Mapping[str, Target]) -> tuple[Engine, ...]:
    """One engine for each target: the first that runs it and works, else is installed, else can be."""
    chosen: list[Engine] = []
    for target in targets.values():
        able = sorted((each for each in ENGINES if each.runs(target)), key=lambda each: not each.installed)
        chosen += islice(chain((each for each in able if each.problem() is None), able), 1)
    return tuple(engine for engine in ENGINES if engine in chosen)


def working_engines(targets: Mapping[str, Target]) -> tuple[Engine, ...]:
    """One engine that works for each target that has one; warns of targets whose engine is broken.

    Raises:
        MissingExtraError: none works.
    """
    problems = {engine: engine.problem() for engine in engines_for(targets)}
    broken = {engine: problem for engine, problem in problems.items() if problem and engine.installed}
    working = tuple(engine for engine, problem in problems.items() if problem is None)
    if not working:
        raise MissingExtraError(next(iter(broken.values()))) if broken else _none_installed(targets)
    for engine, problem in broken.items():
        warnings.warn(f"the {engine.target} graph is left out: {problem}", stacklevel=3)
    return working


def _none_installed(targets: Mapping[str, Target]) -> MissingExtraError:
    able = engines_for(targets)
    cures = " or ".join(engine.cure for engine in fitting_engines(targets) if engine in able)
    return MissingExtraError(f"no engine for this artifact is installed; use {cures}")


def open_engine(
    backend: str, targets: Mapping[str, Target], folder: Path, threads: int, opening: Opening = nullcontext
) -> tuple[Engine, OpenSegment]:
    """The engine that `backend` names for an artifact, and a function that opens its segments.

    "auto" is the fastest engine here that works: one whose installation is broken is passed over.

    Args:
        backend: an engine's name or "auto".
        targets: the artifact's targets.
        folder: the artifact's.
        threads: for one answer.
        opening: the context in which a graph is opened.

    Raises:
        InputError: the name is unknown, or the artifact has no graph that this engine runs right.
        MissingExtraError: no engine for any of its targets is installed, or none works.
    """
    if backend != "auto":
        engine = named_engine(backend, targets)
        return engine, engine.opener(folder, threads, opening)
    fitting = fitting_engines(targets)
    if not fitting:
        raise InputError(f"the artifact has graphs for {', '.join(targets)}; no engine here runs those")
    problem = None
    for engine in fitting:
        if engine.installed:
            try:
                return engine, engine.opener(folder, threads, opening)
            except MissingExtraError as error:
                problem = error
    raise problem or _none_installed(targets)


def named_engine(backend: str, targets: Mapping[str, Target]) -> Engine:
    """The engine that a name means, which runs a graph of the artifact right.

    Raises:
        InputError: as `open_engine`.
    """
    for engine in ENGINES:
        if str(backend) in (engine.name, *engine.short_names):
            if engine.target not in targets:
                raise InputError(
                    f"{argument('backend')} {engine.name} needs a {engine.target} graph, the artifact has "
                    f"{', '.join(targets)}; export it with --target {engine.target}"
                )
            _check_arithmetic(engine, targets)
            return engine
    names = ", ".join(engine.name for engine in ENGINES)
    raise InputError(f"{argument('backend')} {backend!r} is unknown; expected auto, {names}")


def _check_arithmetic(engine: Engine, targets: Mapping[str, Target]) -> None:
    """Raises InputError, naming the engines to use instead, where this one would answer wrongly."""
    target = targets[engine.target]
    if not engine.runs(target):
        able = [
            f"{each.name} ({each.cure})" for each in ENGINES for its in targets.values() if each.runs(its)
        ]
        raise InputError(
            f"{argument('backend')} {engine.name} runs {engine.arithmetic} graphs only, the artifact's are "
            f"{target.arithmetic}; "
            f"use {' or '.join(able)}"
        )
