"""The engines: one file each, imported only when a model is opened with it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol, cast

from numpy.typing import NDArray

from litebert.arguments import argument
from litebert.backends.preference import preferred
from litebert.errors import InputError, MissingExtraError, first_line
from litebert.graph_formats import ONNX, TFLITE
from litebert.targets import FLOAT32, Segment, Target


class Session(Protocol):
    """An opened segment; safe to call from several threads."""

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The segment's outputs by name for its inputs by name; ignores other inputs."""


OpenSegment = Callable[[Segment], Session]
# Gives, for a graph's file, a context in which it and its weights are opened; see Artifact.opening.
Opening = Callable[[str], AbstractContextManager[object]]
# The errors that engines raise through pybind11, beside errors of their own.
ENGINE_ERRORS = (ArithmeticError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True)
class Engine:
    """The facts about an engine that need no import of it.

    Attributes:
        name: the name that a user gives.
        target: the target whose graphs it runs.
        module: its Python module.
        driver: our module that drives it.
        package: the name that pip installs it by.
        oldest: the oldest version that answers are tested with.
        arithmetic: the only arithmetic whose graphs it runs right; None for all.
        short_names: other names that a user may give.
        slow_import: whether its import takes seconds.
    """

    name: str
    target: str
    module: str
    driver: str
    package: str
    oldest: tuple[int, int]
    arithmetic: str | None = None
    short_names: tuple[str, ...] = ()
    slow_import: bool = False

    @property
    def installed(self) -> bool:
        """Whether its module can be found, without importing it."""
        return find_spec(self.module) is not None

    @property
    def cure(self) -> str:
        """The command that installs it."""
        return f"pip install {self.package}"

    def runs(self, target: Target) -> bool:
        """Whether it can run a target's graphs, installed or not."""
        return self.target == target.name and self.arithmetic in (None, target.arithmetic)

    def problem(self) -> str | None:
        """The reason why it does not work here; None where its module can be imported, which this tries."""
        try:
            self.opener(Path(), threads=1)
        except MissingExtraError as error:
            return str(error)
        return None

    def opener(self, folder: Path, threads: int, opening: Opening = nullcontext) -> OpenSegment:
        """A function that opens segments of the artifact in a folder with this engine.

        It raises ArtifactError where the engine refuses a graph, or `opening` a file.

        Raises:
            MissingExtraError: the engine is not installed, or its installation is broken.
        """
        if not self.installed:
            raise MissingExtraError(f"{self.name} is not installed; install it with {self.cure}")
        try:
            return cast(
                "OpenSegment",
                import_module(f"litebert.backends.{self.driver}").opener(folder, threads, opening),
            )
        except (ImportError, AttributeError, *ENGINE_ERRORS) as error:  # an import may raise anything
            raise MissingExtraError(
                f"{self.name} is installed, but cannot be imported ({first_line(error)}); "
                f"install it again, {self.cure}, or another engine"
            ) from error


# In the order in which "auto" tries them, but for the one that `preferred` names.
ENGINES: Sequence[Engine] = [
    Engine(
        "onnxruntime",
        ONNX.name,
        "onnxruntime",
        "onnx",
        '"litebert[onnx]"',
        (1, 24),
        short_names=("onnx",),
    ),
    Engine(
        "ai-edge-litert",
        TFLITE.name,
        "ai_edge_litert",
        "litert",
        '"litebert[litert]"',
        (1, 2),
        short_names=("litert", "tflite"),
    ),
    Engine(
        "tflite-runtime",
        TFLITE.name,
        "tflite_runtime",
        "tflite_runtime",
        'tflite-runtime "numpy<2"',
        (2, 14),
        arithmetic=FLOAT32,  # of int8 weights scaled per output it makes wrong sums
    ),
    Engine(
        "tensorflow",
        TFLITE.name,
        "tensorflow",
        "tensorflow",
        "tensorflow",
        (2, 19),
        slow_import=True,
    ),
]


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
        targets: those of the artifact.
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
