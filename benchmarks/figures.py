"""Records from the outcomes of a run of peers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from interleave import EntryOutcome, InterleavePlan, Series
from litebert.machine import read_cpu
from litebert.targets import UNQUANTIZED_NAME
from litebert_bench.measure.here import begin_run
from litebert_bench.measure.processes import cold_start, memory_above
from litebert_bench.measure.records import (
    BenchSubject,
    Latency,
    Length,
    Quality,
    Record,
    Run,
    milliseconds,
)
from models import BenchModel
from subjects import REFERENCE


def begin(model: BenchModel, plan: InterleavePlan, source: str, labelled: bool) -> Run:
    """The record of a run that begins now."""
    options = {
        "model": model.name,
        "threads": plan.threads,
        "rounds": plan.rounds,
        "turn": plan.turn,
        "batch": plan.batch,
        "seed": plan.seed,
    }
    tokens = [len(row["input_ids"]) for row in plan.rows[: plan.timed]]
    return begin_run("benchmark", source, labelled, tokens, {}, options)


def records_of(
    run: str,
    model: BenchModel,
    plan: InterleavePlan,
    outcomes: Sequence[EntryOutcome],
    golds: Sequence[int] | None,
) -> Iterator[Record]:
    """The records of all entries; for an entry that was left out, only its reason."""
    reference = next((each for each in outcomes if each.entry.name == REFERENCE), None)
    right = None if reference is None or reference.problem else _logits(reference, "")
    for outcome in outcomes:
        yield _subject(run, model, outcome)
        if outcome.problem is None:
            yield from _measured(run, plan, outcome)
            for setting in outcome.entry.settings:
                compared = None if outcome is reference else right
                yield _quality(run, outcome, setting, golds, compared)


def _subject(run: str, model: BenchModel, outcome: EntryOutcome) -> BenchSubject:
    entry, ready = outcome.entry, outcome.ready
    arithmetic = ready.get("arithmetic", "float" if entry.recipe == UNQUANTIZED_NAME else "default")
    if arithmetic == "default" and not read_cpu().int8_sums_saturate:
        arithmetic = "exact"  # an engine's default is exact on this processor
    return BenchSubject(
        run=run,
        subject=entry.name,
        model=model.name,
        peer=entry.peer,
        engine=ready.get("engine", ""),
        recipe=entry.recipe,
        layout=entry.layout,
        arithmetic=arithmetic,
        files=ready.get("files", {}),
        problem=outcome.problem,
        notes=[*ready.get("notes", []), *outcome.slow],
    )


def _measured(run: str, plan: InterleavePlan, outcome: EntryOutcome) -> Iterator[Record]:
    name = outcome.entry.name
    yield cold_start(run, name, outcome.starts)
    weighed = memory_above(run, name, outcome.memory)
    if weighed is not None:
        yield weighed
    for series in outcome.series:
        yield Latency(
            run=run,
            subject=name,
            threads=plan.threads,
            batch=series.batch,
            setting=series.setting,
            round=series.round,
            warm_up=series.warm_up,
            texts=series.texts,
            tokenize_ms=[],
            model_ms=_rounded(series.wall_ms),
            cpu_ms=_rounded(series.cpu_ms),
            total_ms=[],
            exits=series.exits,
        )
    for number, (tokens, times) in outcome.lengths.items():
        yield Length(run, name, plan.threads, number, tokens, _rounded(times))


def _quality(
    run: str, outcome: EntryOutcome, setting: str, golds: Sequence[int] | None, right: np.ndarray | None
) -> Quality:
    logits = _logits(outcome, setting)
    found = logits.argmax(axis=1)
    further = outcome.further.get(setting)
    exits = [*_first(outcome, setting).exits, *(further.exits if further else [])]
    return Quality(
        run=run,
        subject=outcome.entry.name,
        setting=setting,
        examples=len(logits),
        metrics={} if golds is None else {"accuracy": float((found == np.array(golds)).mean())},
        agreement=None if right is None else float((found == right.argmax(axis=1)).mean()),
        reference=None if right is None else REFERENCE,
        max_logit_difference=None if right is None else float(np.abs(logits - right).max()),
        exits={str(layer): count for layer, count in sorted(Counter(exits).items())},
    )


def _first(outcome: EntryOutcome, setting: str) -> Series:
    """The answers one by one of the first round; later rounds only repeat them."""
    return next(
        each for each in outcome.series if each.setting == setting and each.batch == 1 and not each.warm_up
    )


def _logits(outcome: EntryOutcome, setting: str) -> np.ndarray:
    further = outcome.further.get(setting)
    return np.array([*_first(outcome, setting).logits, *(further.logits if further else [])])


def _rounded(times: Sequence[float]) -> list[float]:
    return [milliseconds(each / 1000) for each in times]
