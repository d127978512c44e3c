"""The command `litebert`: its options; what it does stands in commands.py."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from litebert import __version__, commands
from litebert.arguments import command_line, offer
from litebert.backends import ENGINES
from litebert.backends.xnnpack_line import hushed
from litebert.bench.cli import add_bench
from litebert.data.flags import DATA_HELP, add_column_flags
from litebert.errors import LiteBertError, one_line
from litebert.fact_flags import add_fact_flags
from litebert.stopping import INTERRUPTED, INTERRUPTED_CODE, stoppable
from litebert.visible import escape_output, tell, visible

_Kinds: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

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
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and (options.run is not commands.run or any(text.startswith("-") for text in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
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


def _parser() -> argparse.ArgumentParser:
    parser = command_parser(
        "litebert",
        "Answer text with an artifact that litebert-export wrote, look into it, check it.",
        _EXAMPLES,
    )
    kinds = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_add_run, _add_inspect, _add_calibrate, _add_verify, add_bench, _add_doctor):
        add(kinds)
    return parser


def _add_run(kinds: _Kinds) -> None:
    run = kinds.add_parser("run", help="answer texts", description="Answer each text on a line of its own.")
    run.add_argument("artifact", type=Path, metavar="ARTIFACT", help="folder written by litebert-export")
    run.add_argument(
        "texts",
        nargs="*",
        default=[],
        metavar="TEXT",
        help="texts to answer; without any, the lines of stdin in UTF-8: an answer for each, blank ones too",
    )
    run.add_argument("--pair", action="store_true", help="each text is a pair, with a tab between its halves")
    run.add_argument("--json", action="store_true", help="a JSON object per answer, with every field")
    run.add_argument(
        "--backend",
        default="auto",
        help=f"auto (default: the fastest here), {', '.join(engine.name for engine in ENGINES)}",
    )
    run.add_argument("--threads", type=int, default=1, metavar="N", help="threads for one answer (default 1)")
    knobs = run.add_argument_group(
        "when to leave early (students with exits; full depth unless one is given)"
    )
    knobs.add_argument(
        "--speed",
        type=_per_exit,
        metavar="X",
        help="at the first exit whose uncertainty is below: 0 never, 1 at once; or a number for each early "
        "exit, such as 0.1,0.2",
    )
    knobs.add_argument(
        "--threshold", type=_per_exit, metavar="X", help="the same for DeeBERT's rule, in nats"
    )
    knobs.add_argument(
        "--patience", type=int, metavar="N", help="for PABEE's rule: after N comparisons without a change"
    )
    knobs.add_argument(
        "--max-changed-percent",
        type=float,
        metavar="PERCENT",
        help="as early as the calibration can promise, with 95 %% confidence, that at most so many of the "
        "answers differ from full depth's; what was taken, why, and the same as --speed, is said on stderr",
    )
    knobs.add_argument(
        "--max-accuracy-drop",
        type=float,
        metavar="POINTS",
        help="the same for at most so many points of accuracy lost against full depth",
    )
    knobs.add_argument(
        "--latency-budget-ms",
        type=float,
        metavar="MS",
        help="as late as this mean time allows here; no accuracy is promised",
    )
    run.set_defaults(run=commands.run)


def _add_inspect(kinds: _Kinds) -> None:
    inspect = kinds.add_parser("inspect", help="show what an artifact holds")
    inspect.add_argument("artifact", type=Path, metavar="ARTIFACT")
    inspect.add_argument("--json", action="store_true", help="as one JSON object")
    inspect.add_argument(
        "--plot", type=Path, metavar="PNG", help="draw accuracy against mean latency as calibrated"
    )
    inspect.set_defaults(run=commands.inspect)


def _add_calibrate(kinds: _Kinds) -> None:
    calibrate = kinds.add_parser(
        "calibrate",
        help="measure what each exit threshold gives on your text",
        description="Run every installed engine's graphs over your text, and write into the artifact what "
        "each exit setting gives there: accuracy, agreement with full depth, mean layers, share of compute. "
        "Afterwards --max-changed-percent (which needs no labels), --max-accuracy-drop and "
        "--latency-budget-ms, and load() in Python, choose from it. The first two are promises about new "
        "text of the same kind, with 95 % confidence over all settings together. Few texts promise little: "
        "598 are needed for 0.5 (percent or points), 299 for 1, 149 for 2, and more where answers differ. "
        "Use text that nothing was trained on. Each target is written as soon as it is measured: Ctrl-C "
        "keeps those that are. Its exits are timed for some 20 seconds at most.",
    )
    calibrate.add_argument("artifact", type=Path, metavar="ARTIFACT")
    calibrate.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"{DATA_HELP}; without labels answers are compared with full depth",
    )
    calibrate.add_argument(
        "--search",
        type=float,
        action="append",
        default=[],
        metavar="SHARE",
        help="also search one threshold per exit for the best accuracy at this share of compute (0 to 1), on "
        "a random half of the texts; the table then says what the other half gives; repeatable",
    )
    calibrate.add_argument("--json", action="store_true", help="as one JSON object")
    add_column_flags(calibrate)
    calibrate.set_defaults(run=commands.calibrate)


def _add_doctor(kinds: _Kinds) -> None:
    doctor = kinds.add_parser(
        "doctor",
        help="show what is installed, and which engine can run what here",
        description="Show versions, the CPU as far as speed depends on it, and which engines run which "
        "graphs here. For each artifact that is named, say which engine --backend auto takes, and why, and "
        "let every engine answer a text whose answer was kept at export: yes, or why not. Exit code 1 where "
        "none can.",
    )
    doctor.add_argument("artifacts", type=Path, nargs="*", metavar="ARTIFACT")
    doctor.add_argument("--json", action="store_true", help="as one JSON object")
    doctor.set_defaults(run=commands.doctor)


def _add_verify(kinds: _Kinds) -> None:
    verify = kinds.add_parser(
        "verify",
        help="check that an artifact is whole and answers as it did, or measure it on your texts",
        description="Check every file's hash, and with every installed engine that the answers stored at the "
        "export come again. With --data, also answer your own texts with each artifact and graph, side by "
        "side; the first row is what the others are compared with: the first ARTIFACT, or what --against "
        "names.",
    )
    verify.add_argument("artifacts", type=Path, nargs="+", metavar="ARTIFACT")
    verify.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help=f"{DATA_HELP}. Labels by name or number; without them, only what differs is shown",
    )
    verify.add_argument(
        "--against",
        type=Path,
        metavar="CHECKPOINT|ARTIFACT",
        help="what all are compared with: the checkpoint an artifact was made from, as it is, in float32 "
        "(needs the extra [export]), or another artifact",
    )
    verify.add_argument("--json", action="store_true", help="as one JSON object")
    add_column_flags(verify)
    add_fact_flags(verify)
    verify.set_defaults(run=commands.verify, refuse=verify.error)


def _per_exit(text: str) -> float | list[float]:
    """A number, or several with commas between."""
    try:
        first, *others = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r:.60}, expected a number, or several as 0.1,0.2") from None
    return [first, *others] if others else first


if __name__ == "__main__":
    sys.exit(main())
