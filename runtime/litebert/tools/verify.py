"""Checks of an artifact: the answers stored at its export, replayed; and its answers to the user's data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import GOLDEN, Artifact, open_artifact
from litebert.backends import Engine
from litebert.backends.selection import engines_for
from litebert.errors import ArtifactError, LiteBertError
from litebert.golden import decoded, read_golden, same
from litebert.model import Model
from litebert.network import ExitOutputs
from litebert.outputs import Outputs, stacked
from litebert.runner import Runner
from litebert.tokenizer import Encoding
from litebert.tools.comparison import Evaluation
from litebert.tools.data import Example
from litebert.tools.progress import Progress, silent


@dataclass(frozen=True)
class Replay:
    """The golden cases of one target, run again.

    Attributes:
        target: the target.
        engine: the engine that replayed them.
        installed: whether that engine is installed.
        cases: the number of cases that were run; 0 where the engine is absent or does not work.
        worst: the largest difference of an output's number from the golden one, as a share of the tolerance;
            above 1 is a failure.
        wrong_ids: the number of texts that no longer give the golden ids.
        problem: the reason why no case was run; None where some were.
        wrong_answers: the number of golden outputs that are no longer decoded to the golden answer.
    """

    target: str
    engine: str
    installed: bool
    cases: int
    worst: float
    wrong_ids: int
    problem: str | None = None
    wrong_answers: int = 0

    @property
    def passed(self) -> bool:
        """Whether every case that was run agrees."""
        return self.wrong_ids == self.wrong_answers == 0 and self.worst <= 1


def verify_artifact(path: str | Path) -> tuple[Replay, ...]:
    """Replays the golden cases of every target, each with the engine that "auto" would take for it.

    Raises:
        ArtifactError: the artifact is damaged, or its golden cases are not readable.
    """
    return replay_golden(open_artifact(path))


def replay_golden(artifact: Artifact) -> tuple[Replay, ...]:
    """The same as `verify_artifact`, for an artifact whose files were checked already."""
    golden = read_golden(artifact)
    return tuple(replay(artifact, engine, golden) for engine in engines_for(artifact.targets))


def replay(artifact: Artifact, engine: Engine, golden: Any, limit: int | None = None) -> Replay:
    """The golden cases of an engine's target, run again with it: all, or as many as a limit says.

    `golden` is the result of `read_golden`.
    """
    problem = engine.problem()
    if problem is not None:
        return Replay(engine.target, engine.name, engine.installed, 0, 0.0, 0, problem)
    found = []
    with Runner(artifact, engine.name, threads=1) as runner:
        try:
            found = [_repeated(runner, case) for case in golden[engine.target][:limit]]
            if not found:
                raise ValueError(f"no cases for {engine.target}")
        except LiteBertError:
            raise  # an InputError is a ValueError, and no fault of the golden cases
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
            raise ArtifactError(
                f"{artifact.path / GOLDEN}: not as specified; export the model again"
            ) from error
    return Replay(
        engine.target,
        engine.name,
        True,
        cases=len(found),
        worst=float(np.max([case.difference for case in found])),  # keeps a NaN
        wrong_ids=sum(not case.same_ids for case in found),
        wrong_answers=sum(not case.same_answer for case in found),
    )


@dataclass(frozen=True)
class _Repeated:
    """A golden case, run again: the largest difference as a share of its tolerance, and two verdicts."""

    difference: float
    same_ids: bool
    same_answer: bool


def _repeated(runner: Runner, case: Any) -> _Repeated:
    """A golden case, run again from its ids; its answer is decoded from its own outputs."""
    text, stored = case["text"], Encoding(tuple(case["input_ids"]), tuple(case["token_type_ids"]))
    if not isinstance(text, str):
        first, second = text
        text = first, second
    encoding = runner.tokenize(text)
    exits = runner.all_exits([stored])[0]
    with np.errstate(over="ignore"):  # infinite, which is refused
        golden = {
            output.name: np.array(case["outputs"][output.name], np.float32) for output in runner.task.outputs
        }
    found = stacked(exits)
    alike = golden.keys() == case["outputs"].keys() and case["tolerance"] > 0
    if not alike or not all(_is_alike(values, found[name]) for name, values in golden.items()):
        raise ValueError("other outputs")
    shares = [np.abs(found[name] - values).max() / case["tolerance"] for name, values in golden.items()]
    last: Outputs = {name: values[-1] for name, values in golden.items()}
    answer = runner.decode(
        text,
        Encoding(stored.input_ids, stored.type_ids, encoding.truncated),
        ExitOutputs(len(exits) - 1, last),
    )
    return _Repeated(
        difference=float(np.max(shares)),
        same_ids=(encoding.input_ids, encoding.type_ids) == (stored.input_ids, stored.type_ids),
        same_answer=same(decoded(answer, golden), case["answer"]),
    )


def _is_alike(golden: NDArray[np.float32], found: NDArray[np.float32]) -> bool:
    return golden.shape == found.shape and bool(np.isfinite(golden).all())


def evaluate(
    artifact: Artifact,
    examples: Sequence[Example],
    progress: Progress = silent,
    name: str | None = None,
) -> tuple[Evaluation, ...]:
    """Answers every example with every target that an engine runs here, one by one, at full depth.

    Args:
        artifact: the artifact.
        examples: texts to answer.
        progress: called after every answer.
        name: the artifact's name, as the user gave it; its path by default.
    """
    evaluations = []
    for engine in engines_for(artifact.targets):
        if engine.problem() is not None:
            continue
        answers, seconds = [], []
        model: Model[Any] = Model(Runner(artifact, engine.name, threads=1))
        with model:
            progress(0, f"{artifact.name} {engine.target}")
            model(examples[0].text)  # opens the graphs, which is no part of an answer's time
            for example in examples:
                start = time.perf_counter()
                answers.append(model(example.text))
                seconds.append(time.perf_counter() - start)
                progress(1, "")
        evaluations.append(
            Evaluation(
                name=name or str(artifact.path),
                target=engine.target,
                recipe=artifact.targets[engine.target].recipe,
                measures=artifact.task.measures,
                answers=tuple(answers),
                latency_ms=median(seconds) * 1000,
            )
        )
    return tuple(evaluations)
