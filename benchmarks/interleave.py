"""One model, run by all its peers in turn: every text is answered by every peer, round after round.

A round starts every worker afresh, in a new random order, since a process's place in memory is part of the
spread. Only a worker that takes more than a minute to start stays open. Each is warmed up. Then they take
turns every few texts, and the order moves on with each turn: a machine that slows down slows them all. Every
sample is kept. A worker that dies or gives a wrong answer is left out from then on, with the reason.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import workers
from litebert_bench.measure.inside import LENGTHS, ids_of_lengths
from litebert_bench.measure.processes import above_bare
from subjects import Entry
from workers import Answers, TextIds, Worker, WorkerError

WARM_UP_TEXTS = 8
LENGTH_CALLS = 3  # per length and round
SLOW_S = 60.0  # a worker that takes longer to start and warm up is started once

Progress = Callable[[float, str], None]
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class InterleavePlan:
    """The requests to every worker.

    Attributes:
        rows: the texts as ids, in order.
        timed: the number of texts, from the first on, that are answered in every round and timed; the others
            are answered once, to judge the answers.
        rounds: the number of rounds.
        turn: the texts of a turn.
        threads: the threads of each engine, for one answer.
        batch: texts per call where several go together; 1 for none.
        batch_texts: the number of texts that are answered in batches.
        seed: the seed of the orders.
        logs: the folder for the workers' stderr.
    """

    rows: tuple[TextIds, ...]
    timed: int
    rounds: int
    turn: int
    threads: int
    batch: int
    batch_texts: int
    seed: int
    logs: Path


@dataclass(frozen=True)
class Series:
    """The samples of one way of answering in one round; fields as in records.Latency."""

    setting: str
    batch: int
    round: int
    warm_up: bool
    texts: list[int] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    logits: list[list[float]] = field(default_factory=list)
    exits: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class EntryOutcome:
    """The findings about an entry so far.

    Attributes:
        entry: the entry.
        problems: the reasons why it was left out; the other fields then count for nothing.
        ready: the worker's first line, with its facts.
        starts: fields of records.ColdStart, one item per process.
        memory: fields of records.Memory, one item per process; empty where the system does not give them.
        series: in the order of time.
        further: answers to the texts that are not timed, by setting.
        lengths: by round: tokens and times.
        slow: a note for the reader where one process served all rounds, for starting it takes so long.
    """

    entry: Entry
    problems: list[str] = field(default_factory=list)
    ready: dict[str, Any] = field(default_factory=dict)
    starts: list[dict[str, float]] = field(default_factory=list)
    memory: list[dict[str, int]] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)
    further: dict[str, Answers] = field(default_factory=dict)
    lengths: dict[int, tuple[list[int], list[float]]] = field(default_factory=dict)
    slow: list[str] = field(default_factory=list)

    @property
    def problem(self) -> str | None:
        """The reason why it was left out; None where it was not."""
        return self.problems[0] if self.problems else None


def interleave(entries: Sequence[Entry], plan: InterleavePlan, progress: Progress) -> list[EntryOutcome]:
    """The outcome of each entry, in order; `progress` gets the texts just answered, and the phase."""
    outcomes = [EntryOutcome(entry, [entry.problem] if entry.problem else []) for entry in entries]
    opened: dict[str, Worker] = {}
    try:
        for number in range(plan.rounds):
            order = [each for each in outcomes if each.problem is None]
            random.Random(f"{plan.seed} {number}").shuffle(order)
            _run(_Round(number, plan, progress, opened), order)
    finally:
        for worker in opened.values():
            workers.stop(worker)
    return outcomes


def work(entries: Sequence[Entry], plan: InterleavePlan) -> float:
    """The total that `interleave` reports to its `progress`."""
    able = [entry for entry in entries if entry.problem is None]
    once = len(LENGTHS) * LENGTH_CALLS + (plan.batch_texts if plan.batch > 1 else 0)
    further = len(plan.rows) - plan.timed
    timed = plan.rounds * sum(len(entry.settings) * plan.timed + once for entry in able)
    return float(timed + sum(len(entry.settings) * further for entry in able))


@dataclass(frozen=True)
class _Round:
    """A round with its open workers by name."""

    number: int
    plan: InterleavePlan
    progress: Progress
    open: dict[str, Worker]

    @property
    def name(self) -> str:
        """The round's name for a reader."""
        return f"round {self.number + 1} of {self.plan.rounds}"

    @contextmanager
    def excusing(self, outcome: EntryOutcome) -> Iterator[None]:
        """Leaves an entry out from now on where its worker fails."""
        try:
            yield
        except WorkerError as error:
            outcome.problems.append(f"{self.name}: {error}")
            if outcome.entry.name in self.open:
                workers.stop(self.open.pop(outcome.entry.name))


def _run(this: _Round, order: Sequence[EntryOutcome]) -> None:
    """Runs one round: all requests to all workers that are not left out."""
    for outcome in order:
        if outcome.entry.name not in this.open:
            this.progress(0, f"{this.name}, starting {outcome.entry.name}")
            with this.excusing(outcome):
                _start(this, outcome)
    _take_turns(this, order, 1, this.plan.timed)
    if this.plan.batch > 1:
        _take_turns(this, order, this.plan.batch, this.plan.batch_texts)
    if this.number == 0:
        _answer_further(this, order)
    _answer_lengths(this, order)
    _end(this, order)


def _start(this: _Round, outcome: EntryOutcome) -> None:
    """Starts an entry's worker, takes its first answer, and warms it up."""
    entry, plan = outcome.entry, this.plan
    speeds = ",".join(name.removeprefix("speed=") for name in entry.settings if name)
    command = [*entry.command, "--threads", str(plan.threads), *(["--speeds", speeds] if speeds else [])]
    worker = workers.start(command, plan.threads, plan.logs / f"{entry.name}.log")
    this.open[entry.name] = worker
    outcome.ready.update(worker.ready)
    first = workers.ask(worker, plan.rows[:1], 1, "")
    process_ms = (time.perf_counter() - worker.started) * 1000
    times = {name: worker.ready[name] for name in ("import_ms", "open_ms")}
    outcome.starts.append({**times, "answer_ms": first.wall_ms[0], "process_ms": process_ms})
    workers.ask(worker, of_lengths(plan.rows), 1, "")
    for setting in entry.settings:
        _answer(this, outcome, Series(setting, 1, this.number, True), 0, min(WARM_UP_TEXTS, plan.timed))
    if plan.batch > 1:
        _answer(this, outcome, Series("", plan.batch, this.number, True), 0, min(2 * plan.batch, plan.timed))
    seconds = time.perf_counter() - worker.started
    if seconds > SLOW_S and plan.rounds > 1:
        outcome.slow.append(f"one process for all rounds: starting it took {seconds:.0f} s")


def _take_turns(this: _Round, order: Sequence[EntryOutcome], batch: int, texts: int) -> None:
    """Everyone answers the first texts, a few at a time, one by one at every setting or in batches."""
    ways = [
        (outcome, Series(setting, batch, this.number, False))
        for outcome in order
        for setting in (outcome.entry.settings if batch == 1 else outcome.entry.settings[:1])
    ]
    turn = max(this.plan.turn, batch)
    for count, first in enumerate(range(0, texts, turn)):
        for outcome, series in rotated(ways, count):
            if outcome.entry.name in this.open:
                with this.excusing(outcome):
                    _answer(this, outcome, series, first, min(turn, texts - first))
            this.progress(min(turn, texts - first), this.name)


def _answer(this: _Round, outcome: EntryOutcome, series: Series, first: int, count: int) -> None:
    """Adds the answers to some texts to a series, and a new series to the outcome."""
    rows = this.plan.rows[first : first + count]
    answers = workers.ask(this.open[outcome.entry.name], rows, series.batch, series.setting)
    if not series.texts:
        outcome.series.append(series)
    series.texts.extend(range(first, first + len(rows), series.batch))
    series.wall_ms.extend(answers.wall_ms)
    series.cpu_ms.extend(answers.cpu_ms)
    series.logits.extend(answers.logits)
    series.exits.extend(answers.exits)


def _answer_further(this: _Round, order: Sequence[EntryOutcome]) -> None:
    """Everyone answers the texts that are not timed, at every setting."""
    rows = this.plan.rows[this.plan.timed :]
    for outcome in order:
        for setting in outcome.entry.settings:
            if rows and outcome.entry.name in this.open:
                with this.excusing(outcome):
                    outcome.further[setting] = workers.ask(this.open[outcome.entry.name], rows, 1, setting)
            this.progress(len(rows), f"{this.name}, {outcome.entry.name}, further texts")


def _answer_lengths(this: _Round, order: Sequence[EntryOutcome]) -> None:
    """Everyone answers a text of each length, a few times."""
    rows = of_lengths(this.plan.rows)
    for call in range(LENGTH_CALLS):
        for outcome in rotated(order, call):
            if outcome.entry.name in this.open:
                with this.excusing(outcome):
                    answers = workers.ask(this.open[outcome.entry.name], rows, 1, "")
                    tokens, times = outcome.lengths.setdefault(this.number, ([], []))
                    tokens.extend(LENGTHS)
                    times.extend(answers.wall_ms)
            this.progress(len(rows), f"{this.name}, lengths")


def _end(this: _Round, order: Sequence[EntryOutcome]) -> None:
    """Notes the memory of the workers and ends them; those slow to start stay until the last round."""
    is_last = this.number == this.plan.rounds - 1
    for outcome in order:
        if outcome.entry.name in this.open and (is_last or not outcome.slow):
            worker = this.open[outcome.entry.name]
            bare = workers.bare_memory(Path(outcome.entry.command[0]))
            found = workers.memory(worker.process.pid)
            workers.stop(worker)
            del this.open[outcome.entry.name]
            outcome.memory.extend(above_bare(found, bare))


def rotated(order: Sequence[_Item], count: int) -> list[_Item]:
    """The same order, begun `count` places later."""
    place = count % len(order) if order else 0
    return [*order[place:], *order[:place]]


def of_lengths(rows: Sequence[TextIds]) -> list[TextIds]:
    """A text of each of LENGTHS, made of ids of the texts."""
    made = ids_of_lengths([row["input_ids"] for row in rows], LENGTHS)
    return [{"input_ids": ids, "token_type_ids": [0] * len(ids)} for ids in made]
