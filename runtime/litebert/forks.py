"""Forks: a child has one thread of its parent's, lacks the others' work, and their locks stay shut."""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass, field
from threading import get_ident
from types import TracebackType
from weakref import WeakKeyDictionary

from litebert.errors import InputError


@dataclass(eq=False, repr=False)
class _Process:
    """This process.

    Attributes:
        calls: its threads that are in a call to an engine.
        forks: the number of forks from the first process to this one.
        busy_fork: the last fork at which a thread was in a call; 0 for none.
        networks: the networks that engines have opened, with their threads.
    """

    calls: set[int] = field(default_factory=set)
    forks: int = 0
    busy_fork: int = 0
    networks: WeakKeyDictionary[object, int] = field(default_factory=WeakKeyDictionary)

    def forked(self) -> None:
        """Notes a fork, in the child.

        Frees no network that lacks its threads: freeing would wait for them.
        """
        self.forks += 1
        if self.calls:
            self.busy_fork = self.forks
        for network, threads in self.networks.items():
            if self.calls or threads > 1:
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(network))
        self.calls.clear()


_process = _Process()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_process.forked)


class ForkGuard:
    """A block around each call to a model's engine; raises where the call might never end after a fork."""

    def __init__(self, threads: int) -> None:
        """Args: the number of threads that the engine uses for one answer."""
        self._threads = threads
        self._forks = _process.forks

    def watch(self, network: object) -> None:
        """Notes a network that the engine has opened."""
        _process.networks[network] = self._threads

    def __enter__(self) -> None:
        if self._forks < _process.busy_fork or (self._threads > 1 and self._forks < _process.forks):
            missing = f"its {self._threads} threads are" if self._threads > 1 else "a call that ran then is"
            raise InputError(
                f"the model was opened before this process was forked, and {missing} missing here; "
                "open it after the fork, with litebert.load() in the new process"
            )
        _process.calls.add(get_ident())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _process.calls.discard(get_ident())


def forked_in_a_call() -> bool:
    """Whether this process was forked while a thread was in a call to an engine."""
    return _process.busy_fork > 0
