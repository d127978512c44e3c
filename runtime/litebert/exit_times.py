"""A stopwatch for the exits of an opened artifact."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from litebert.exit_settings import Setting, leave_at
from litebert.runner import Runner
from litebert.tokenizer import Encoding

TIMED_ROUNDS = 4  # the first ones warm up
_TRIAL_SECONDS = 5.0


def exit_latencies_ms(
    runner: Runner,
    encodings: Sequence[Encoding],
    most_seconds: float = _TRIAL_SECONDS,
    step: Callable[[float], object] = lambda done: None,
) -> list[float]:
    """Mean time of an answer at each exit, texts one by one, the best of a few rounds each.

    Args:
        runner: the opened artifact.
        encodings: the texts. Where the time does not suffice for all, the text of median length is timed, and
            as many others as fit, chosen at random.
        most_seconds: no further round begins after that. One round of one text is always timed.
        step: called with the share of the rounds just done, as far as their number can be foreseen.
    """
    exits = max(1, len(runner.exit_layers))
    settings = [leave_at(number, exits - 1) for number in range(exits)]
    by_length = sorted(encodings, key=lambda each: len(each.input_ids))
    middle = by_length.pop(len(by_length) // 2)
    runner.answers([middle], None)  # opens what is not open yet
    one_round = _seconds(runner, middle, None) * (exits + 1) / 2  # of one text
    others = np.random.default_rng(0).permutation(len(by_length))
    most = int(most_seconds / 2 / one_round) - 1  # so that two rounds fit
    chosen = [middle, *(by_length[number] for number in others[: max(0, most)])]
    foreseen = min(TIMED_ROUNDS, max(1, int(most_seconds / one_round / len(chosen))))
    best = np.full((len(chosen), exits), np.inf)
    begin = time.perf_counter()
    for done in range(1, TIMED_ROUNDS + 1):
        for text, encoding in enumerate(chosen):
            seconds = [_seconds(runner, encoding, setting) for setting in settings]
            best[text] = np.minimum(best[text], seconds)
            step(1 / len(chosen) / foreseen)
        if (time.perf_counter() - begin) * (done + 1) / done > most_seconds:
            break
    return [float(seconds) * 1000 for seconds in best.mean(axis=0)]


def _seconds(runner: Runner, encoding: Encoding, setting: Setting | None) -> float:
    start = time.perf_counter()
    runner.answers([encoding], setting)
    return time.perf_counter() - start
