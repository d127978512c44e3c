"""The summary of records: checks them, gathers those of a subject, and counts all but warm-up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

import numpy as np

from litebert.errors import InputError
from litebert.targets import UNQUANTIZED_NAME
from litebert_bench.measure.records import (
    BenchSubject,
    ColdStart,
    Conditions,
    Instructions,
    Latency,
    Length,
    Memory,
    Operators,
    Quality,
    Record,
    Roofline,
    Run,
    Segments,
)
from litebert_bench.report.join import joined
from litebert_bench.report.ratios import Round
from litebert_bench.report.summary import Cold, Group, Measured, Pace, Reach, Summary, Times, Use

BASELINES = ("onnxruntime-fp32", "transformers-eager")

# For each kind of record, the lists of equal lengths, and those that may be empty instead.
_FELLOWS: dict[type[Record], tuple[tuple[str, ...], tuple[str, ...]]] = {
    Latency: (("texts", "model_ms"), ("tokenize_ms", "cpu_ms", "total_ms")),
    Length: (("tokens", "model_ms"), ()),
    ColdStart: (("process_ms", "import_ms", "open_ms", "answer_ms"), ()),
    Memory: (("peak_bytes", "rss_bytes", "bare_bytes"), ("anonymous_bytes",)),
}

_Kind = TypeVar("_Kind", bound=Record)


def summarize(records: Iterable[Record]) -> Summary:
    """The summary of records.

    Raises:
        InputError: there is no run, a record names a run or subject that is not there, or its samples do not
            fit each other.
    """
    kept = list(records)
    runs = _of(kept, Run)
    if not runs:
        raise InputError("no record of a run was found; expected a file that litebert bench wrote")
    twice = {run.run for run in runs if [each.run for each in runs].count(run.run) > 1}
    if twice:
        raise InputError(f"the run {min(twice)} is there twice; give each file once")
    _check(kept, {run.run: run for run in runs})
    groups = []
    for run in runs:
        mine = [record for record in kept if record.run == run.run]
        subjects = _of(mine, BenchSubject)
        for model in dict.fromkeys(subject.model for subject in subjects):
            groups.append(_group(run, [each for each in subjects if each.model == model], mine))
    conditions, instructions = tuple(_of(kept, Conditions)), tuple(_of(kept, Instructions))
    return Summary(tuple(runs), conditions, tuple(joined(groups)), instructions)


def _of(records: Iterable[Record], kind: type[_Kind]) -> list[_Kind]:
    return [record for record in records if isinstance(record, kind)]


def _check(records: Sequence[Record], runs: dict[str, Run]) -> None:
    names = [(each.run, each.subject) for each in _of(records, BenchSubject)]
    subjects = {*names}
    if len(subjects) < len(names):
        twice = min(name for name in subjects if names.count(name) > 1)
        raise InputError(f"the subject {twice[1]} of the run {twice[0]} is there twice; expected once")
    for record in records:
        if record.run not in runs:
            raise InputError(f"a record {record.record} names the run {record.run}, which is not there")
        subject = getattr(record, "subject", None)
        if subject is not None and (record.run, subject) not in subjects:
            raise InputError(f"a record {record.record} names the subject {subject}, which is not there")
        if not _side_by_side(record, len(runs[record.run].tokens)):
            raise InputError(
                f"a record {record.record} of {subject or record.run} has samples without their fellows, "
                "below 0, or of texts that the run does not have"
            )


def _side_by_side(record: Record, texts: int) -> bool:
    """Whether the lists of a record fit each other and the texts of its run."""
    fits = True
    match record:
        case Run():
            fits = min(record.tokens, default=0) >= 0
        case Latency():
            known = all(0 <= first < texts for first in record.texts)
            fits = known and record.batch > 0 and min(record.exits, default=0) >= 0
        case Segments():
            calls = {len(each) for each in record.model_ms}
            fits = len(record.segments) == len(record.model_ms) and len(calls) <= 1
        case Quality():
            fits = all(layer.isdecimal() for layer in record.exits)
    full, optional = _FELLOWS.get(type(record), ((), ()))
    lists = {name: getattr(record, name) for name in (*full, *optional)}
    lengths = {len(each) for name, each in lists.items() if each or name in full}
    times = (ms for name in lists for ms in lists[name] if name.endswith("_ms"))
    return fits and len(lengths) <= 1 and all(ms >= 0 for ms in times)


def _group(run: Run, subjects: Sequence[BenchSubject], records: Sequence[Record]) -> Group:
    names = [_name(subject) for subject in subjects]
    measured = tuple(
        _measured(run, subject, name if names.count(name) == 1 else subject.subject, records)
        for subject, name in zip(subjects, names, strict=True)
    )
    timed = [each for each in measured if each.paces]
    wanted = [
        each for peer in BASELINES for each in timed if peer in (each.subject.peer, each.subject.subject)
    ]
    return Group(run, subjects[0].model, measured, next(iter([*wanted, *timed]), None))


def _name(subject: BenchSubject) -> str:
    """The name of a subject within its model."""
    if subject.peer != "litebert":
        return subject.peer
    default = "default" if subject.arithmetic == "default" else ""
    recipe = "fp32" if subject.recipe == UNQUANTIZED_NAME else subject.recipe
    return " ".join(filter(None, ("litebert", *subject.engine.split()[:1], recipe, subject.layout, default)))


def _measured(run: Run, subject: BenchSubject, name: str, records: Sequence[Record]) -> Measured:
    mine = [record for record in records if getattr(record, "subject", None) == subject.subject]
    qualities = {each.setting: each for each in _of(mine, Quality)}
    counted = [each for each in _of(mine, Latency) if not each.warm_up and each.model_ms]
    ways: dict[tuple[int, int, str], list[Latency]] = {}
    for each in sorted(counted, key=lambda each: (each.setting != "", each.threads, each.batch)):
        ways.setdefault((each.threads, each.batch, each.setting), []).append(each)
    lengths: dict[int, dict[int, list[float]]] = {}
    for length in _of(mine, Length):
        for tokens, ms in zip(length.tokens, length.model_ms, strict=True):
            lengths.setdefault(length.threads, {}).setdefault(tokens, []).append(ms)
    return Measured(
        subject,
        name,
        tuple(_pace(run, same, qualities.get(same[0].setting)) for same in ways.values()),
        tuple(qualities.values()),
        {
            threads: {tokens: _median(ms) for tokens, ms in sorted(each.items())}
            for threads, each in sorted(lengths.items())
        },
        tuple(each for each in _of(mine, Segments) if each.segments and each.model_ms[0]),
        _cold([each for each in _of(mine, ColdStart) if each.process_ms]),
        _use([each for each in _of(mine, Memory) if each.peak_bytes]),
        _reach(_of(mine, Roofline)),
        tuple(_of(mine, Operators)),
    )


def _pace(run: Run, records: Sequence[Latency], quality: Quality | None) -> Pace:
    """One way of answering; the records share threads, batch and setting and hold samples."""
    threads, batch, setting = records[0].threads, records[0].batch, records[0].setting
    rounds: dict[int, list[tuple[int, float]]] = {}
    for record in records:
        rounds.setdefault(record.round, []).extend(zip(record.texts, record.model_ms, strict=True))
    text_ms = []
    for samples in rounds.values():
        texts = sum(min(batch, len(run.tokens) - first) for first, _ in samples)
        text_ms.append(math.fsum(ms for _, ms in samples) / texts)
    exits = Counter(layer for each in records if each.round == min(rounds) for layer in each.exits)
    if quality is not None and quality.exits:
        exits = Counter({int(layer): count for layer, count in quality.exits.items()})
    wall = math.fsum(ms for each in records if each.cpu_ms for ms in each.model_ms)
    cpu = math.fsum(ms for each in records for ms in each.cpu_ms)
    return Pace(
        threads,
        batch,
        setting,
        _times([ms for each in records for ms in each.tokenize_ms]),
        Times(*_statistics([ms for each in records for ms in each.model_ms])),
        _times([ms for each in records for ms in each.total_ms]),
        float(np.median(text_ms)),
        cpu / wall if wall > 0 else None,
        {number: _by_text(samples) for number, samples in sorted(rounds.items())},
        dict(sorted(exits.items())),
        quality,
    )


def _by_text(samples: Sequence[tuple[int, float]]) -> Round:
    found: dict[int, list[float]] = {}
    for text, ms in samples:
        found.setdefault(text, []).append(ms)
    return {text: math.fsum(each) / len(each) for text, each in found.items()}


def _times(samples: Sequence[float]) -> Times | None:
    return Times(*_statistics(samples)) if samples else None


def _statistics(samples: Sequence[float]) -> tuple[float, float, float, float, int]:
    p50, p90, p99 = (float(each) for each in np.percentile(samples, (50, 90, 99)))
    return p50, p90, p99, float(np.mean(samples)), len(samples)


def _cold(records: Sequence[ColdStart]) -> Cold | None:
    if not records:
        return None
    kinds = ("import_ms", "open_ms", "answer_ms", "process_ms")
    parts = [[ms for each in records for ms in getattr(each, kind)] for kind in kinds]
    imported, opened, answered, process = map(_median, parts)
    return Cold(imported, opened, answered, process, len(parts[0]))


def _use(records: Sequence[Memory]) -> Use | None:
    if not records:
        return None
    rss, peak, anonymous = (
        [size for each in records for size in getattr(each, kind)]
        for kind in ("rss_bytes", "peak_bytes", "anonymous_bytes")
    )
    return Use(_median(rss), _median(peak), _median(anonymous) if anonymous else None)


def _reach(records: Sequence[Roofline]) -> tuple[Reach, ...]:
    found = []
    for threads, tokens in sorted({(each.threads, each.tokens) for each in records}):
        same = [each for each in records if (each.threads, each.tokens) == (threads, tokens)]
        products = [ms for each in same for ms in each.products_ms]
        model = [ms for each in same for ms in each.model_ms]
        if products and model and min(*products, *model) > 0:
            products_ms, model_ms = _median(products), _median(model)
            gflops = same[0].operations / products_ms / 1e6
            found.append(Reach(threads, tokens, products_ms, model_ms, products_ms / model_ms, gflops))
    return tuple(found)


def _median(samples: Sequence[float]) -> float:
    return float(np.median(samples))
