"""The program inside the emulator: replays an artifact's golden cases, counts an answer at each exit.

    guest.py ARTIFACT ENGINE TOKENS CALLS

Prints one line of JSON. An answer is counted between two markers, which the plugin (count.c) sees: after one
answer that warms up, CALLS answers at each exit, from token ids to logits, batch 1, one thread.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version

from litebert.artifact import open_artifact
from litebert.backends import ENGINES
from litebert.errors import LiteBertError
from litebert.exit_settings import leave_at
from litebert.golden import read_golden
from litebert.machine import read_cpu
from litebert.runner import Runner
from litebert.tokenizer import Encoding
from litebert.tools.verify import replay

_MARKER = 0xBEEF  # the answer does not matter: the plugin sees the question


def main(path: str, engine_name: str, tokens: int, calls: int) -> None:
    """Prints the findings; the counts go to the plugin's file, two markers per answer."""
    artifact = open_artifact(path)
    (engine,) = (each for each in ENGINES if each.name == engine_name)
    with Runner(artifact, engine.name, threads=1, preload=True) as runner:
        exit_layers = runner.exit_layers
        text = Encoding(tuple(range(tokens)), (0,) * tokens)
        for number in range(len(exit_layers)):
            setting = leave_at(number, len(exit_layers) - 1)
            runner.answers([text], setting)
            for _ in range(calls):
                _mark()
                runner.answers([text], setting)
                _mark()
    replayed = replay(artifact, engine, read_golden(artifact))
    found = {
        "platform": " ".join((platform.system(), platform.machine(), *platform.libc_ver())),
        "packages": {"python": platform.python_version()}
        | {name: version(name) for name in ("numpy", "tokenizers", engine.name)},
        "cpu": asdict(read_cpu()),
        "exit_layers": exit_layers,
        "cases": replayed.cases,
        "worst": replayed.worst,
        "wrong_ids": replayed.wrong_ids,
    }
    print(json.dumps(found))


def _mark() -> None:
    with suppress(OSError):
        os.getpriority(os.PRIO_PROCESS, _MARKER)


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    except LiteBertError as error:
        sys.exit(str(error))
