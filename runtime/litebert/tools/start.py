"""The start of commands: Ctrl-C and SIGTERM take effect before the command's modules are imported."""

from importlib import import_module

from litebert.tools.stopping import INTERRUPTED, stoppable


def start(module: str) -> int:
    """Imports a command's module and runs its `main`; returns the exit code."""
    with stoppable(INTERRUPTED):
        return int(import_module(module).main())


def litebert() -> int:
    """Runs the command `litebert`; returns the exit code."""
    return start("litebert.tools.cli")
