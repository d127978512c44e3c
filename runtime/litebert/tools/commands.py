"""The work of each command of `litebert`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import warnings
from collections.abc import Iterator
from itertools import product
from typing import Any

from litebert.arguments import argument
from litebert.artifact import Artifact, open_artifact
from litebert.backends import working_engines
from litebert.calibration import Calibration, read_calibrations
from litebert.errors import InputError
from litebert.exit_rules import RULES
from litebert.exit_settings import Setting
from litebert.loading import load
from litebert.machine import usable_threads
from litebert.promise import KNOBS, PROMISED, keep_promise
from litebert.shell import quoted
from litebert.tasks.prediction import Prediction
from litebert.tokenizer import Text
from litebert.tools.calibration_lines import calibration_lines
from litebert.tools.comparison import ComparisonRow
from litebert.tools.comparison_lines import comparison_lines
from litebert.tools.comparison_plan import plan_comparison
from litebert.tools.data import golds_of
from litebert.tools.data.flags import read_data
from litebert.tools.exit_flags import exit_values
from litebert.tools.fact_flags import fact_values, flags_of
from litebert.tools.metrics import FEW_TEXTS, little_proof, standard_error
from litebert.tools.progress import Bar, busy, part_of, phase_of
from litebert.tools.stdin_lines import stdin_lines
from litebert.tools.verify import replay_golden
from litebert.tools.verify_lines import replay_lines
from litebert.visible import as_utf8, show, tell, visible

_CHECKS_SHARE = 0.1  # of verify's time, where it answers texts as well
_LIMITS_PERCENT = (0.5, 1.0, 2.0)  # what people ask for


def run(options: argparse.Namespace) -> int:
    """Answers texts, a line each; returns the exit code."""
    given = {name: getattr(options, name) for name in (*KNOBS, "latency_budget_ms")} | exit_values(options)
    # A promise, of which the warning is, is said below.
    with warnings.catch_warnings(action="ignore", category=UserWarning), busy(f"opening {options.artifact}"):
        model = load(options.artifact, options.backend, usable_threads(options.threads, warn), **given)
    with model:
        if model.promise is not None:
            tell(f"{PROMISED}: {model.promise.reason}{_same_as(model.setting)}")
        elif options.latency_budget_ms is not None:
            tell(f"within {options.latency_budget_ms:g} ms{_same_as(model.setting)}")
        if not options.texts and sys.stdin is not None and sys.stdin.isatty():
            tell(f"type a {'pair with a tab between' if options.pair else 'text'} and Enter; Ctrl-D ends")
        texts: Iterator[str] = map(as_utf8, options.texts) if options.texts else stdin_lines(warn)
        inputs: Iterator[Text] = texts
        file = next(filter(os.path.isfile, options.texts), None)
        if file is not None:
            warn(f"{file} is a file, and its name is answered; for its lines give < {quoted(file)} instead")
        if options.pair:
            name = "text {}" if options.texts else "line {} of stdin"
            inputs = (_pair(text, name.format(number)) for number, text in enumerate(texts, start=1))
        for answer in map(model, inputs):  # one by one: whoever writes the lines may wait for each answer
            print(json.dumps(dataclasses.asdict(answer)) if options.json else _line(answer), flush=True)
    return 0


def _same_as(setting: Setting | None) -> str:
    """The flags that mean a setting by its values, as the end of a line."""
    if setting is None:
        return ""
    return f"; the same as {' '.join(f'--{name} {value}' for name, value in setting.arguments.items())}"


def warn(message: str) -> None:
    """Prints a warning."""
    tell(f"warning: {message}")


def _pair(text: str, name: str) -> Text:
    halves = text.split("\t")
    if len(halves) != 2:
        raise InputError(
            f"{name}, {text!r:.60}, has {len(halves) - 1} tabs; with --pair expected one between two halves"
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
        from litebert.tools.curve import plot_calibrations

        plot_calibrations(artifact, options.plot)
    if options.json:
        print(json.dumps(facts, indent=1))
        return 0
    show(f"{options.artifact}  {artifact.name}")
    for key, value in facts.items():
        if key not in ("name", "targets") and value is not None:
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
    """Measures exit settings and prints each target's table once it is written; returns the exit code."""
    from litebert.tools.calibrate import calibrations

    artifact = open_artifact(options.artifact)
    examples = read_data(options.data, options).examples(artifact.task.measures)
    texts, golds = [example.text for example in examples], golds_of(examples)
    tables = {}
    with Bar() as bar:
        for name, calibration in calibrations(artifact, texts, golds, options.search, bar.add):
            tables[name] = calibration
            if not options.json:
                bar.clear()
                show(f"{name}, {_texts(calibration)}")
                _print_table(artifact, name, calibration)
    if options.json:
        print(json.dumps({name: dataclasses.asdict(table) for name, table in tables.items()}, indent=1))
    return 0


def _texts(table: Calibration) -> str:
    others = f", thresholds searched on {table.searched} others" if table.searched else ""
    accuracy, error = table.rows[0].accuracy, ""
    if accuracy is not None and table.examples >= FEW_TEXTS:  # of fewer a line says it below
        points = 100 * standard_error(accuracy, table.examples)
        error = f"; standard error of the accuracy {points:.1f} points"
    return f"{table.examples} texts of {table.tokens} tokens on average{others}{error}"


def _print_table(artifact: Artifact, name: str, table: Calibration) -> None:
    rule = RULES[str(artifact.exit_rule)]
    show(*calibration_lines(table, artifact.targets[name], rule))
    show(f"  {PROMISED}, for the one limit that you chose beforehand:")
    for knob, percent in product(KNOBS, _LIMITS_PERCENT):
        show(f"    {keep_promise(table, rule, knob, percent).reason}")
    if little := little_proof(table.examples, table.rows[0].accuracy):
        show(f"  {little}")


def _facts(artifact: Artifact) -> dict[str, Any]:
    return {
        "name": artifact.name,
        "family": artifact.family,
        "task": artifact.task.name,
        **dataclasses.asdict(artifact.task),
        "pairs": artifact.pairs,
        "inputs": artifact.inputs,
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
    facts = fact_values(options)
    names = ("against", "text_column", "label_column", "labels_are")
    flags = [argument(name) for name in names if getattr(options, name) is not None]
    if options.data is None and (flags or flags_of(facts)):
        options.parser.error(f"{', '.join([*flags, *flags_of(facts)])}: for --data FILE only")
    table = None if options.data is None else read_data(options.data, options)
    rows: tuple[ComparisonRow, ...] = ()
    with Bar() as bar:
        share = 1 if table is None else _CHECKS_SHARE
        with phase_of(bar.add, share / 2, "checking every file") as step:
            artifacts = []
            for path in options.artifacts:
                artifacts.append((path, open_artifact(path)))
                step(1 / len(options.artifacts))
            plan = None if table is None else plan_comparison(artifacts, table, options.against, facts)
        with phase_of(bar.add, share / 2, "replaying golden answers") as step:
            replays = {}
            for path, artifact in artifacts:
                replays[path] = replay_golden(artifact)
                step(1 / len(artifacts))
        if not any(replay.cases for all_ in replays.values() for replay in all_):
            working_engines(artifacts[0][1].targets)  # says why there is none
        if plan is not None:
            rows = plan.run(part_of(bar.add, (1 - _CHECKS_SHARE) / plan.answers))
    if options.json:
        golden = {str(path): list(map(dataclasses.asdict, all_)) for path, all_ in replays.items()}
        print(json.dumps({"golden": golden, "data": [row.as_json() for row in rows]}, indent=1))
    else:
        for path, all_ in replays.items():
            show(*replay_lines(str(path), all_))
        if plan is not None:
            show("", f"{len(plan.examples)} examples; every row is compared with the first", *plan.notes)
            show(*comparison_lines(rows))
    return 0 if all(replay.passed for all_ in replays.values() for replay in all_) else 1


def doctor(options: argparse.Namespace) -> int:
    """Prints what is installed and what runs here; returns the exit code, 1 if an artifact does not run."""
    from litebert.tools.doctor import diagnose
    from litebert.tools.doctor_lines import doctor_lines

    with busy("trying what is installed"):
        found = diagnose(options.artifacts)
    if options.json:
        print(json.dumps(dataclasses.asdict(found), indent=1))
    else:
        show(*doctor_lines(found))
    return 0 if all(patient.answers for patient in found.artifacts) else 1
