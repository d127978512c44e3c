"""Measures one artifact on this machine: every engine, thread count, batch and exit setting, interleaved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from litebert.artifact import Artifact
from litebert.backends import Engine, Session
from litebert.batches import feeds
from litebert.exit_settings import Setting
from litebert.network import open_network
from litebert.packages import package_version
from litebert.runner import Runner
from litebert.targets import FLOAT32, Segment
from litebert.tokenizer import Encoding, Text
from litebert.tools.progress import Progress, part_of, phase_of
from litebert_bench.measure.answers import Case, answer_in_turn
from litebert_bench.measure.first_look import expected_seconds, first_look, look_line
from litebert_bench.measure.here import begin_run, conditions
from litebert_bench.measure.processes import measure_fresh
from litebert_bench.measure.records import Length, Record, Segments, Subject, milliseconds

LENGTHS = (8, 16, 32, 64, 128)
_CALLS = 10  # per length, segment and round
_PACKAGES = ("numpy", "tokenizers")


@dataclass(frozen=True)
class Plan:
    """What is to be measured.

    Attributes:
        artifact: of which.
        engines: each once, installed ones.
        texts: texts or pairs.
        source: where they come from, for the record.
        golds: the right answer to each; None where those are not known.
        threads: of the engine, for one answer.
        batches: texts per call.
        settings: by name as in Latency.setting; full depth is "" and None.
        rounds: how often every text is answered.
        processes: how many fresh processes are started for cold start and memory.
    """

    artifact: Artifact
    engines: tuple[Engine, ...]
    texts: Sequence[Text]
    source: str
    golds: Sequence[Any] | None
    threads: tuple[int, ...]
    batches: tuple[int, ...]
    settings: dict[str, Setting | None]
    rounds: int
    processes: int

    @property
    def options(self) -> dict[str, Any]:
        """The part of it that its record keeps as it is."""
        return {
            "artifact": self.artifact.name,
            "digest": self.artifact.digest,
            "threads": list(self.threads),
            "batch": list(self.batches),
            "settings": list(self.settings),
            "rounds": self.rounds,
            "processes": self.processes,
        }


def bench(plan: Plan, progress: Progress, said: Callable[[str], object]) -> Iterator[Record]:
    """Measures, and gives each record once it stands.

    Args:
        plan: what.
        progress: called with each further share of all the work, as far as it can be foreseen, and its phase.
        said: is given a line for each engine, within seconds: a first figure.

    Raises:
        InputError: a fresh process cannot answer.
        ArtifactError: an engine refuses a graph, or the artifact was replaced meanwhile.
        MissingExtraError: an engine does not work.
    """
    progress(0, "opening")
    runners = {
        (engine.name, threads): Runner(plan.artifact, engine.name, threads, preload=True)
        for engine in plan.engines
        for threads in plan.threads
    }
    first = next(iter(runners.values()))
    encodings = [first.tokenize(text) for text in plan.texts]
    begun = begin_run(
        "litebert bench",
        plan.source,
        plan.golds is not None,
        [len(encoding.input_ids) for encoding in encodings],
        {engine.name: engine.module for engine in plan.engines} | {name: name for name in _PACKAGES},
        plan.options,
    )
    run = begun.run
    subjects = {engine.name: describe_subject(run, plan.artifact, engine) for engine in plan.engines}
    looks = {}
    for (engine_name, threads), runner in runners.items():
        looks[engine_name, threads] = first_look(runner, plan.texts)
        said(look_line(subjects[engine_name].subject, threads, looks[engine_name, threads]))
    early = [setting is not None for setting in plan.settings.values()] * len(plan.batches) * plan.rounds
    expected = expected_seconds(looks, len(plan.texts), plan.processes, early)
    shares = {part: seconds / sum(expected.values()) for part, seconds in expected.items()}
    yield begun
    yield conditions(run, "before")
    yield from subjects.values()
    for engine in plan.engines:
        phase = f"{engine.name}: {plan.processes} fresh processes"
        with phase_of(progress, shares["fresh"] / len(plan.engines), phase) as step:
            cold, memory = measure_fresh(
                run,
                subjects[engine.name].subject,
                plan.artifact.path,
                engine.name,
                plan.texts,
                plan.processes,
                step,
            )
        plan.artifact.reread_manifest()  # those processes have opened the artifact themselves
        yield cold
        if memory is not None:
            yield memory
    for engine, threads in product(plan.engines, plan.threads):
        name = subjects[engine.name].subject
        with phase_of(progress, shares["inside"] / len(runners), f"{engine.name}: lengths and graphs"):
            yield from _lengths(run, name, runners[engine.name, threads], threads, encodings)
            yield from measure_segments(run, name, plan.artifact, engine, threads, encodings)
    cases = [
        Case(subjects[engine].subject, runners[engine, threads], threads, batch, name, setting)
        for engine, threads, batch, (name, setting) in product(
            subjects, plan.threads, plan.batches, plan.settings.items()
        )
    ]
    yield from answer_in_turn(
        run,
        cases,
        plan.texts,
        plan.rounds,
        plan.artifact.task.measures,
        plan.golds,
        part_of(progress, shares["answers"]),
    )
    yield conditions(run, "after")


def describe_subject(run: str, artifact: Artifact, engine: Engine) -> Subject:
    """The record of an artifact as an engine runs it."""
    target = artifact.targets[engine.target]
    shared = {name: size for name, size in artifact.files.items() if "/" not in name}
    return Subject(
        run=run,
        subject=f"{engine.name} {target.recipe} {target.layout}",
        model=artifact.name,
        peer="litebert",
        engine=f"{engine.name} {package_version(engine.name, engine.module)}",
        recipe=target.recipe,
        layout=target.layout,
        arithmetic="float" if target.arithmetic == FLOAT32 else "exact",
        files=artifact.target_files(engine.target) | shared,
    )


def ids_of_lengths(texts: Sequence[Sequence[int]], lengths: Sequence[int]) -> list[list[int]]:
    """Token ids of each length: the ends of the first text, and between them ids that stand in the texts."""
    inner = [token for text in texts for token in text[1:-1]] or [0]
    first, last = texts[0][0], texts[0][-1]
    return [[first, *(inner * length)[: length - 2], last] for length in lengths]


def _lengths(
    run: str, subject: str, runner: Runner, threads: int, encodings: Sequence[Encoding]
) -> Iterator[Length]:
    """Answers at each length."""
    lengths = [length for length in LENGTHS if length <= runner.max_tokens]
    tokens, times = [], []
    for ids in ids_of_lengths([encoding.input_ids for encoding in encodings], lengths):
        one = Encoding(tuple(ids), (0,) * len(ids))
        runner.answers([one], None)
        for _ in range(_CALLS):
            start = time.perf_counter()
            runner.answers([one], None)
            times.append(milliseconds(time.perf_counter() - start))
            tokens.append(len(ids))
    yield Length(run, subject, threads, 0, tokens, times)


class _Timed:
    """A session that remembers how long each of its calls took."""

    def __init__(self, session: Session) -> None:
        """Args: the session that does the work."""
        self._session = session
        self.model_ms: list[float] = []

    def run(self, inputs: Any) -> Any:
        """What the session gives."""
        start = time.perf_counter()
        outputs = self._session.run(inputs)
        self.model_ms.append(milliseconds(time.perf_counter() - start))
        return outputs


def measure_segments(
    run: str,
    subject: str,
    artifact: Artifact,
    engine: Engine,
    threads: int,
    encodings: Sequence[Encoding],
) -> Iterator[Segments]:
    """The time of each graph of a chain, at full depth, with a text of the median length; else nothing."""
    target = artifact.targets[engine.target]
    if len(target.segments) == 1 or target.lengths:
        return
    open_segment = engine.opener(artifact.path, threads, artifact.opening)
    timed: dict[str, _Timed] = {}

    def open_timed(segment: Segment) -> _Timed:
        timed[segment.name] = _Timed(open_segment(segment))
        return timed[segment.name]

    network = open_network(target, artifact.task, open_timed, preload=True)
    one = sorted(encodings, key=lambda each: len(each.input_ids))[len(encodings) // 2]
    for _ in range(1 + _CALLS):
        network.run(feeds([one]), None)
    samples = [each.model_ms[1:] for each in timed.values()]
    yield Segments(run, subject, threads, len(one.input_ids), list(timed), samples)
