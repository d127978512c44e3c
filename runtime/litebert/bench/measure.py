"""Measures one artifact on this machine: every engine, thread count, batch and exit setting, interleaved."""

from __future__ import annotations

import datetime
import platform
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from litebert.artifact import Artifact
from litebert.backends import Engine, Session
from litebert.bench.answers import WARM_UP_TEXTS, Case, Progress, answer_in_turn
from litebert.bench.processes import measure_fresh
from litebert.bench.records import (
    FORMAT_VERSION,
    Conditions,
    Length,
    Record,
    Run,
    Segments,
    Subject,
    milliseconds,
)
from litebert.data import Example
from litebert.doctor import package_version
from litebert.exits import Setting
from litebert.machine import read_cores, read_cpu, read_state
from litebert.network import open_network
from litebert.runner import Model, feeds
from litebert.targets import Segment
from litebert.tokenizer import Encoding, Text

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
        examples: the same with their answers; None where those are not known.
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
    examples: Sequence[Example] | None
    threads: tuple[int, ...]
    batches: tuple[int, ...]
    settings: dict[str, Setting | None]
    rounds: int
    processes: int

    @property
    def work(self) -> float:
        """How much there is to do, in answers."""
        cases = len(self.engines) * len(self.threads) * len(self.batches) * len(self.settings)
        fresh = len(self.engines) * self.processes * len(self.texts)
        return cases * (self.rounds * len(self.texts) + WARM_UP_TEXTS) + fresh


def bench(plan: Plan, progress: Progress) -> Iterator[Record]:
    """Measures, and gives each record once it stands; `progress` hears of answers done, and of what.

    Raises:
        InputError: a fresh process cannot answer.
        ArtifactError: an engine refuses a graph.
        MissingExtraError: an engine does not work.
    """
    run = secrets.token_hex(8)
    models = {
        (engine.name, threads): Model(plan.artifact, engine.name, threads, preload=True)
        for engine in plan.engines
        for threads in plan.threads
    }
    subjects = {engine.name: describe_subject(run, plan.artifact, engine) for engine in plan.engines}
    first = next(iter(models.values()))
    encodings = [first.encode(text) for text in plan.texts]
    yield describe_run(run, plan, [len(encoding.input_ids) for encoding in encodings])
    yield conditions(run, "before")
    yield from subjects.values()
    for engine in plan.engines:
        cold, memory = measure_fresh(
            run, subjects[engine.name].subject, plan.artifact.path, engine.name, plan.texts, plan.processes
        )
        yield cold
        if memory is not None:
            yield memory
        progress(plan.processes * len(plan.texts), f"fresh processes, {engine.name}")
    for engine, threads in product(plan.engines, plan.threads):
        name = subjects[engine.name].subject
        yield from _lengths(run, name, models[engine.name, threads], threads, encodings)
        yield from measure_segments(run, name, plan.artifact, engine, threads, encodings)
    cases = [
        Case(subjects[engine].subject, models[engine, threads], threads, batch, name, setting)
        for engine, threads, batch, (name, setting) in product(
            subjects, plan.threads, plan.batches, plan.settings.items()
        )
    ]
    yield from answer_in_turn(
        run, cases, plan.texts, plan.rounds, plan.artifact.problem_type, plan.examples, progress
    )
    yield conditions(run, "after")


def describe_run(run: str, plan: Plan, tokens: list[int]) -> Run:
    """The record of a run on this machine."""
    modules = {engine.name: engine.module for engine in plan.engines} | {name: name for name in _PACKAGES}
    versions = {name: package_version(name, module) for name, module in modules.items()}
    return Run(
        format_version=FORMAT_VERSION,
        run=run,
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        program="litebert bench",
        device="local",
        platform=platform.platform(),
        cpu=asdict(read_cpu()),
        cores=asdict(read_cores()),
        packages={
            "litebert": package_version("litebert", "litebert"),
            "python": platform.python_version(),
            **versions,
        },
        texts=plan.source,
        labelled=plan.examples is not None,
        tokens=tokens,
        options={
            "artifact": plan.artifact.name,
            "digest": plan.artifact.digest,
            "threads": list(plan.threads),
            "batch": list(plan.batches),
            "settings": list(plan.settings),
            "rounds": plan.rounds,
            "processes": plan.processes,
        },
    )


def conditions(run: str, when: str) -> Conditions:
    """What this machine says of itself right now."""
    state = read_state()
    return Conditions(run, when, state.governor, list(state.mhz), dict(state.celsius), state.load)


def describe_subject(run: str, artifact: Artifact, engine: Engine) -> Subject:
    """The record of an artifact as an engine runs it."""
    target = artifact.targets[engine.target]
    parts = {name: size for name, size in artifact.files.items() if name.startswith(f"{engine.target}/")}
    shared = {name: size for name, size in artifact.files.items() if "/" not in name}
    return Subject(
        run=run,
        subject=f"{engine.name} {target.recipe} {target.layout}",
        model=artifact.name,
        peer="litebert",
        engine=f"{engine.name} {package_version(engine.name, engine.module)}",
        recipe=target.recipe,
        layout=target.layout,
        arithmetic="float" if target.recipe == "none" else "exact",
        files=parts | shared,
    )


def _lengths(
    run: str, subject: str, model: Model, threads: int, encodings: Sequence[Encoding]
) -> Iterator[Length]:
    """Answers at each length, of ids that stand in the texts."""
    inner = [token for encoding in encodings for token in encoding.input_ids[1:-1]] or [0]
    ends = encodings[0].input_ids[:1], encodings[0].input_ids[-1:]
    tokens, times = [], []
    for length in (each for each in LENGTHS if each <= model.max_tokens):
        body = (inner * length)[: length - 2]
        one = Encoding((*ends[0], *body, *ends[1]), (0,) * length)
        model.answers([one], None)
        for _ in range(_CALLS):
            start = time.perf_counter()
            model.answers([one], None)
            times.append(milliseconds(time.perf_counter() - start))
            tokens.append(length)
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
    open_segment = engine.opener(artifact.path, threads)
    if len(target.segments) == 1 or target.lengths:
        return
    timed: dict[str, _Timed] = {}

    def open_timed(segment: Segment) -> _Timed:
        timed[segment.name] = _Timed(open_segment(segment))
        return timed[segment.name]

    network = open_network(target, len(artifact.labels), open_timed, preload=True)
    one = sorted(encodings, key=lambda each: len(each.input_ids))[len(encodings) // 2]
    for _ in range(1 + _CALLS):
        network.run(feeds([one]), None)
    samples = [each.model_ms[1:] for each in timed.values()]
    yield Segments(run, subject, threads, len(one.input_ids), list(timed), samples)
