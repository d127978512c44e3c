"""`litebert verify`: checks artifacts, and compares them on texts."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from litebert.arguments import argument
from litebert.artifact import open_artifact
from litebert.backends.selection import working_engines
from litebert.tools.command_line import Kinds
from litebert.tools.comparison import ComparisonRow
from litebert.tools.comparison_lines import comparison_lines
from litebert.tools.comparison_plan import plan_comparison
from litebert.tools.data.flags import DATA_HELP, add_column_flags, read_data
from litebert.tools.fact_flags import add_fact_flags, fact_values, flags_of
from litebert.tools.progress import Bar, part_of, phase_of
from litebert.tools.verify import replay_golden
from litebert.tools.verify_lines import replay_lines
from litebert.visible import show

_CHECKS_SHARE = 0.1  # of verify's time, where it answers texts as well


def add_verify(kinds: Kinds) -> None:
    """Adds `verify` to the commands of `litebert`."""
    parser = kinds.add_parser(
        "verify",
        help="check an artifact's files and answers, and compare it on your texts",
        description="Check the hash of every file, and that every installed engine repeats the answers "
        "stored at the export. With --data, also answer your texts with each graph of each artifact, and "
        "compare them with --against, else with the first ARTIFACT.",
    )
    parser.add_argument(
        "artifacts", type=Path, nargs="+", metavar="ARTIFACT", help="folders written by litebert-export"
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help=f"{DATA_HELP}; without labels the table has no accuracy",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="CHECKPOINT|ARTIFACT",
        help="compare with the checkpoint that was exported, in float32 (extra [export]), or with another "
        "artifact",
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    add_column_flags(parser)
    add_fact_flags(parser)
    parser.set_defaults(run=verify)


def verify(options: argparse.Namespace) -> int:
    """Replays golden answers and measures on data; returns the exit code, 1 where an answer differs."""
    facts = fact_values(options)
    names = ("against", "text_column", "label_column", "labels_are")
    flags = [argument(name) for name in names if getattr(options, name) is not None]
    if options.data is None and (flags or flags_of(facts)):
        options.parser.error(f"{', '.join([*flags, *flags_of(facts)])}: for --data FILE only")
    data = None if options.data is None else read_data(options.data, options)
    rows: tuple[ComparisonRow, ...] = ()
    with Bar() as bar:
        share = 1 if data is None else _CHECKS_SHARE
        with phase_of(bar.add, share / 2, "checking every file") as step:
            artifacts = []
            for path in options.artifacts:
                artifacts.append((path, open_artifact(path)))
                step(1 / len(options.artifacts))
            plan = None if data is None else plan_comparison(artifacts, data, options.against, facts)
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
