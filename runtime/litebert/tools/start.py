"""How commands start: Ctrl-C and SIGTERM are heard before what they need is imported."""

from importlib import import_module

from litebert.tools.stopping import INTERRUPTED, stoppable


def start(module: str) -> int:
    """Imports a command's module and runs its `main`; returns the exit code."""
    with stoppable(INTERRUPTED):
        return int(import_module(module).main())


def litebert() -> int:
    """The command `litebert`."""
    return start("litebert.tools.cli")
