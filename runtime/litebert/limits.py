"""Exit settings out of a calibration and limits: answers or accuracy that may be lost, or time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from litebert.artifact import Artifact
from litebert.backends import fitting_engines
from litebert.calibration import Calibration, best_within, read_calibration
from litebert.exit_rules import RULES, Rule
from litebert.exit_settings import Setting, leave_at, no_early_exits
from litebert.promise import Promise, keep_promise
from litebert.runner import Runner
from litebert.tokenizer import Encoding

TIMED_ROUNDS = 4  # the first ones warm up
_TRIAL_SECONDS = 5.0


def calibrated(artifact: Artifact) -> Artifact:
    """The artifact with the targets that were calibrated only, if an engine here runs one of them."""
    targets = {name: each for name, each in artifact.targets.items() if each.calibration is not None}
    usable = any(engine.problem() is None for engine in fitting_engines(targets))
    return replace(artifact, targets=targets) if usable else artifact


def exit_latencies_ms(
    runner: Runner,
    encodings: Sequence[Encoding],
    most_seconds: float = _TRIAL_SECONDS,
    step: Callable[[float], object] = lambda done: None,
) -> list[float]:
    """Mean time of an answer at each exit, texts one by one, the best of a few rounds each.

    Args:
        runner: answers.
        encodings: texts. Where not all of them fit into the time, the one of median length is timed, and as
            many others, chosen at random, as do.
        most_seconds: after that no further round begins. One round of one text is always timed.
        step: called with each further share of the rounds that is done, as far as they can be foreseen.
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


def within_latency(runner: Runner, latency_budget_ms: float) -> Setting:
    """The setting of the calibration's best figures that is fast enough here."""
    calibration, rule = _calibration(runner, "latency_budget_ms")
    zeros = (0,) * min(calibration.tokens, runner.max_tokens)
    times = exit_latencies_ms(runner, [Encoding(zeros, zeros)])
    return best_within(calibration, rule, latency_budget_ms, times)


def promised(runner: Runner, knob: str, percent: float) -> Promise:
    """The calibration's promise for a limit, and the setting that keeps it."""
    return keep_promise(*_calibration(runner, knob), knob, percent)


def _calibration(runner: Runner, knob: str) -> tuple[Calibration, Rule]:
    rule = runner.artifact.exit_rule
    if rule is None:
        raise no_early_exits(knob)
    return read_calibration(runner.target, rule), RULES[rule]
