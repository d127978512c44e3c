"""The engines: one file each, imported only when a model is opened with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from litebert.errors import MissingExtraError, first_line
from litebert.graph_formats import ONNX, TFLITE
from litebert.targets import FLOAT32, Segment, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Session(Protocol):
    """An opened segment; safe to call from several threads."""

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The segment's outputs by name for its inputs by name; ignores other inputs."""


OpenSegment = Callable[[Segment], Session]
# Gives, for a graph's file, a context in which it and its weights are opened; see Artifact.opening.
Opening = Callable[[str], AbstractContextManager[object]]
# The errors that engines raise through pybind11, beside errors of their own.
ENGINE_ERRORS = (ArithmeticError, LookupError, MemoryError, OSError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, eq=False)
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


# In the order in which "auto" tries them, behind the one that `preference.preferred` names.
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
