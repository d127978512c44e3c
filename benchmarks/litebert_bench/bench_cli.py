"""The command `litebert bench`: its options, and what it does."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from litebert.errors import InputError
from litebert.exit_rules import RULES, Setting, choose_setting
from litebert.machine import usable_threads
from litebert.tools.data.flags import DATA_HELP, add_column_flags
from litebert.tools.progress import Bar
from litebert.visible import as_utf8, show
from litebert_bench.devices.device_cli import add_device_options, bench_there, names_a_device

if TYPE_CHECKING:
    from litebert.artifact import Artifact
    from litebert.backends import Engine
    from litebert.tokenizer import Text
    from litebert.tools.data import Example
    from litebert_bench.measure.measure import Plan
    from litebert_bench.measure.records import Record

_SAMPLE = Path(__file__).with_name("sample.txt")
_SPEEDS = "0.1,0.3,0.5"
_KNOBS: dict[str, Callable[[str], Any]] = {"speed": float, "threshold": float, "patience": int}
Number = TypeVar("Number")

_DESCRIPTION = """\
Measure an artifact on real text, each text at its own length: latency (p50, p90, p99) of the tokenizer, the
model and the whole answer, cold start, memory, sizes, exits, and accuracy if the texts have labels.
All engines, thread counts, batches and exit settings take turns, so that a machine that slows down slows them
all. stderr shows a first figure within seconds. The table comes at the end.
"""


def add_bench(kinds: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to those of `litebert`."""
    parser = kinds.add_parser(
        "bench",
        help="measure latency, memory, cold start and accuracy here",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("artifact", type=Path, metavar="ARTIFACT", help="folder written by litebert-export")
    parser.add_argument(
        "--texts",
        type=Path,
        metavar="FILE",
        help=f"{DATA_HELP}; labels are optional (default: 64 sentences of English literature)",
    )
    parser.add_argument(
        "--limit", type=int, default=500, metavar="N", help="measure at most N texts (default 500)"
    )
    parser.add_argument("--backend", metavar="NAME,...", help="engines (default: all that are installed)")
    parser.add_argument("--threads", default="1", metavar="N,...", help="threads of the engine (default 1)")
    parser.add_argument("--batch", default="1", metavar="N,...", help="texts in a call (default 1)")
    parser.add_argument(
        "--speed",
        metavar="X,...",
        help=f"exit settings to measure beside full depth (default for students with exits: {_SPEEDS})",
    )
    parser.add_argument("--threshold", metavar="X,...", help="the same for DeeBERT's rule, in nats")
    parser.add_argument("--patience", metavar="N,...", help="the same for PABEE's rule")
    parser.add_argument(
        "--rounds", type=int, default=3, metavar="N", help="answer each text N times (default 3)"
    )
    parser.add_argument(
        "--processes",
        type=int,
        default=3,
        metavar="N",
        help="fresh processes that measure cold start and memory (default 3)",
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="write every sample as JSON lines")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write one HTML page with plots")
    add_column_flags(parser)
    add_device_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Measures, prints a table, and writes what was asked for; returns the exit code."""
    from litebert.tools.whole_file import check_writable, write_whole
    from litebert_bench.measure.record_file import write_records
    from litebert_bench.report.page import page
    from litebert_bench.report.terminal_table import table_lines

    for path in filter(None, (options.json, options.html)):
        check_writable(path)
    records = _bench_there(options) if names_a_device(options) else _bench_here(options)
    if options.json is not None:
        write_records(records, options.json)
    if options.html is not None:
        write_whole(options.html, page(records))
    show(*table_lines(records))
    return 0


def _bench_here(options: argparse.Namespace) -> list[Record]:
    from litebert_bench.measure.measure import bench

    plan = _plan(options)
    with Bar() as bar:
        return list(bench(plan, bar.add, bar.tell))


def _bench_there(options: argparse.Namespace) -> list[Record]:
    """The records of a run on a device; what it would refuse is refused before anything is copied."""
    from litebert.artifact import open_artifact

    artifact = open_artifact(options.artifact)
    _check_counts(options)
    _settings(options, artifact)
    if options.texts is not None and options.texts.is_file():  # else it can be read only once
        _texts(options, artifact)
    return bench_there(options, artifact)


def _check_counts(options: argparse.Namespace) -> None:
    for name in ("limit", "rounds", "processes"):
        if getattr(options, name) < 1:
            raise InputError(f"--{name} is {getattr(options, name)}; expected a whole number from 1")
    for name in ("threads", "batch"):
        _counts(name, getattr(options, name))


def _texts(
    options: argparse.Namespace, artifact: Artifact
) -> tuple[Sequence[Text], Sequence[Example] | None]:
    """The texts that are asked for, and the same with their answers, where those are known."""
    from litebert.tools.comparison import examples_of
    from litebert.tools.data.flags import read_data

    examples, is_labelled = examples_of(read_data(options.texts or _SAMPLE, options), artifact.task)
    examples = examples[: options.limit]
    return [each.text for each in examples], examples if is_labelled else None


def _plan(options: argparse.Namespace) -> Plan:
    from litebert.artifact import open_artifact
    from litebert_bench.measure.measure import Plan

    artifact = open_artifact(options.artifact)
    _check_counts(options)
    texts, examples = _texts(options, artifact)
    return Plan(
        artifact=artifact,
        engines=_engines(options.backend, artifact),
        texts=texts,
        source=as_utf8(options.texts.name) if options.texts else "built-in",
        examples=examples,
        threads=_threads(options.threads),
        batches=_counts("batch", options.batch),
        settings=_settings(options, artifact),
        rounds=options.rounds,
        processes=options.processes,
    )


def _engines(names: str | None, artifact: Artifact) -> tuple[Engine, ...]:
    """The engines that are named, or all that work here, one per target."""
    from litebert.backends import named_engine, working_engines

    if names is None:
        return working_engines(artifact.targets)
    return tuple(dict.fromkeys(named_engine(name, artifact.targets) for name in names.split(",")))


def _counts(name: str, text: str) -> tuple[int, ...]:
    counts = _numbers(name, text, int)
    if min(counts) < 1:
        raise InputError(f"--{name} is {text!r:.60}; expected whole numbers from 1 with commas between")
    return counts


def _threads(text: str) -> tuple[int, ...]:
    from litebert.tools.commands import warn

    counts = _counts("threads", text)
    return tuple(dict.fromkeys(usable_threads(count, warn) for count in counts))


def _settings(options: argparse.Namespace, artifact: Artifact) -> dict[str, Setting | None]:
    """Full depth, and every combination of the values that were given, by name."""
    early = max(0, max(len(target.exits) for target in artifact.targets.values()) - 1)
    given = {name: getattr(options, name) for name in _KNOBS if getattr(options, name) is not None}
    if not given and early and artifact.exit_rule and RULES[artifact.exit_rule].parameters == ("speed",):
        given = {"speed": _SPEEDS}
    values = [_numbers(name, text, _KNOBS[name]) for name, text in given.items()]
    settings: dict[str, Setting | None] = {"": None}
    for combination in product(*values) if given else ():
        knobs = dict(zip(given, combination, strict=True))
        name = " ".join(f"{knob}={value:g}" for knob, value in knobs.items())
        settings[name] = choose_setting(artifact.exit_rule, early, knobs)
    return settings


def _numbers(name: str, text: str, kind: Callable[[str], Number]) -> tuple[Number, ...]:
    """Numbers with commas between, each once."""
    try:
        return tuple(dict.fromkeys(kind(part) for part in text.split(",")))
    except ValueError as error:
        raise InputError(f"--{name} is {text!r:.60}; expected numbers with commas between") from error
