"""A first look at how fast an artifact answers: a figure within seconds, and what a run will take."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import product
from statistics import fmean, median
from typing import TYPE_CHECKING

from litebert.runner import Model
from litebert.tokenizer import Text

if TYPE_CHECKING:
    from litebert.bench.measure import Plan

_TEXTS = 16
_MOST_SECONDS = 2.0  # for each engine and number of threads
_START_SECONDS = 0.5  # of a fresh process, beside its answers
_INSIDE_ANSWERS = 120  # as long as answers at each length, and of each graph, take
_EARLY_SHARE = 0.6  # of the time of full depth, where texts leave early


def first_look(model: Model, texts: Sequence[Text]) -> list[float]:
    """Seconds of answers to the first texts at full depth, one by one; the very first is left out."""
    seconds: list[float] = []
    model.answers([model.encode(texts[0])], None)
    begin = time.perf_counter()
    for text in texts[:_TEXTS]:
        start = time.perf_counter()
        model.answers([model.encode(text)], None)
        seconds.append(time.perf_counter() - start)
        if time.perf_counter() - begin > _MOST_SECONDS:
            break
    return seconds


def look_line(name: str, threads: int, seconds: Sequence[float]) -> str:
    """What a first look says."""
    return (
        f"{name}: about {1000 * median(seconds):.3g} ms an answer (median of {len(seconds)} "
        f"text{'s' * (len(seconds) > 1)}, full depth, {threads} thread{'s' * (threads > 1)}); measuring ..."
    )


def expected_seconds(plan: Plan, looks: Mapping[tuple[str, int], Sequence[float]]) -> dict[str, float]:
    """How long the parts of a run may take: `fresh`, `inside` and `answers`."""
    answer = {key: fmean(seconds) for key, seconds in looks.items()}
    texts = len(plan.texts)
    fresh = sum(_START_SECONDS + texts * answer[engine.name, plan.threads[0]] for engine in plan.engines)
    depths = [1.0 if setting is None else _EARLY_SHARE for setting in plan.settings.values()]
    ways = product(answer.values(), plan.batches, depths)
    return {
        "fresh": plan.processes * fresh,
        "inside": _INSIDE_ANSWERS * sum(answer.values()),
        "answers": plan.rounds * texts * sum(each * depth for each, _, depth in ways),
    }
