"""The summary of records in plain values: percentiles, ratios, medians. It is neither shown nor stored."""

from __future__ import annotations

from dataclasses import dataclass

from litebert_bench.measure.records import (
    BenchSubject,
    Conditions,
    Instructions,
    Operators,
    Quality,
    Run,
    Segments,
)
from litebert_bench.report.ratios import Ratio, Round, ratio_of


@dataclass(frozen=True)
class Times:
    """Percentiles and mean of samples of one kind, in milliseconds; `samples` is their number."""

    p50_ms: float
    p90_ms: float
    p99_ms: float
    mean_ms: float
    samples: int


@dataclass(frozen=True)
class Pace:
    """The times of a subject in one way of answering, and the quality of the answers.

    Attributes:
        threads: the engine's threads.
        batch: texts in a call.
        setting: the setting by which texts leave early; empty at full depth.
        tokenize: from text to ids, of a call; None where ids were given.
        model: from ids to logits, of a call.
        total: from text to answer, of a call; None where ids were given.
        text_ms: model time of a text: the mean of each round, and of those the median.
        cpu_share: CPU time of all threads over wall time; None where it was not measured.
        rounds: the times of each round, by its number; ratios are made from them.
        exits: the number of texts that answered behind each layer.
        quality: the quality of these answers; None where it was not measured.
    """

    threads: int
    batch: int
    setting: str
    tokenize: Times | None
    model: Times
    total: Times | None
    text_ms: float
    cpu_share: float | None
    rounds: dict[int, Round]
    exits: dict[int, int]
    quality: Quality | None


@dataclass(frozen=True)
class Cold:
    """Medians of the first answers of fresh processes, in milliseconds; `processes` is their number."""

    import_ms: float
    open_ms: float
    answer_ms: float
    process_ms: float
    processes: int


@dataclass(frozen=True)
class Use:
    """Medians of memory above the bare interpreter, in bytes; anonymous is None where it is not known."""

    rss_bytes: float
    peak_bytes: float
    anonymous_bytes: float | None


@dataclass(frozen=True)
class Reach:
    """The engine's own matrix products beside a model, at one length.

    Attributes:
        products_ms: all products alone, median.
        model_ms: the whole model, median.
        share: the share of the model's time that its products take alone.
        gflops: billions of operations per second in the products alone.
    """

    threads: int
    tokens: int
    products_ms: float
    model_ms: float
    share: float
    gflops: float


@dataclass(frozen=True)
class Measured:
    """The findings about a subject.

    Attributes:
        subject: its record, with the reason where it could not be measured.
        name: its name in tables, unlike any other of the model.
        paces: full depth first, by threads and batch.
        qualities: the qualities at all settings, timed or not.
        lengths: by threads, milliseconds in the median by length in tokens.
        segments: the time of each graph.
        reach: rooflines, by threads and length.
        operators: profiles by kind of operator.
    """

    subject: BenchSubject
    name: str
    paces: tuple[Pace, ...]
    qualities: tuple[Quality, ...]
    lengths: dict[int, dict[int, float]]
    segments: tuple[Segments, ...]
    cold: Cold | None
    memory: Use | None
    reach: tuple[Reach, ...]
    operators: tuple[Operators, ...]

    @property
    def ours(self) -> bool:
        """Whether LiteBERT runs it."""
        return self.subject.peer == "litebert"

    @property
    def size_bytes(self) -> int:
        """The size to carry to a device."""
        return sum(self.subject.files.values())

    def pace(self, threads: int, batch: int, setting: str = "") -> Pace | None:
        """The pace in one way of answering; None where it was not measured."""
        wanted = (threads, batch, setting)
        found = (each for each in self.paces if (each.threads, each.batch, each.setting) == wanted)
        return next(found, None)


@dataclass(frozen=True)
class Group:
    """One model in one run, whose subjects are compared. `baseline` is None where nothing was timed."""

    run: Run
    model: str
    subjects: tuple[Measured, ...]
    baseline: Measured | None

    @property
    def ways(self) -> list[tuple[int, int]]:
        """The threads and batch of all paces, the smallest first."""
        return sorted({(each.threads, each.batch) for one in self.subjects for each in one.paces})

    def ratio(self, measured: Measured, pace: Pace) -> Ratio | None:
        """A pace as a share of the baseline's at full depth, same threads, same batch.

        None without a baseline, and where one sums int8 products exactly and the other does not.
        """
        base = None if self.baseline is None else self.baseline.pace(pace.threads, pace.batch)
        if self.baseline is None or base is None or not comparable(measured.subject, self.baseline.subject):
            return None
        return ratio_of(pace.rounds, base.rounds)


@dataclass(frozen=True)
class Summary:
    """All runs of some records."""

    runs: tuple[Run, ...]
    conditions: tuple[Conditions, ...]
    groups: tuple[Group, ...]
    instructions: tuple[Instructions, ...]


def comparable(one: BenchSubject, other: BenchSubject) -> bool:
    """Whether two subjects have the same kind of sums; float sums, each engine's own, go with either."""
    return one.arithmetic == other.arithmetic or "float" in (one.arithmetic, other.arithmetic)


def group_name(summary: Summary, group: Group) -> str:
    """The name of the model, with device and time where it ran more than once."""
    again = [each for each in summary.groups if each.model == group.model]
    return group.model if len(again) == 1 else f"{group.model}, {group.run.device}, {group.run.started}"


def run_name(summary: Summary, run: Run) -> str:
    """The models of a run, and its time."""
    models = dict.fromkeys(group.model for group in summary.groups if group.run is run)
    return f"{', '.join(models) or run.program}, {run.started}"
