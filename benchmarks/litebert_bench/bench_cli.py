"""The commands `litebert bench` and `litebert-bench`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from litebert.exit_rules import parameters
from litebert.tools.data.flags import DATA_HELP, add_column_flags
from litebert.tools.exit_flags import help_of
from litebert.tools.progress import Bar
from litebert.tools.stopping import child
from litebert.visible import show
from litebert_bench.devices.device_cli import add_device_options, bench_there, names_a_device

if TYPE_CHECKING:
    from litebert.tools.command_line import Kinds, Parser
    from litebert_bench.measure.records import Record

_REPORT = "report"

_DESCRIPTION = """\
Measure an artifact on real text, each text at its own length: latency (p50, p90, p99) of the tokenizer, the
model and the whole answer, cold start, memory, sizes, exits, and accuracy if the texts have labels.
All engines, thread counts, batches and exit settings take turns, so that a machine that slows down slows them
all. stderr shows a first figure within seconds. The table comes at the end.
"""
_EXAMPLES = """\
examples:
  litebert-bench student.litebert --texts dev.tsv --html report.html
  litebert-bench student.litebert --ssh pi@raspberrypi --json pi.jsonl
  litebert-bench report pi.jsonl here.jsonl -o report/     # see litebert-bench report --help
"""
_REPORT_DESCRIPTION = """\
Make the report of benchmarks: FOLDER/report.html, a page in one file, and the same tables as
FOLDER/report.md.
"""
_REPORT_EXAMPLES = """\
example:
  litebert-bench report pi.jsonl here.jsonl -o report/
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `litebert-bench`; returns its exit code: 0, 1 for an error, 2 for wrong usage."""
    from litebert.tools.command_line import guarded

    return guarded(lambda: _command(sys.argv[1:] if arguments is None else list(arguments)))


def _command(given: Sequence[str]) -> int:
    parser = parser_of(given)
    options = parser.options(given[1:] if given[:1] == [_REPORT] else given)
    return int(options.run(options))


def parser_of(given: Sequence[str]) -> Parser:
    """The parser of `litebert-bench`, or of its command `report` where these arguments name it."""
    from litebert.tools.command_line import command_parser

    if given[:1] == [_REPORT]:
        parser = command_parser(f"litebert-bench {_REPORT}", _REPORT_DESCRIPTION, _REPORT_EXAMPLES)
        _add_report_options(parser)
        return parser
    parser = command_parser("litebert-bench", _DESCRIPTION, _EXAMPLES)
    _add_options(parser)
    return parser


def add_bench(kinds: Kinds) -> None:
    """Adds `bench` to the commands of `litebert`."""
    _add_options(
        kinds.add_parser(
            "bench",
            help="measure latency, memory, cold start and accuracy here",
            description=_DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
    )


def _add_options(parser: argparse.ArgumentParser) -> None:
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
    _add_exit_flags(parser)
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


def _add_report_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "records",
        nargs="+",
        type=Path,
        metavar="RECORDS",
        help="files that litebert bench --json or benchmarks/benchmark.py wrote",
    )
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER", help="where to write both")
    parser.set_defaults(run=report)


def _add_exit_flags(parser: argparse.ArgumentParser) -> None:
    """Adds a flag for each parameter of an exit rule, which takes several values."""
    settings = parser.add_argument_group("exit settings to measure beside full depth")
    for name, users in parameters().items():
        usual = next((parameter.usual for _, parameter in users if parameter.usual), ())
        default = f" (default {','.join(map(str, usual))})" if usual else ""
        metavar = f"{users[0][1].metavar},..."
        settings.add_argument(f"--{name}", metavar=metavar, help=help_of(users) + default)


def run(options: argparse.Namespace) -> int:
    """Measures, prints a table, and writes the files that were asked for; returns the exit code."""
    from litebert.tools.whole_file import check_writable, write_whole
    from litebert_bench.record_file import write_records
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
    from litebert.artifact import open_artifact
    from litebert_bench.bench_plan import plan_of
    from litebert_bench.measure.bench import bench
    from litebert_bench.measure.watch import Watch

    artifact = open_artifact(options.artifact)
    plan = plan_of(options, artifact)
    with Bar() as bar:
        return list(bench(artifact, plan, Watch(bar.add, bar.tell, child)))


def _bench_there(options: argparse.Namespace) -> list[Record]:
    from litebert.artifact import open_artifact
    from litebert_bench.bench_plan import plan_of

    artifact = open_artifact(options.artifact)
    return bench_there(options, artifact, plan_of(options, artifact))


def report(options: argparse.Namespace) -> int:
    """Writes the page and the Markdown of records and prints their paths; returns the exit code."""
    from litebert.tools.whole_file import write_whole
    from litebert_bench.record_file import read_records
    from litebert_bench.report.markdown import markdown
    from litebert_bench.report.page import page

    records = [record for path in options.records for record in read_records(path)]
    files = {"report.html": page(records), "report.md": markdown(records)}
    options.out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(options.out / name, content)
        show(str(options.out / name))
    return 0
