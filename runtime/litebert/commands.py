"""What the commands of `litebert` do."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import warnings
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from litebert.artifact import Artifact, open_artifact
from litebert.calibration import Calibration, read_calibrations
from litebert.curve import calibration_lines, columns, plot_calibrations
from litebert.data import Table, read_table
from litebert.data_flags import columns_given, read_data
from litebert.errors import InputError, MissingExtraError
from litebert.exits import RULES
from litebert.loading import load
from litebert.machine import usable_threads
from litebert.metrics import agreement
from litebert.promise import KNOBS, PROMISED, keep_promise
from litebert.stdin_lines import stdin_lines
from litebert.tasks import TASK, Prediction
from litebert.tokenizer import Text
from litebert.verify import Evaluation, Replay, evaluate, replay_golden
from litebert.visible import as_utf8, show, tell, visible

_SETTINGS = ("speed", "threshold", "patience")
_LIMITS_PERCENT = (0.5, 1.0, 2.0)  # what people ask for


def run(options: argparse.Namespace) -> int:
    """Answers texts, a line each; returns the exit code."""
    given = {name: getattr(options, name) for name in (*_SETTINGS, *KNOBS, "latency_budget_ms")}
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # said below, as every promise
        model = load(options.artifact, options.backend, usable_threads(options.threads, warn), **given)
    with model:
        if model.promise is not None:
            tell(f"{PROMISED}: {model.promise.reason}")
        texts: Iterator[str] = map(as_utf8, options.texts) if options.texts else stdin_lines(warn)
        inputs: Iterator[Text] = (_pair(text) for text in texts) if options.pair else texts
        for answer in map(model, inputs):  # one by one: whoever writes the lines may wait for each answer
            print(json.dumps(dataclasses.asdict(answer)) if options.json else _line(answer), flush=True)
    return 0


def warn(message: str) -> None:
    """Prints a warning."""
    tell(f"warning: {message}")


def _pair(text: str) -> Text:
    halves = text.split("\t")
    if len(halves) != 2:
        raise InputError(
            f"text {text!r:.60} has {len(halves) - 1} tabs; with --pair expected one between two halves"
        )
    return halves[0], halves[1]


def _line(answer: Prediction) -> str:
    if answer.value is not None:
        return f"{answer.value:.4f}"
    if answer.labels is not None and answer.probs is not None:
        labels = visible(",".join(answer.labels)) or "-"
        return f"{labels}\t{' '.join(f'{prob:.4f}' for prob in answer.probs)}"
    left = "" if answer.exit_layer is None else f"\tlayer {answer.exit_layer}"
    return f"{visible(str(answer.label))}\t{answer.score:.4f}{left}"


def inspect(options: argparse.Namespace) -> int:
    """Prints what an artifact holds; returns the exit code."""
    artifact = open_artifact(options.artifact)
    tables = read_calibrations(artifact)
    facts = _facts(artifact)
    if options.plot is not None:
        plot_calibrations(artifact, options.plot)
    if options.json:
        print(json.dumps(facts, indent=1))
        return 0
    show(f"{options.artifact}  {artifact.name}")
    for key, value in facts.items():
        if key not in ("name", "targets"):
            show(f"  {key:13} {', '.join(value) if isinstance(value, list) else value}")
    for name, target in facts["targets"].items():
        fixed = f", of {' or '.join(map(str, target['lengths']))} tokens" if target["lengths"] else ""
        show(
            f"  {name:13} {target['recipe']}, {target['layout']}{fixed}, {target['size_bytes'] / 1e6:.1f} MB"
        )
    for name, table in tables.items():
        show("", f"  {name}, calibrated on {_texts(table)}")
        _print_table(artifact, name, table)
    return 0


def calibrate(options: argparse.Namespace) -> int:
    """Measures exit settings and prints their table; returns the exit code."""
    from litebert.calibrate import calibrate as measure

    artifact = open_artifact(options.artifact)
    table = read_data(options.data, options)
    if table.is_labelled:
        examples = table.examples(artifact.task.problem_type, artifact.task.labels)
        texts = [example.text for example in examples]
        labels = [min(example.labels, default=0) for example in examples]
    else:
        texts, labels = table.texts(), None
    tables = measure(options.artifact, texts, labels, options.search, _show_progress)
    if options.json:
        print(json.dumps({name: dataclasses.asdict(table) for name, table in tables.items()}, indent=1))
        return 0
    for name, calibration in tables.items():
        show(f"{name}, {_texts(calibration)}")
        _print_table(artifact, name, calibration)
    return 0


def _texts(table: Calibration) -> str:
    others = f", thresholds searched on {table.searched} others" if table.searched else ""
    return f"{table.examples} texts of {table.tokens} tokens on average{others}"


def _print_table(artifact: Artifact, name: str, table: Calibration) -> None:
    show(*calibration_lines(table, artifact.targets[name]))
    show(f"  {PROMISED}, for one limit chosen beforehand:")
    rule = RULES[str(artifact.exit_rule)]
    for knob, percent in product(KNOBS, _LIMITS_PERCENT):
        show(f"    {keep_promise(table, rule, knob, percent).reason}")


def _facts(artifact: Artifact) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "family": artifact.family,
        "task": TASK,
        **dataclasses.asdict(artifact.task),
        "labels": list(artifact.task.labels),
        "max_tokens": artifact.max_tokens,
        "vocabulary": _vocabulary(artifact),
        "exit_rule": artifact.exit_rule,
        "digest": artifact.digest,
        "targets": {
            name: {
                "layout": target.layout,
                "recipe": target.recipe,
                "lengths": list(target.lengths),
                "exits": [dataclasses.asdict(each) for each in target.exits],
                "calibration": target.calibration,
                "size_bytes": artifact.target_size_bytes(name),
                "segments": [dataclasses.asdict(segment) for segment in target.segments],
            }
            for name, target in artifact.targets.items()
        },
    }


def _vocabulary(artifact: Artifact) -> str:
    size, before = artifact.vocabulary.size, artifact.vocabulary.trimmed_from
    return f"{size} tokens" if before is None else f"{size} of {before} tokens"


def verify(options: argparse.Namespace) -> int:
    """Replays golden answers and measures on data; returns the exit code, 1 where an answer differs."""
    artifacts = [(path, open_artifact(path)) for path in options.artifacts]
    replays = {str(path): replay_golden(artifact) for path, artifact in artifacts}
    table = None if options.data is None else read_table(options.data, columns_given(options))
    rows = [] if table is None else _evaluate_all(artifacts, table)
    if options.json:
        body = {
            "golden": {
                path: [dataclasses.asdict(replay) for replay in all_] for path, all_ in replays.items()
            },
            "data": rows,
        }
        print(json.dumps(body, indent=1))
    else:
        _print_verification(replays, rows)
    if not any(replay.installed for all_ in replays.values() for replay in all_):
        raise MissingExtraError(
            'no engine is installed; use pip install "litebert[onnx]" or "litebert[litert]"'
        )
    return 0 if all(replay.passed for all_ in replays.values() for replay in all_) else 1


def doctor(options: argparse.Namespace) -> int:
    """Prints what is installed and what runs here; returns the exit code, 1 if an artifact does not run."""
    from litebert.doctor import diagnose
    from litebert.doctor_lines import doctor_lines

    found = diagnose(options.artifacts)
    if options.json:
        print(json.dumps(dataclasses.asdict(found), indent=1))
    else:
        show(*doctor_lines(found))
    return 0 if all(patient.answers for patient in found.artifacts) else 1


def _evaluate_all(artifacts: Sequence[tuple[Path, Artifact]], table: Table) -> list[dict[str, Any]]:
    """A row per artifact and target; agreement is with the first of them."""
    rows: list[dict[str, Any]] = []
    first: Evaluation | None = None
    for path, artifact in artifacts:
        examples = table.examples(artifact.task.problem_type, artifact.task.labels)
        for evaluation in evaluate(artifact, examples, _show_progress):
            first = first or evaluation
            if len(evaluation.predictions[0].logits) != len(first.predictions[0].logits):
                raise InputError(
                    f"{path}: has other labels than {artifacts[0][0]}; compare artifacts of one model"
                )
            same, difference = agreement(evaluation.predictions, first.predictions)
            rows.append(
                {
                    "artifact": str(path),
                    "target": evaluation.target,
                    "recipe": evaluation.recipe,
                    "examples": len(examples),
                    **evaluation.metrics,
                    "agreement": same,
                    "max_logit_difference": difference,
                    "latency_ms": evaluation.latency_ms,
                }
            )
    return rows


def _print_verification(replays: dict[str, tuple[Replay, ...]], rows: list[dict[str, Any]]) -> None:
    for path, all_ in replays.items():
        show(f"{path}: every file as the manifest says")
        for replay in all_:
            if not replay.installed:
                show(f"  {replay.target:8} not checked: {replay.engine} is not installed")
                continue
            verdict = "agree" if replay.passed else f"DIFFER ({replay.wrong_ids} with other token ids)"
            worst = f"worst at {replay.worst:.1%} of tolerance"
            show(f"  {replay.target:8} {replay.cases} golden cases {verdict}; {worst}")
    if rows:
        keys = [key for key in rows[0] if key != "examples"]
        cells = [keys, *([_cell(key, row[key]) for key in keys] for row in rows)]
        told = "agreement and max_logit_difference are with the first row"
        show("", f"{rows[0]['examples']} examples; {told}")
        show(*columns(cells))


def _cell(key: str, value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if key == "latency_ms" else f"{value:.4f}"
    return str(value)


def _show_progress(done: int, total: int) -> None:
    if sys.stderr is not None and sys.stderr.isatty() and (done == total or done % 50 == 0):
        print(f"\r{done} of {total}", end="" if done < total else "\r", file=sys.stderr, flush=True)
