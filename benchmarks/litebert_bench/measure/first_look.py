"""A first look at an artifact's speed: a figure within seconds, and the time that a run will take."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from statistics import fmean, median

from litebert.runner import Runner
from litebert.tokenizer import Text

_TEXTS = 16
_MOST_SECONDS = 2.0  # for each engine and number of threads
_START_SECONDS = 0.5  # of a fresh process, beside its answers
_INSIDE_ANSWERS = 120  # the answers at each length, and of each graph, take as long as so many
_EARLY_SHARE = 0.6  # of the time of full depth, where texts leave early


def first_look(runner: Runner, texts: Sequence[Text]) -> list[float]:
    """Seconds of answers to the first texts at full depth, one by one; the very first is left out."""
    seconds: list[float] = []
    runner.answers([runner.tokenize(texts[0])], None)
    begin = time.perf_counter()
    for text in texts[:_TEXTS]:
        start = time.perf_counter()
        runner.answers([runner.tokenize(text)], None)
        seconds.append(time.perf_counter() - start)
        if time.perf_counter() - begin > _MOST_SECONDS:
            break
    return seconds


def look_line(name: str, threads: int, seconds: Sequence[float]) -> str:
    """The first figure of a subject, in a line."""
    return (
        f"{name}: about {1000 * median(seconds):.3g} ms an answer (median of {len(seconds)} "
        f"text{'s' * (len(seconds) > 1)}, full depth, {threads} thread{'s' * (threads > 1)}); measuring ..."
    )


def expected_seconds(
    looks: Mapping[tuple[str, int], Sequence[float]], texts: int, processes: int, early: Sequence[bool]
) -> dict[str, float]:
    """The expected seconds of a run's parts: `fresh` processes, `inside` a model, and its `answers`.

    Args:
        looks: the first look's seconds, by engine and number of threads.
        texts: the number of texts.
        processes: the number of fresh processes for each engine.
        early: for each time that a model answers all texts, whether texts leave early then.
    """
    answers = [fmean(seconds) for seconds in looks.values()]
    engines = len({engine for engine, _ in looks})
    return {
        "fresh": processes * engines * (_START_SECONDS + texts * fmean(answers)),
        "inside": _INSIDE_ANSWERS * sum(answers),
        "answers": texts * sum(answers) * sum(_EARLY_SHARE if each else 1.0 for each in early),
    }
