"""The records of a benchmark: JSON lines that keep every sample, each line one of the kinds below.

A file holds one run or several behind one another. The first record of a run is a `Run`; every other names
its run. Every figure that is shown (percentiles, ratios, plots) is made from records, never stored in them.
Times are in milliseconds and sizes in bytes; lists of samples side by side in a record have equal lengths.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

FORMAT_VERSION = 1


def milliseconds(seconds: float) -> float:
    """A sample in milliseconds, rounded to a ten-thousandth, which is finer than any clock here."""
    return round(1000 * seconds, 4)


@dataclass(frozen=True)
class Run:
    """One run of a program that measures; `run` names it in all its records.

    Attributes:
        format_version: the version of these records.
        run: its name, unlike any other run's.
        started: UTC, ISO 8601.
        program: the program that measured: `litebert bench` or `benchmark`.
        device: `local`, `ssh HOST`, `adb SERIAL` or `emulated CPU`.
        platform: system, processor and C library.
        cpu: its architecture, model (null where unknown) and features by name (null where unknown).
        cores: the numbers that exist, may be used and are granted; governor and highest_mhz (null: unknown).
        packages: versions by name, litebert and python among them.
        texts: the source of the texts, a file's name or `built-in`.
        labelled: whether their gold answers are known.
        tokens: the number of tokens of each text that are read, special tokens included.
        options: the other options of the run.
    """

    record: ClassVar[str] = "run"
    format_version: int
    run: str
    started: str
    program: str
    device: str
    platform: str
    cpu: dict[str, Any]
    cores: dict[str, Any]
    packages: dict[str, str]
    texts: str
    labelled: bool
    tokens: list[int]
    options: dict[str, Any]


@dataclass(frozen=True)
class Conditions:
    """The machine's own measurements around a run; empty or null where it gives none.

    Attributes:
        when: `before` or `after`.
        governor: the policy that chooses the frequency.
        mhz: the frequency of each core.
        celsius: temperatures by sensor.
        load: processes that wanted to run, the mean of the last minute.
        battery: percent and state, of a phone.
    """

    record: ClassVar[str] = "conditions"
    run: str
    when: str
    governor: str | None
    mhz: list[float]
    celsius: dict[str, float]
    load: float | None
    battery: dict[str, Any] | None = None


@dataclass(frozen=True)
class BenchSubject:
    """Something that was measured, or could not be: a model as one peer runs it.

    Attributes:
        subject: its name in this run.
        model: the name of the weights: peers are compared within a model.
        peer: `litebert`, or the name of another program.
        engine: the engine, with its version.
        recipe: `none` (float32), `int8` ...
        layout: `whole`, `split` or `branched` for ours; empty for others.
        arithmetic: of int8 sums: `exact`, or `default` where the engine may saturate; `float` without int8.
        files: sizes by name; their sum is the size to carry to a device.
        problem: the reason why it could not be measured; null where it could.
        notes: facts that a reader should know, such as padding.
    """

    record: ClassVar[str] = "subject"
    run: str
    subject: str
    model: str
    peer: str
    engine: str
    recipe: str
    layout: str
    arithmetic: str
    files: dict[str, int]
    problem: str | None = None
    notes: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Latency:
    """Answers to texts, one sample per call of `batch` texts; calls of all subjects of a round interleave.

    Attributes:
        threads: the engine's threads, for one answer.
        batch: texts in a call.
        setting: the setting by which texts leave early, such as `speed=0.3`; empty at full depth.
        round: from 0.
        warm_up: whether these samples only warm up and count for nothing.
        texts: the number of the first text of each call, in the order of Run.tokens.
        tokenize_ms: from text to ids; empty where ids were given.
        model_ms: from ids to logits, wall time.
        cpu_ms: the same as CPU time of all threads.
        total_ms: from text to answer; empty where ids were given.
        exits: the layer behind which the text answered, one per text of each call, in order; empty without
            exits.
    """

    record: ClassVar[str] = "latency"
    run: str
    subject: str
    threads: int
    batch: int
    setting: str
    round: int
    warm_up: bool
    texts: list[int]
    tokenize_ms: list[float]
    model_ms: list[float]
    cpu_ms: list[float]
    total_ms: list[float]
    exits: list[int]


@dataclass(frozen=True)
class Length:
    """Answers to one text of each length, batch 1, full depth.

    Attributes:
        tokens: the length of each sample.
        model_ms: from ids to logits, wall time.
    """

    record: ClassVar[str] = "length"
    run: str
    subject: str
    threads: int
    round: int
    tokens: list[int]
    model_ms: list[float]


@dataclass(frozen=True)
class Quality:
    """The quality of the answers, at batch 1.

    Attributes:
        setting: as in Latency.
        examples: the number of texts that were answered.
        metrics: by name, the task's usual one first, such as `accuracy` (0 to 1); empty without labels.
        agreement: share of texts with the answer of `reference`; null where this is it or there is none.
        reference: the subject that answers are compared with.
        max_logit_difference: the largest difference from that subject's logits; null likewise, and for a task
            without logits.
        exits: the number of texts that answered behind each layer, by its number; empty without exits.
    """

    record: ClassVar[str] = "quality"
    run: str
    subject: str
    setting: str
    examples: int
    metrics: dict[str, float]
    agreement: float | None
    reference: str | None
    max_logit_difference: float | None
    exits: dict[str, int]


@dataclass(frozen=True)
class Segments:
    """The time of each graph in an answer at full depth.

    Attributes:
        tokens: the length of the text.
        segments: a name per graph.
        model_ms: samples [segments][calls].
    """

    record: ClassVar[str] = "segments"
    run: str
    subject: str
    threads: int
    tokens: int
    segments: list[str]
    model_ms: list[list[float]]


@dataclass(frozen=True)
class ColdStart:
    """The first answer of a fresh process, one sample per process.

    Attributes:
        import_ms: importing the packages.
        open_ms: opening the model.
        answer_ms: the first answer.
        process_ms: the whole time, from starting Python to the answer.
    """

    record: ClassVar[str] = "cold_start"
    run: str
    subject: str
    import_ms: list[float]
    open_ms: list[float]
    answer_ms: list[float]
    process_ms: list[float]


@dataclass(frozen=True)
class Memory:
    """Memory of a process that answered all texts, above that of a bare interpreter; one sample per process.

    Attributes:
        bare_bytes: resident memory of the bare interpreter.
        rss_bytes: resident memory above it, at the end.
        peak_bytes: the largest resident memory above it.
        anonymous_bytes: the part of rss_bytes that no file backs; empty where the system does not give it.
    """

    record: ClassVar[str] = "memory"
    run: str
    subject: str
    bare_bytes: list[int]
    rss_bytes: list[int]
    peak_bytes: list[int]
    anonymous_bytes: list[int]


@dataclass(frozen=True)
class Roofline:
    """The engine's own matrix products of a model's shapes, beside the whole model, in one interleaved run.

    Attributes:
        tokens: the length of the text.
        operations: multiplications and additions of these products.
        products_ms: all products alone, operator by operator in graphs of nothing else, samples.
        model_ms: the whole model, samples.
    """

    record: ClassVar[str] = "roofline"
    run: str
    subject: str
    threads: int
    tokens: int
    operations: int
    products_ms: list[float]
    model_ms: list[float]


@dataclass(frozen=True)
class Operators:
    """The time of one model by kind of operator, from the engine's own profiler.

    Attributes:
        tokens: the length of the text.
        calls: answers that were profiled.
        operator_ms: mean time of an answer by kind of operator.
        problem: the reason why there is no profile; null where there is one.
    """

    record: ClassVar[str] = "operators"
    run: str
    subject: str
    tokens: int
    calls: int
    operator_ms: dict[str, float]
    problem: str | None = None


@dataclass(frozen=True)
class Instructions:
    """Instructions of an emulated processor for one answer that leaves at an exit. They are not times.

    Attributes:
        cpu: the processor, such as `cortex-a72`.
        exit_layer: the layer, counted from 0.
        tokens: the length of the text.
        instructions: guest instructions.
    """

    record: ClassVar[str] = "instructions"
    run: str
    cpu: str
    engine: str
    recipe: str
    exit_layer: int
    tokens: int
    instructions: int


Record: TypeAlias = (
    Run
    | Conditions
    | BenchSubject
    | Latency
    | Length
    | Quality
    | Segments
    | ColdStart
    | Memory
    | Roofline
    | Operators
    | Instructions
)
