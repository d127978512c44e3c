"""The command `litebert`, which runs one of its commands."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from litebert.errors import MissingExtraError
from litebert.tools.command_line import Kinds, Parser, command_parser, guarded
from litebert.tools.commands.calibrate_command import add_calibrate
from litebert.tools.commands.doctor_command import add_doctor
from litebert.tools.commands.inspect_command import add_inspect
from litebert.tools.commands.run_command import add_run
from litebert.tools.commands.verify_command import add_verify

_OTHERS = "litebert.commands"  # the group of entry points that add a command
_BENCH = "bench"  # a command of such an entry point, in a part of LiteBERT that a runtime may lack
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code: 0, 1 for an error, 2 for wrong usage."""
    return guarded(lambda: _command(arguments))


def _command(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else [*arguments]
    parser, commands_by_name = _parser(given)
    chosen = commands_by_name.get(given[0]) if given else None
    if chosen is None:
        parser.is_bare = not given
        options = parser.parse_args(given)
    else:
        options = chosen.options(given[1:])
    return int(options.run(options))


def _parser(given: Sequence[str]) -> tuple[Parser, Mapping[str, Parser]]:
    """The parser of `litebert`, and those of its commands, as far as the arguments need them."""
    parser = command_parser(
        "litebert",
        "Run, inspect, check and measure the artifacts that litebert-export writes.",
        _EXAMPLES,
    )
    kinds = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (add_run, add_inspect, add_calibrate, add_verify):
        add(kinds)
    if not {*given[:1]} & {*kinds.choices, "doctor"}:  # finding them takes time, which run need not spend
        _add_others(kinds)
        if given[:1] == [_BENCH] and _BENCH not in kinds.choices:
            raise MissingExtraError(
                "litebert bench: the package litebert_bench is not installed; install all of LiteBERT, not "
                "its runtime alone"
            )
    add_doctor(kinds)
    for kind in kinds.choices.values():
        kind.set_defaults(parser=kind)
    return parser, kinds.choices


def _add_others(kinds: Kinds) -> None:
    """Adds the commands of other installed parts and packages."""
    from importlib.metadata import entry_points

    for entry in entry_points(group=_OTHERS):
        with suppress(ModuleNotFoundError):  # the part was left out
            entry.load()(kinds)


if __name__ == "__main__":
    sys.exit(main())
