"""`litebert run`: answers texts, a line each."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from litebert.backends import ENGINES
from litebert.errors import InputError
from litebert.exit_settings import Setting
from litebert.loading import load
from litebert.machine import usable_threads
from litebert.promise import KNOBS
from litebert.shell import quoted
from litebert.tokenizer import Text
from litebert.tools.command_line import Kinds
from litebert.tools.exit_flags import add_exit_flags, exit_values
from litebert.tools.progress import busy
from litebert.tools.stdin_lines import stdin_lines
from litebert.visible import as_utf8, tell, warn


def add_run(kinds: Kinds) -> None:
    """Adds `run` to the commands of `litebert`."""
    parser = kinds.add_parser("run", help="answer texts", description="Answer texts, one line each.")
    parser.add_argument("artifact", type=Path, metavar="ARTIFACT", help="folder written by litebert-export")
    parser.add_argument(
        "texts",
        nargs="*",
        default=[],
        metavar="TEXT",
        help="texts to answer; without any, each line of stdin (UTF-8) is a text, blank lines too",
    )
    parser.add_argument(
        "--pair",
        action="store_true",
        help="each text is a pair, with a tab between its halves; in bash: $'one half\\tthe other'",
    )
    parser.add_argument("--json", action="store_true", help="a JSON object per answer, with every field")
    parser.add_argument(
        "--backend",
        default="auto",
        help=f"auto (default: the fastest here), {', '.join(engine.name for engine in ENGINES)}",
    )
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="threads for one answer (default 1)"
    )
    knobs = parser.add_argument_group(
        "early exits, for students that have them (without these options all layers run)"
    )
    add_exit_flags(knobs)
    knobs.add_argument(
        "--max-changed-percent",
        type=float,
        metavar="PERCENT",
        help="the fastest setting at which, with 95 %% confidence, at most PERCENT of the answers to new "
        "text differ from those of all layers; needs litebert calibrate; stderr says which setting it is",
    )
    knobs.add_argument(
        "--max-accuracy-drop",
        type=float,
        metavar="POINTS",
        help="the same for the accuracy, which falls by at most POINTS",
    )
    knobs.add_argument(
        "--latency-budget-ms",
        type=float,
        metavar="MS",
        help="the setting that runs most layers within this mean time; needs litebert calibrate; promises "
        "nothing about accuracy",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Answers texts, a line each; returns the exit code."""
    limits = {name: getattr(options, name) for name in (*KNOBS, "latency_budget_ms")}
    threads, leave = usable_threads(options.threads, warn), exit_values(options)
    # The warning that nothing is promised is a line below.
    with warnings.catch_warnings(action="ignore", category=UserWarning), busy(f"opening {options.artifact}"):
        model = load(options.artifact, options.backend, threads, leave=leave, **limits)
    with model:
        if model.promise is not None:
            tell(f"{model.promise.line}{_same_as(model.setting)}")
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
            print(json.dumps(dataclasses.asdict(answer)) if options.json else answer.line, flush=True)
    return 0


def _same_as(setting: Setting | None) -> str:
    """The flags that give a setting by its values, as the end of a line."""
    if setting is None:
        return ""
    return f"; the same as {' '.join(f'--{name} {value}' for name, value in setting.arguments.items())}"


def _pair(text: str, name: str) -> Text:
    halves = text.split("\t")
    if len(halves) != 2:
        raise InputError(
            f"{name}, {text!r:.60}, has {len(halves) - 1} tabs; with --pair expected one between two halves"
        )
    return halves[0], halves[1]
