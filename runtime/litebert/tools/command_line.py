"""The parser of all our commands, and the guard that turns errors into lines and exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn, TypeAlias

from litebert import __version__
from litebert.arguments import command_line, offer
from litebert.backends.xnnpack_line import hushed
from litebert.errors import LiteBertError, one_line
from litebert.tools.stopping import INTERRUPTED, INTERRUPTED_CODE, stoppable
from litebert.visible import escape_output, tell, visible, warn

Kinds: TypeAlias = "argparse._SubParsersAction[Parser]"  # the commands of a command


class Parser(argparse.ArgumentParser):
    """A parser whose usage errors, which repeat arguments, cannot steer a terminal.

    Attributes:
        is_bare: whether no argument was given; an error then shows the help.
    """

    is_bare = False

    def options(self, given: Sequence[str] | None = None) -> argparse.Namespace:
        """The options of a command without subcommands; other arguments may follow them.

        Later errors of the command name only flags that it has.

        Args:
            given: the arguments; those of the process where None.
        """
        arguments = sys.argv[1:] if given is None else [*given]
        self.is_bare = not arguments
        offer(self._option_string_actions)
        options, rest = self.parse_known_intermixed_args(arguments)
        if rest:
            flags = [text for text in rest if text.startswith("-")]
            self.error(f"unrecognized arguments: {' '.join(flags or rest)}")
        return options

    def error(self, message: str) -> NoReturn:
        """Ends the process with code 2 and the error in one line, below the usage or the help."""
        if self.is_bare:
            self.print_help(sys.stderr)
            self.exit(2, f"{self.prog}: error: {visible(message)}\n")
        super().error(visible(message))


def guarded(command: Callable[[], int], stopped: str = INTERRUPTED) -> int:
    """Runs a command on any terminal; an expected error becomes one line on stderr and exit code 1.

    Ctrl-C and SIGTERM end it at any moment with 130 and 143 and the line `stopped`. A warning becomes a line.
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
    """A block in which Python's warnings become lines on stderr like ours."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: warn(one_line(str(message)))
        yield


def command_parser(prog: str, description: str, epilog: str) -> Parser:
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
