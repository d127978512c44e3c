"""The command `litebert`: its options; what it does stands in commands.py."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from litebert import __version__
from litebert.arguments import command_line, offer
from litebert.backends import ENGINES
from litebert.backends.xnnpack_line import hushed
from litebert.errors import LiteBertError, MissingExtraError, one_line
from litebert.tools import commands
from litebert.tools.data.flags import DATA_HELP, add_column_flags
from litebert.tools.exit_flags import add_exit_flags
from litebert.tools.fact_flags import add_fact_flags
from litebert.tools.stopping import INTERRUPTED, INTERRUPTED_CODE, stoppable
from litebert.visible import escape_output, tell, visible

_Kinds: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

_OTHERS = "litebert.commands"  # the group of entry points that add a command
_BENCH = "bench"  # which is one of them, in a part of LiteBERT that a runtime need not have
_EXAMPLES = """\
examples:
  litebert run student.litebert "a gripping film ."
  cat reviews.txt | litebert run student.litebert --json
  litebert inspect student.litebert
  litebert calibrate student.litebert --data dev.tsv
  litebert run student.litebert --max-changed-percent 2 "a gripping film ."
  litebert verify student.litebert
  litebert doctor student.litebert
  litebert bench student.litebert --texts dev.tsv --html report.html
  litebert verify student.litebert --data labelled.tsv --against my-student/
"""


class Parser(argparse.ArgumentParser):
    """A parser whose usage errors, which repeat arguments, cannot steer a terminal."""

    _is_bare = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse's; errors of the command then name no flag that it lacks."""
        self._is_bare = not (sys.argv[1:] if args is None else args)
        offer(self._option_string_actions)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Says what is wrong in one line and exits with 2; to who gave nothing at all it shows the help."""
        if self._is_bare:
            self.print_help(sys.stderr)
            self.exit(2, f"{self.prog}: error: {visible(message)}\n")
        super().error(visible(message))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 0, 1 for an error, 2 for wrong usage."""
    return guarded(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = _parser(given)
    options, rest = parser.parse_known_args(given)
    flags = [text for text in rest if text.startswith("-")]
    if rest and (options.run is not commands.run or flags):
        options.parser.error(f"unrecognized arguments: {' '.join(flags or rest)}")
    if rest:  # argparse does not see texts behind an option
        options.texts += rest
    return int(options.run(options))


def guarded(command: Callable[[], int], stopped: str = INTERRUPTED) -> int:
    """Runs a command on any terminal; an expected error becomes one line on stderr and exit code 1.

    Ctrl-C and SIGTERM end it at any moment with 130 and 143 and the line `stopped`. A warning is a line too.
    """
    escape_output()
    code = 1
    try:
        with stoppable(stopped), command_line(), _warnings_told(), hushed():
            return command()
    except LiteBertError as error:
        message = str(error)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        message = f"{error.filename or 'input/output'}: {error.strerror or error}"
    except KeyboardInterrupt:  # not of a signal, which ends the process
        message, code = stopped, INTERRUPTED_CODE
    tell(f"error: {one_line(message)}")
    return code


@contextmanager
def _warnings_told() -> Iterator[None]:
    """A block in which Python's warnings are told as ours are."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: commands.warn(one_line(str(message)))
        yield


def command_parser(prog: str, description: str, epilog: str) -> argparse.ArgumentParser:
    """A parser with --version, whose description and epilog are shown line by line."""
    parser = Parser(
        prog=prog,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version", action="version", version=f"{prog} {__version__}", help="show the version and end"
    )
    return parser


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = command_parser(
        "litebert",
        "Run, inspect, check and measure the artifacts that litebert-export writes.",
        _EXAMPLES,
    )
    kinds = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_run, _add_inspect, _add_calibrate, _add_verify):
        add(kinds)
    if not {*given[:1]} & {*kinds.choices, "doctor"}:  # finding them takes time, which run need not spend
        _add_others(kinds)
        if given[:1] == [_BENCH] and _BENCH not in kinds.choices:
            raise MissingExtraError(
                "litebert bench: the package litebert_bench is not installed; install all of LiteBERT, not "
                "its runtime alone"
            )
    _add_doctor(kinds)
    for kind in kinds.choices.values():
        kind.set_defaults(parser=kind)
    return parser


def _add_others(kinds: _Kinds) -> None:
    """Adds the commands that other installed parts and packages have."""
    from importlib.metadata import entry_points

    for entry in entry_points(group=_OTHERS):
        with suppress(ModuleNotFoundError):  # the part was left out
            entry.load()(kinds)


def _add_run(kinds: _Kinds) -> None:
    run = kinds.add_parser("run", help="answer texts", description="Answer texts, one line each.")
    run.add_argument("artifact", type=Path, metavar="ARTIFACT", help="folder written by litebert-export")
    run.add_argument(
        "texts",
        nargs="*",
        default=[],
        metavar="TEXT",
        help="texts to answer; without any, each line of stdin (UTF-8) is a text, blank lines too",
    )
    run.add_argument(
        "--pair",
        action="store_true",
        help="each text is a pair, with a tab between its halves; in bash: $'one half\\tthe other'",
    )
    run.add_argument("--json", action="store_true", help="a JSON object per answer, with every field")
    run.add_argument(
        "--backend",
        default="auto",
        help=f"auto (default: the fastest here), {', '.join(engine.name for engine in ENGINES)}",
    )
    run.add_argument("--threads", type=int, default=1, metavar="N", help="threads for one answer (default 1)")
    knobs = run.add_argument_group(
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
    run.set_defaults(run=commands.run)


def _add_inspect(kinds: _Kinds) -> None:
    inspect = kinds.add_parser(
        "inspect",
        help="show what an artifact holds",
        description="Show an artifact's task, labels, graphs and sizes, and its calibration if it has one.",
    )
    inspect.add_argument("artifact", type=Path, metavar="ARTIFACT", help="folder written by litebert-export")
    inspect.add_argument("--json", action="store_true", help="as one JSON object")
    inspect.add_argument(
        "--plot",
        type=Path,
        metavar="SVG",
        help="draw accuracy against mean time from the calibration, as a picture in SVG",
    )
    inspect.set_defaults(run=commands.inspect)


def _add_calibrate(kinds: _Kinds) -> None:
    calibrate = kinds.add_parser(
        "calibrate",
        help="measure what each exit setting gives on your text",
        description="Measure on your text what each exit setting gives: accuracy, agreement with full depth "
        "(all layers), mean layers, compute and time. The table is printed and written into the artifact. "
        "Afterwards litebert run and load() choose a setting by --max-changed-percent, --max-accuracy-drop "
        "or --latency-budget-ms. Use text that nothing was trained on; labels are optional. Few texts "
        "promise little: a limit of 2 (percent or points) needs 149 texts, 1 needs 299, 0.5 needs 598, and "
        "more where answers differ. Timing takes at most some 20 seconds a target. Ctrl-C keeps the targets "
        "that are written.",
    )
    calibrate.add_argument(
        "artifact", type=Path, metavar="ARTIFACT", help="folder written by litebert-export"
    )
    calibrate.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"{DATA_HELP}; without labels the table has no accuracy",
    )
    calibrate.add_argument(
        "--search",
        type=float,
        action="append",
        default=[],
        metavar="SHARE",
        help="also search for one threshold per exit, the most accurate at this share of the compute (0 to "
        "1); a random half of the texts is searched, and the table is of the other half; repeatable",
    )
    calibrate.add_argument("--json", action="store_true", help="as one JSON object")
    add_column_flags(calibrate)
    calibrate.set_defaults(run=commands.calibrate)


def _add_doctor(kinds: _Kinds) -> None:
    doctor = kinds.add_parser(
        "doctor",
        help="show which engines work here, and which one answers",
        description="Show versions, what matters of the CPU, and which engines run here. For each ARTIFACT, "
        "say which engine --backend auto takes and why, and check every engine with a text whose answer the "
        "export stored. The exit code is 1 if no engine can answer.",
    )
    doctor.add_argument(
        "artifacts", type=Path, nargs="*", metavar="ARTIFACT", help="folders written by litebert-export"
    )
    doctor.add_argument("--json", action="store_true", help="as one JSON object")
    doctor.set_defaults(run=commands.doctor)


def _add_verify(kinds: _Kinds) -> None:
    verify = kinds.add_parser(
        "verify",
        help="check an artifact's files and answers, and compare it on your texts",
        description="Check the hash of every file, and that every installed engine repeats the answers "
        "stored at the export. With --data, also answer your texts with each graph of each artifact, and "
        "compare them with what --against names, else with the first ARTIFACT.",
    )
    verify.add_argument(
        "artifacts", type=Path, nargs="+", metavar="ARTIFACT", help="folders written by litebert-export"
    )
    verify.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help=f"{DATA_HELP}; without labels the table has no accuracy",
    )
    verify.add_argument(
        "--against",
        type=Path,
        metavar="CHECKPOINT|ARTIFACT",
        help="compare with the checkpoint that was exported, in float32 (extra [export]), or with another "
        "artifact",
    )
    verify.add_argument("--json", action="store_true", help="as one JSON object")
    add_column_flags(verify)
    add_fact_flags(verify)
    verify.set_defaults(run=commands.verify)


if __name__ == "__main__":
    sys.exit(main())
