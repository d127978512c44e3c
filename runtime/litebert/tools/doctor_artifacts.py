"""The engines that answer with an artifact here, and the one that "auto" takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from litebert.artifact import Artifact
from litebert.backends import ENGINES, Engine
from litebert.backends.preference import preferred
from litebert.backends.selection import fitting_engines
from litebert.errors import LiteBertError
from litebert.golden import read_golden
from litebert.tools.verify import replay


@dataclass(frozen=True)
class Verdict:
    """Whether an engine answers a target of an artifact right here, and the reason."""

    target: str
    layout: str
    recipe: str
    engine: str
    answers: bool
    reason: str


@dataclass(frozen=True)
class Patient:
    """An artifact: the reason why it cannot be opened, or verdicts on its engines.

    Attributes:
        path: its path, as the user gave it.
        problem: the reason why it cannot be opened; None where it can.
        verdicts: one for each target and each engine for it.
        auto: the engine that "auto" takes; None where it finds none.
        reason: the reason for that engine.
    """

    path: str
    problem: str | None
    verdicts: tuple[Verdict, ...] = ()
    auto: str | None = None
    reason: str = ""

    @property
    def answers(self) -> bool:
        """Whether some engine here answers."""
        return any(verdict.answers for verdict in self.verdicts)


def in_principle(engine: Engine, arithmetic: str, problem: str | None) -> str:
    """The word "yes" where an engine runs graphs of an arithmetic here; else the reason why not."""
    if engine.arithmetic not in (None, arithmetic):
        return f"its answers would be wrong; it runs {engine.arithmetic} graphs only"
    return problem or "yes"


def examined(path: str, artifact: Artifact, problems: Mapping[str, str | None]) -> Patient:
    """The findings about an opened artifact.

    Args:
        path: its path, as the user gave it.
        artifact: the opened artifact.
        problems: for each engine the reason why it does not work; None where it does.
    """
    verdicts = _verdicts(artifact, problems)
    best, *others = fitting_engines(artifact.targets)
    taken = next((engine for engine in (best, *others) if problems[engine.name] is None), None)
    if taken is None:
        return Patient(path, None, verdicts)
    preference = preferred(artifact.targets)
    if taken is best:
        return Patient(path, None, verdicts, taken.name, preference.reason)
    faster = preference.is_faster and best.target != taken.target
    name = f"{best.name}, which would be faster," if faster else best.name
    missing = "does not work" if best.installed else "is not installed"
    return Patient(path, None, verdicts, taken.name, f"{name} {missing}; {best.cure}")


def _verdicts(artifact: Artifact, problems: Mapping[str, str | None]) -> tuple[Verdict, ...]:
    return tuple(
        Verdict(target.name, target.layout, target.recipe, engine.name, *_try(artifact, engine, reason))
        for target in artifact.targets.values()
        for engine in ENGINES
        if engine.target == target.name
        for reason in [in_principle(engine, target.arithmetic, problems[engine.name])]
    )


def _try(artifact: Artifact, engine: Engine, reason: str) -> tuple[bool, str]:
    """Whether an engine repeats an artifact's first golden case, and the reason."""
    if reason != "yes":
        return False, reason
    try:
        found = replay(artifact, engine, read_golden(artifact), limit=1)
    except LiteBertError as error:
        return False, str(error)
    if found.wrong_ids:
        return False, "the tokenizer gives other tokens than when it was exported"
    told = "as when it was exported" if found.passed else "OTHERWISE than when it was exported"
    return found.passed, f"answers {told}; numbers differ by {found.worst:.1%} of the tolerance"
