"""An artifact to an opened model, which leaves early where and when the caller asks for it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from litebert.arguments import argument
from litebert.artifact import Artifact, open_artifact
from litebert.backends import fitting_engines
from litebert.calibration import Calibration, best_within, read_calibration
from litebert.errors import InputError
from litebert.exits import RULES, Rule, Setting, leave_at, no_early_exits
from litebert.machine import usable_threads
from litebert.promise import PROMISED, keep_promise
from litebert.runner import Model, Speed
from litebert.tokenizer import Encoding

TIMED_ROUNDS = 4  # the first ones warm up
_TRIAL_SECONDS = 5.0


def load(
    path: str | Path,
    backend: str = "auto",
    threads: int = 1,
    *,
    speed: Speed = None,
    threshold: Speed = None,
    patience: int | None = None,
    max_changed_percent: float | None = None,
    max_accuracy_drop: float | None = None,
    latency_budget_ms: float | None = None,
    preload: bool = False,
) -> Model:
    """Opens an artifact for answering text.

    A student with early exits answers at full depth unless one of the knobs below says when to leave.

    Args:
        path: the folder that litebert-export wrote.
        backend: "onnxruntime", "ai-edge-litert", "tflite-runtime", "tensorflow", or "auto" for the one that
            answers fastest here of those that are installed and run a graph of the artifact right: LiteRT for
            int8 on CPUs with int8 dot products, else ONNX Runtime. With a knob that needs a calibration it
            takes graphs that were calibrated, if there are any. Name "onnxruntime" for batches of short texts
            and for a model that several threads share, which LiteRT answers one by one.
        threads: threads the engine may use for one answer; at most as many as this process has cores.
        speed: leave at the first exit whose uncertainty (0 to 1) is below; one number, or one per early exit.
        threshold: the same for DeeBERT's rule: entropy in nats.
        patience: for PABEE's rule: so many comparisons in a row found the same answer.
        max_changed_percent: the fastest setting of the calibration with which, with 95 % confidence, at most
            so many percent of the answers to new text differ from full depth's. `model.promise.reason` says
            what was taken and why. Where nothing earlier can be promised, full depth is taken, with a
            UserWarning that says so.
        max_accuracy_drop: the same for the points of accuracy that are lost against full depth (0.5: half a
            point). Without labels in the calibration, changed answers are counted, which are never fewer.
        latency_budget_ms: the setting with the best figures in the calibration whose mean answer is expected
            to take at most so long on this machine, which a trial of a few seconds at most finds out. It
            promises no accuracy.
        preload: open every segment now, for steady latency, instead of when it is first needed.

    Raises:
        InputError: no artifact there, an unknown backend, a wrong value, or no calibration to choose from.
        ArtifactError: the artifact is damaged or was changed.
        UnsupportedFormatError: a newer LiteBERT wrote it.
        MissingExtraError: the engine is not installed.
    """
    limits = {"max_changed_percent": max_changed_percent, "max_accuracy_drop": max_accuracy_drop}
    promises = {knob: limit for knob, limit in limits.items() if limit is not None}
    explicit = any(value is not None for value in (speed, threshold, patience))
    if explicit + len(promises) + (latency_budget_ms is not None) > 1:
        raise InputError(
            f"exit settings, {', '.join(map(argument, limits))} and {argument('latency_budget_ms')} exclude "
            "one another; give one"
        )
    threads = usable_threads(threads, partial(warnings.warn, stacklevel=3))
    artifact = open_artifact(path)
    if backend == "auto" and (promises or latency_budget_ms is not None):
        artifact = _calibrated(artifact)
    model = Model(artifact, backend, threads, preload)
    if latency_budget_ms is not None:
        model.setting = _within_latency(model, latency_budget_ms)
    else:
        model.setting = model.choose_setting(speed, threshold, patience)
    for knob, percent in promises.items():
        model.promise = keep_promise(*_calibration(model, knob), knob, percent)
        model.setting = model.promise.setting
    if model.promise is not None and model.setting is None:
        warnings.warn(f"{PROMISED}: {model.promise.reason}", stacklevel=2)
    return model


def _calibrated(artifact: Artifact) -> Artifact:
    """The artifact with the targets that were calibrated only, if an engine here runs one of them."""
    targets = {name: each for name, each in artifact.targets.items() if each.calibration is not None}
    usable = any(engine.problem() is None for engine in fitting_engines(targets))
    return replace(artifact, targets=targets) if usable else artifact


def exit_latencies_ms(
    model: Model,
    encodings: Sequence[Encoding],
    most_seconds: float = _TRIAL_SECONDS,
    step: Callable[[float], object] = lambda done: None,
) -> list[float]:
    """Mean time of an answer at each exit, texts one by one, the best of a few rounds each.

    Args:
        model: what answers.
        encodings: texts. Where not all of them fit into the time, the one of median length is timed, and as
            many others, chosen at random, as do.
        most_seconds: after that no further round begins. One round of one text is always timed.
        step: called with each further share of the rounds that is done, as far as they can be foreseen.
    """
    exits = max(1, len(model.exit_layers))
    settings = [leave_at(number, exits - 1) for number in range(exits)]
    by_length = sorted(encodings, key=lambda each: len(each.input_ids))
    middle = by_length.pop(len(by_length) // 2)
    model.answers([middle], None)  # opens what is not open yet
    one_round = _seconds(model, middle, None) * (exits + 1) / 2  # of one text
    others = np.random.default_rng(0).permutation(len(by_length))
    most = int(most_seconds / 2 / one_round) - 1  # so that two rounds fit
    chosen = [middle, *(by_length[number] for number in others[: max(0, most)])]
    foreseen = min(TIMED_ROUNDS, max(1, int(most_seconds / one_round / len(chosen))))
    best = np.full((len(chosen), exits), np.inf)
    begin = time.perf_counter()
    for done in range(1, TIMED_ROUNDS + 1):
        for text, encoding in enumerate(chosen):
            seconds = [_seconds(model, encoding, setting) for setting in settings]
            best[text] = np.minimum(best[text], seconds)
            step(1 / len(chosen) / foreseen)
        if (time.perf_counter() - begin) * (done + 1) / done > most_seconds:
            break
    return [float(seconds) * 1000 for seconds in best.mean(axis=0)]


def _seconds(model: Model, encoding: Encoding, setting: Setting | None) -> float:
    start = time.perf_counter()
    model.answers([encoding], setting)
    return time.perf_counter() - start


def _within_latency(model: Model, latency_budget_ms: float) -> Setting:
    """The setting of the calibration's best figures that is fast enough here."""
    calibration, rule = _calibration(model, "latency_budget_ms")
    zeros = (0,) * min(calibration.tokens, model.max_tokens)
    times = exit_latencies_ms(model, [Encoding(zeros, zeros)])
    return best_within(calibration, rule, latency_budget_ms, times)


def _calibration(model: Model, knob: str) -> tuple[Calibration, Rule]:
    if model.exit_rule is None:
        raise no_early_exits(knob)
    return read_calibration(model.target, model.exit_rule), RULES[model.exit_rule]
