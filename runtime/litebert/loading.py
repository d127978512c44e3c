"""Opening an artifact as a model, which leaves early where and when the caller asks for it."""

from __future__ import annotations

import warnings
from functools import partial
from pathlib import Path
from typing import Any

from litebert.arguments import argument
from litebert.artifact import open_artifact
from litebert.errors import InputError
from litebert.exit_settings import choose_setting, wishes
from litebert.machine import usable_threads
from litebert.model import Leave, Model, Speed
from litebert.runner import Runner


def load(
    path: str | Path,
    backend: str = "auto",
    threads: int = 1,
    *,
    speed: Speed = None,
    leave: Leave = None,
    max_changed_percent: float | None = None,
    max_accuracy_drop: float | None = None,
    latency_budget_ms: float | None = None,
    preload: bool = False,
    digest: str | None = None,
) -> Model[Any]:
    """Opens an artifact for answering text.

    A student with early exits answers at full depth unless one of the knobs below says when to leave.

    Args:
        path: the folder that litebert-export wrote.
        backend: "onnxruntime", "ai-edge-litert", "tflite-runtime", "tensorflow", or "auto". "auto" takes the
            fastest here of the installed engines that run a graph of the artifact right: LiteRT for int8 on
            CPUs with int8 dot products, else ONNX Runtime. With a knob that needs a calibration it prefers
            graphs that were calibrated. Name "onnxruntime" for batches of short texts and for a model that
            several threads share, which LiteRT answers one by one.
        threads: threads the engine may use for one answer; at most as many as this process has cores.
        speed: leave at the first exit whose uncertainty (0 to 1) is below; one number, or one per early exit.
        leave: the parameters of another exit rule by name: `{"threshold": 0.1}` for DeeBERT's (entropy in
            nats), `{"patience": 3}` for PABEE's (so many comparisons in a row found the same answer).
        max_changed_percent: at most so many percent of the answers to new text differ from full depth's, with
            95 % confidence. The fastest such setting of the calibration is taken; `model.promise.reason`
            says which and why. Where nothing earlier can be promised, full depth is taken, with a
            UserWarning that says so.
        max_accuracy_drop: the same for the points of accuracy that are lost against full depth (0.5: half a
            point). Without labels in the calibration, changed answers are counted, which are never fewer.
        latency_budget_ms: the mean answer takes at most so long on this machine, as a trial of a few seconds
            expects. Of such settings the one with the best figures in the calibration is taken. It promises
            no accuracy.
        preload: open every segment now, for steady latency, instead of when it is first needed.
        digest: `model.digest` of an earlier load of this very folder. Give it only where your program itself
            put the files and no one else can write. The hashes of the graphs are then taken as checked, which
            saves time (34 of 60 ms with 23 MB of weights). Without it every file is read and hashed.

    Raises:
        InputError: no artifact there, an unknown backend, a wrong value, or no calibration to choose from.
        ArtifactError: the artifact is damaged or was changed.
        UnsupportedFormatError: a newer LiteBERT wrote it.
        MissingExtraError: the engine is not installed.

    Example:
        >>> model = litebert.load("sst2-fastbert-3l.litebert", speed=0.2)
        >>> model("a gripping film .").label
        'positive'
        >>> model.setting
        Setting(speed=0.2)
    """
    limits = {"max_changed_percent": max_changed_percent, "max_accuracy_drop": max_accuracy_drop}
    promises = {knob: limit for knob, limit in limits.items() if limit is not None}
    wished = wishes(speed, leave)
    if bool(wished) + len(promises) + (latency_budget_ms is not None) > 1:
        raise InputError(
            f"exit settings, {', '.join(map(argument, limits))} and {argument('latency_budget_ms')} exclude "
            "one another; give one"
        )
    threads = usable_threads(threads, partial(warnings.warn, stacklevel=3))
    artifact = open_artifact(path, digest)
    if not promises and latency_budget_ms is None:
        runner = Runner(artifact, backend, threads, preload)
        return Model(runner, choose_setting(artifact.exit_rule, runner.early_exits, wished))
    # These take milliseconds to import.
    from litebert.exit_limits import calibrated, promised, within_latency

    if backend == "auto":
        artifact = calibrated(artifact)
    runner = Runner(artifact, backend, threads, preload)
    if latency_budget_ms is not None:
        return Model(runner, within_latency(runner, latency_budget_ms))
    ((knob, percent),) = promises.items()
    promise = promised(runner, knob, percent)
    if promise.setting is None:
        warnings.warn(promise.line, stacklevel=2)
    return Model(runner, promise.setting, promise)
