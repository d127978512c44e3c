"""This machine's facts, in records."""

from __future__ import annotations

import datetime
import platform
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from litebert import __version__
from litebert.machine import read_cores, read_cpu, read_state
from litebert.packages import package_version
from litebert_bench.measure.records import FORMAT_VERSION, Conditions, Run


def begin_run(
    program: str,
    texts: str,
    labelled: bool,
    tokens: Sequence[int],
    modules: Mapping[str, str],
    options: dict[str, Any],
) -> Run:
    """A run on this machine that begins now, with a name of its own.

    Args:
        program: the program that measures.
        texts: the source of the texts.
        labelled: whether their gold answers are known.
        tokens: the length of each text.
        modules: the packages, beside litebert and Python, whose versions count: pip's name, and the module.
        options: the other options of the run.
    """
    versions = {name: package_version(name, module) for name, module in modules.items()}
    return Run(
        format_version=FORMAT_VERSION,
        run=secrets.token_hex(8),
        started=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        program=program,
        device="local",
        platform=platform.platform(),
        cpu=asdict(read_cpu()),
        cores=asdict(read_cores()),
        packages={
            "litebert": __version__,
            "python": platform.python_version(),
            **versions,
        },
        texts=texts,
        labelled=labelled,
        tokens=list(tokens),
        options=options,
    )


def conditions(run: str, when: str) -> Conditions:
    """The measurements that this machine gives of itself right now."""
    state = read_state()
    return Conditions(run, when, state.governor, list(state.mhz), dict(state.celsius), state.load)
