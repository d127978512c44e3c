"""Exit settings from a calibration and a limit: on changed answers, lost accuracy, or time."""

from __future__ import annotations

from dataclasses import replace

from litebert.artifact import Artifact
from litebert.backends.selection import fitting_engines
from litebert.calibration import Calibration, best_within, read_calibration
from litebert.exit_rules import Rule
from litebert.exit_settings import Setting, no_early_exits
from litebert.exit_times import exit_latencies_ms
from litebert.promise import Promise, keep_promise
from litebert.runner import Runner
from litebert.tokenizer import Encoding


def calibrated(artifact: Artifact) -> Artifact:
    """The artifact with its calibrated targets only; unchanged if no engine here runs one of them."""
    targets = {name: each for name, each in artifact.targets.items() if each.calibration is not None}
    usable = any(engine.problem() is None for engine in fitting_engines(targets))
    return replace(artifact, targets=targets) if usable else artifact


def within_latency(runner: Runner, latency_budget_ms: float) -> Setting:
    """The setting with the best figures of the calibration that is fast enough here."""
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
    return read_calibration(runner.target, rule), rule
