"""The part that all peers share: two commands, and the protocol by which the conductor times them alike.

    python benchmarks/peers/NAME.py prepare CHECKPOINT OUT [--way W] [--lengths 32,64,128]
    python benchmarks/peers/NAME.py serve OUT --threads N [--way W] [--exact]

`prepare` converts a Hugging Face folder; OUT appears whole or not at all. `serve` opens OUT and then speaks
JSON lines: it first writes `ready`, then it answers each request on stdin, until that ends. A request is

    {"rows": [{"input_ids": [...], "token_type_ids": [...]}, ...], "batch": 8, "setting": ""}

and is answered, `batch` rows per call, by

    {"wall_ms": [...], "cpu_ms": [...], "logits": [[...], ...], "exits": [...]}

with one time per call, from plain lists of ids to logits in numpy. An error is one line on stderr of
`prepare`, `{"error": LINE}` of `serve`, and ends the process. Only the standard library and numpy are
imported here, since each peer runs in an environment of its own.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

TextIds: TypeAlias = "dict[str, list[int]]"
Logits: TypeAlias = "NDArray[Any]"
Call: TypeAlias = "Callable[[Sequence[TextIds]], Logits]"
EarlyCall: TypeAlias = "Callable[[Sequence[TextIds]], tuple[Logits, list[int]]]"

_SHOWN = 300  # characters of an error


@dataclass(frozen=True)
class Opened:
    """A model that a peer has opened.

    Attributes:
        answer: from rows, which may differ in length, to logits [rows, labels].
        engine: the engine, with its version.
        arithmetic: of int8 sums: `exact`, or `default` where the engine may saturate; `float` without int8.
        notes: facts that a reader of the figures should know, such as padding.
        files: sizes in bytes by name; all files below OUT where None.
        early: by setting, such as `speed=0.3`: from rows to logits and the layer behind which each answered.
    """

    answer: Call
    engine: str
    arithmetic: str
    notes: Sequence[str] = ()
    files: Mapping[str, int] | None = None
    early: Mapping[str, EarlyCall] = field(default_factory=dict)


@dataclass(frozen=True)
class PeerProgram:
    """A peer: its names and the functions that run it.

    Attributes:
        name: its name, such as `onnxruntime`.
        ways: the values of `--way`; the first is the default.
        prepare: writes the files to open into an empty folder, from a Hugging Face folder and the options.
        open: opens that folder, with the options.
        imports: the modules that `open` needs; their import is timed apart.
        packages: the distributions whose versions it reports.
    """

    name: str
    ways: tuple[str, ...]
    prepare: Callable[[Path, Path, argparse.Namespace], None]
    open: Callable[[Path, argparse.Namespace], Opened]
    imports: tuple[str, ...]
    packages: tuple[str, ...]


def run(peer: PeerProgram) -> None:
    """Runs the command that the command line names."""
    parser = argparse.ArgumentParser(description=f"{peer.name}, as a peer in a benchmark")
    commands = parser.add_subparsers(dest="command", required=True)
    prepare = commands.add_parser("prepare", help="convert a checkpoint")
    prepare.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
    prepare.add_argument(
        "--lengths", type=_numbers, default=(), help="fixed lengths, where a peer needs them"
    )
    serve = commands.add_parser("serve", help="answer requests on stdin")
    serve.add_argument("--threads", type=int, required=True)
    serve.add_argument("--exact", action="store_true", help="exact int8 sums, where the engine can")
    serve.add_argument("--speeds", type=_words, default=(), help="settings of early exit to offer")
    for command in (prepare, serve):
        command.add_argument("out", type=Path, metavar="OUT")
        command.add_argument("--way", choices=peer.ways, default=peer.ways[0])
    options = parser.parse_args()
    if options.command == "serve":
        _serve(peer, options)
    else:
        _prepare(peer, options)


def pad(rows: Sequence[TextIds], dtype: Any = np.int64, tokens: int = 0) -> dict[str, NDArray[Any]]:
    """Rows as arrays [rows, longest] by input's name, zeros behind each, masked; at least `tokens` long."""
    longest = max(tokens, *(len(row["input_ids"]) for row in rows))
    shape = (len(rows), longest)
    arrays = {name: np.zeros(shape, dtype) for name in ("input_ids", "attention_mask", "token_type_ids")}
    for number, row in enumerate(rows):
        length = len(row["input_ids"])
        arrays["input_ids"][number, :length] = row["input_ids"]
        arrays["token_type_ids"][number, :length] = row["token_type_ids"]
        arrays["attention_mask"][number, :length] = 1
    return arrays


def _prepare(peer: PeerProgram, options: argparse.Namespace) -> None:
    sys.excepthook = lambda kind, error, trace: print(_line(error), file=sys.stderr)
    partial = options.out.with_name(f"{options.out.name}.partial")
    for stale in (partial, options.out):
        shutil.rmtree(stale, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        peer.prepare(options.checkpoint, partial, options)
        partial.rename(options.out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _serve(peer: PeerProgram, options: argparse.Namespace) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # prints of libraries must not break the protocol

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _send(answers, {"error": _line(error)})

    sys.excepthook = tell
    start = time.perf_counter()
    for name in peer.imports:
        importlib.import_module(name)
    imported = time.perf_counter()
    opened = peer.open(options.out, options)
    open_ms = (time.perf_counter() - imported) * 1000
    files = dict(_files(options.out) if opened.files is None else opened.files)
    ready = {
        "ready": True,
        "peer": peer.name,
        "engine": opened.engine,
        "packages": {name: version(name) for name in peer.packages},
        "import_ms": (imported - start) * 1000,
        "open_ms": open_ms,
        "size_bytes": sum(files.values()),
        "files": files,
        "arithmetic": opened.arithmetic,
        "notes": list(opened.notes),
    }
    _send(answers, ready)
    for line in sys.stdin:
        _send(answers, _answer(opened, json.loads(line)))


def _answer(opened: Opened, request: dict[str, Any]) -> dict[str, list[Any]]:
    rows, batch, setting = request["rows"], request["batch"], request.get("setting", "")
    call = opened.early[setting] if setting or opened.early else lambda rows: (opened.answer(rows), [])
    answer: dict[str, list[Any]] = {"wall_ms": [], "cpu_ms": [], "logits": [], "exits": []}
    for first in range(0, len(rows), batch):
        chunk = rows[first : first + batch]
        cpu, wall = time.process_time(), time.perf_counter()
        logits, exits = call(chunk)
        answer["wall_ms"].append((time.perf_counter() - wall) * 1000)
        answer["cpu_ms"].append((time.process_time() - cpu) * 1000)
        answer["logits"] += np.asarray(logits, np.float64).tolist()
        answer["exits"] += exits
    return answer


def _files(folder: Path) -> dict[str, int]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}


def _send(stream: TextIO, body: dict[str, Any]) -> None:
    stream.write(json.dumps(body) + "\n")
    stream.flush()


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:_SHOWN]


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _words(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


if __name__ == "__main__":
    sys.exit("a module of the peers, not a peer; run one of them")
