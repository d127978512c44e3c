"""Texts answered by several cases in turn, every call timed."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from litebert.exit_settings import Setting
from litebert.runner import Runner
from litebert.tasks.measures import Measures, agreement
from litebert.tokenizer import Text
from litebert_bench.measure.records import Latency, Quality, Record, milliseconds
from litebert_bench.measure.watch import Progress

WARM_UP_TEXTS = 16
_TURN_TEXTS = 16  # at least, before the next case's turn


@dataclass(frozen=True)
class BenchCase:
    """A runner and a way to call it: threads of its engine, texts per call, a setting."""

    subject: str
    runner: Runner
    threads: int
    batch: int
    setting_name: str
    setting: Setting | None


@dataclass(frozen=True)
class _Samples:
    """The times of the calls of a case, and their answers."""

    texts: list[int] = field(default_factory=list)
    tokenize_ms: list[float] = field(default_factory=list)
    model_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    total_ms: list[float] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)


def answer_in_turn(
    run: str,
    cases: Sequence[BenchCase],
    texts: Sequence[Text],
    rounds: int,
    measures: Measures[Any],
    golds: Sequence[Any] | None,
    progress: Progress,
) -> Iterator[Record]:
    """Answers every text by every case in every round; then judges each case's answers.

    Within a round the cases take turns every few texts: a machine that slows down slows them all. `progress`
    takes each further share of the work, 0 to 1, and the phase.
    """
    first = texts[:WARM_UP_TEXTS]
    work = len(cases) * (len(first) + rounds * len(texts))
    for case in cases:
        samples = _Samples()
        _call(case, first, 0, samples)
        yield _record(run, case, 0, samples, warm_up=True)
        progress(len(first) / work, f"warming up {len(cases)} ways to answer")
    widest = max(case.batch for case in cases)
    turn = widest * -(-_TURN_TEXTS // widest)
    answered: list[list[Any]] = []
    for number in range(rounds):
        each_case = [_Samples() for _ in cases]
        for start in range(0, len(texts), turn):
            for case, samples in zip(cases, each_case, strict=True):
                _call(case, texts[start : start + turn], start, samples)
                done = len(texts[start : start + turn]) / work
                progress(done, f"round {number + 1} of {rounds}: {len(texts)} texts in {len(cases)} ways")
        for case, samples in zip(cases, each_case, strict=True):
            yield _record(run, case, number, samples, warm_up=False)
        answered = answered or [samples.answers for samples in each_case]
    seen: set[tuple[str, str]] = set()
    for case, answers in zip(cases, answered, strict=True):
        if (case.subject, case.setting_name) not in seen:
            seen.add((case.subject, case.setting_name))
            found = {} if golds is None else measures.metrics(answers, golds)
            metrics = {name: value for name, value in found.items() if math.isfinite(value)}
            yield _quality(run, case, measures, answers, metrics, cases[0].subject, answered[0])


def _call(case: BenchCase, texts: Sequence[Text], first: int, samples: _Samples) -> None:
    """Answers texts, `case.batch` per call; `first` is the number of the first of them."""
    runner = case.runner
    for start in range(0, len(texts), case.batch):
        part = texts[start : start + case.batch]
        begin = time.perf_counter()
        encodings = [*map(runner.tokenize, part)]
        encoded, cpu = time.perf_counter(), time.process_time()
        found = runner.answers(encodings, case.setting)
        computed, cpu = time.perf_counter(), time.process_time() - cpu
        answers = list(map(runner.decode, part, encodings, found))
        end = time.perf_counter()
        samples.texts.append(first + start)
        samples.tokenize_ms.append(milliseconds(encoded - begin))
        samples.model_ms.append(milliseconds(computed - encoded))
        samples.cpu_ms.append(milliseconds(cpu))
        samples.total_ms.append(milliseconds(end - begin))
        samples.answers.extend(answers)


def _record(run: str, case: BenchCase, number: int, samples: _Samples, warm_up: bool) -> Latency:
    return Latency(
        run=run,
        subject=case.subject,
        threads=case.threads,
        batch=case.batch,
        setting=case.setting_name,
        round=number,
        warm_up=warm_up,
        texts=samples.texts,
        tokenize_ms=samples.tokenize_ms,
        model_ms=samples.model_ms,
        cpu_ms=samples.cpu_ms,
        total_ms=samples.total_ms,
        exits=[each.exit_layer for each in samples.answers if each.exit_layer is not None],
    )


def _quality(
    run: str,
    case: BenchCase,
    measures: Measures[Any],
    answers: Sequence[Any],
    metrics: dict[str, float],
    reference: str,
    expected: Sequence[Any],
) -> Quality:
    is_reference = answers is expected
    same, differences = agreement(measures, answers, expected)
    layers = Counter(each.exit_layer for each in answers if each.exit_layer is not None)
    return Quality(
        run=run,
        subject=case.subject,
        setting=case.setting_name,
        examples=len(answers),
        metrics=metrics,
        agreement=None if is_reference else same,
        reference=None if is_reference else reference,
        max_logit_difference=None if is_reference else differences.get("logit"),
        exits={str(layer): layers.get(layer, 0) for layer in case.runner.exit_layers},
    )
