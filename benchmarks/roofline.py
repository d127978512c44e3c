"""The share of its engine's matrix products in a model's time, and the operators that take the rest.

    python benchmarks/roofline.py ARTIFACT... --json OUT

For each length, the artifact answers in turn with a graph of nothing but its products: every linear of the
model, in its shape and in the form of the recipe, int8 with the scaling of its rows. The products' time is
the least that the engine makes possible for these shapes. Their share of the whole model's time shows how
near the model comes to it. Products of activations in attention count as the rest. Times are wall times at
batch 1, full depth, from ids to logits.

The engine's own profiler gives the rest by kind of operator, in answers of their own: it costs time, most of
the time that it shows between operators.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from litebert.artifact import Artifact, open_artifact
from litebert.backends import Engine
from litebert.backends.onnx import OnnxSession, open_session, session_options
from litebert.backends.selection import engines_for, named_engine
from litebert.batches import feeds
from litebert.errors import InputError
from litebert.graph_formats import ONNX
from litebert.network import open_network
from litebert.targets import Segment
from litebert.tokenizer import Encoding
from litebert.tools.command_line import guarded
from litebert.tools.whole_file import check_writable
from litebert.visible import escape_output, show
from litebert_bench.measure.here import begin_run, conditions
from litebert_bench.measure.inside import LENGTHS, describe_subject
from litebert_bench.measure.records import Operators, Record, Roofline, milliseconds
from litebert_bench.record_file import write_records
from products import (
    Prepare,
    Product,
    open_onnx_products,
    open_tflite_products,
    products_of_file,
    products_of_trace,
    tflite_file,
)

Call = Callable[[], Any]
Event = dict[str, Any]

BETWEEN = "between operators, the profiler included"
CALLS = 10  # per length and round
WARM_UP = 3
_SHORT = 7  # tokens, for finding products


def roofline(
    run: str,
    subject: str,
    artifact: Artifact,
    engine: Engine,
    threads: int,
    lengths: Sequence[int] = LENGTHS,
    rounds: int = 3,
) -> Iterator[Record]:
    """A `Roofline` and an `Operators` record for each length that the artifact takes.

    Args:
        run: the name of the run in the records.
        subject: the name of the artifact on this engine in the records.
        artifact: an artifact of the recipe and layout to measure.
        engine: onnxruntime or ai-edge-litert.
        threads: the engine's threads.
        lengths: in tokens.
        rounds: the number of rounds over all lengths; CALLS samples each.

    Raises:
        InputError: the engine is another one, or the artifact's graphs take fixed lengths.
    """
    lengths = [tokens for tokens in lengths if tokens <= artifact.max_tokens]
    with TemporaryDirectory() as folder:
        products, prepare = _opened(artifact, engine, threads, Path(folder))
        model = _model(artifact, engine, threads)
        samples: dict[int, tuple[list[float], list[float]]] = {tokens: ([], []) for tokens in lengths}
        for _ in range(rounds):
            for tokens in lengths:
                _take_turns((prepare(tokens), model(tokens)), samples[tokens])
    for tokens, (products_ms, model_ms) in samples.items():
        operations = sum(product.operations(tokens) for product in products)
        yield Roofline(run, subject, threads, tokens, operations, products_ms, model_ms)
        yield _operators(run, subject, artifact, engine, threads, tokens)


def _opened(artifact: Artifact, engine: Engine, threads: int, folder: Path) -> tuple[list[Product], Prepare]:
    """The model's products, and a function that makes calls of them alone."""
    target = artifact.targets[engine.target]
    if engine.name == "onnxruntime":
        traces = _traces(artifact, threads, _SHORT, calls=1)
        products = [each for trace in traces for each in products_of_trace(_kernels(trace), _SHORT)]
        return products, open_onnx_products(products, target.recipe, folder, threads)
    if engine.name == "ai-edge-litert":
        products = products_of_file(tflite_file(artifact, target))
        return products, open_tflite_products(products, target.recipe, folder, threads)
    raise InputError(f"{engine.name}: no products are made for it; expected onnxruntime or ai-edge-litert")


def _model(artifact: Artifact, engine: Engine, threads: int) -> Callable[[int], Call]:
    """The whole model, in the runtime."""
    target = artifact.targets[engine.target]
    open_segment = engine.opener(artifact.path, threads)
    network = open_network(target, artifact.task, open_segment, preload=True)

    def prepare(tokens: int) -> Call:
        inputs = _inputs(tokens)
        return lambda: network.run(inputs, None)

    return prepare


def _inputs(tokens: int) -> Any:
    return feeds([Encoding((0,) * tokens, (0,) * tokens)])


def _take_turns(calls: Sequence[Call], samples: Sequence[list[float]]) -> None:
    for number in range(WARM_UP + CALLS):
        for call, times in zip(calls, samples, strict=True):
            start = time.perf_counter()
            call()
            elapsed = time.perf_counter() - start
            if number >= WARM_UP:
                times.append(milliseconds(elapsed))


def _operators(
    run: str, subject: str, artifact: Artifact, engine: Engine, threads: int, tokens: int
) -> Operators:
    if engine.name != "onnxruntime":
        problem = (
            f"{engine.name} {version(engine.name)} has a profiler in its C library only: none in Python, and "
            "no benchmark_model in its wheel"
        )
        return Operators(run, subject, tokens, 0, {}, problem)
    spent: dict[str, float] = defaultdict(float)
    for trace in _traces(artifact, threads, tokens, CALLS):
        for event in _kernels(trace):
            spent[event["args"]["op_name"]] += event["dur"]
            spent[BETWEEN] -= event["dur"]
        spent[BETWEEN] += sum(event["dur"] for event in trace if event["name"] == "model_run")
    mean_ms = {kind: milliseconds(spent[kind] / 1e6 / CALLS) for kind in sorted(spent)}
    return Operators(run, subject, tokens, CALLS, mean_ms)


def _kernels(trace: Sequence[Event]) -> list[Event]:
    """The operators among the events, without If, which contains others."""
    return [each for each in trace if each["cat"] == "Node" and each["args"].get("op_name") != "If"]


def _traces(artifact: Artifact, threads: int, tokens: int, calls: int) -> list[list[Event]]:
    """The events of ONNX Runtime's profiler for each graph, over some answers; durations in µs."""
    target = artifact.targets[ONNX.name]
    sessions = []
    with TemporaryDirectory() as folder:

        def open_profiled(segment: Segment) -> OnnxSession:
            options = session_options(threads)
            options.enable_profiling = True
            options.profile_file_prefix = str(Path(folder) / segment.name)
            path = artifact.path / segment.file
            sessions.append(open_session(path, options))
            return OnnxSession(sessions[-1], segment, path)

        network = open_network(target, artifact.task, open_profiled, preload=True)
        inputs = _inputs(tokens)
        for _ in range(WARM_UP + calls):
            network.run(inputs, None)
        traces = [
            json.loads(Path(session.end_profiling()).read_text(encoding="utf-8")) for session in sessions
        ]
    return [_behind_warm_up(trace) for trace in traces]


def _behind_warm_up(trace: Sequence[Event]) -> list[Event]:
    starts = sorted(event["ts"] for event in trace if event["name"] == "model_run")
    return [event for event in trace if event["ts"] >= starts[WARM_UP]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures artifacts and writes records; returns the exit code."""
    escape_output()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("artifacts", nargs="+", type=Path, metavar="ARTIFACT")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT", help="records as JSON lines")
    parser.add_argument("--backend", metavar="NAME", help="onnxruntime or ai-edge-litert (default: both)")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="of the engine (default 1)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help=f"of {CALLS} calls (default 3)")
    options = parser.parse_args(arguments)
    return guarded(lambda: _command(options))


def _command(options: argparse.Namespace) -> int:
    check_writable(options.json)
    if min(options.threads, options.rounds) < 1:
        raise InputError("--threads or --rounds is below 1; expected whole numbers from 1")
    records: list[Record] = []
    for path in options.artifacts:
        artifact = open_artifact(path)
        engines = engines_for(artifact.targets)
        if options.backend:
            engines = (named_engine(options.backend, artifact.targets),)
        begun = begin_run(
            "benchmark",
            "ids alone",
            False,
            [],
            {engine.name: engine.module for engine in engines},
            {"artifact": artifact.name, "threads": options.threads, "rounds": options.rounds},
        )
        run = begun.run
        records += [begun, conditions(run, "before")]
        for engine in engines:
            subject = describe_subject(run, artifact, engine)
            records.append(subject)
            for record in roofline(
                run, subject.subject, artifact, engine, options.threads, rounds=options.rounds
            ):
                records.append(record)
                show(_line(artifact.name, record))
        records.append(conditions(run, "after"))
    write_records(records, options.json)
    return 0


def _line(model: str, record: Record) -> str:
    """A record in a line; empty for a record of another kind."""
    if isinstance(record, Operators):
        most = sorted(record.operator_ms, key=record.operator_ms.__getitem__, reverse=True)
        parts = ", ".join(f"{kind} {record.operator_ms[kind]:.3f}" for kind in most[:8])
        return f"    ms by operator: {record.problem or parts}"
    if isinstance(record, Roofline):
        ratio, rate = _reached(record)
        return (
            f"{model}, {record.subject}: {record.tokens:4} tokens, products {rate:6.1f} Gop/s, "
            f"the model reaches {ratio:4.0%} of that"
        )
    return ""


def _reached(record: Roofline) -> tuple[float, float]:
    """The products' share of the model's time, by medians, and their operations per nanosecond."""
    products, model = (sorted(values)[len(values) // 2] for values in (record.products_ms, record.model_ms))
    return products / model, record.operations / products / 1e6


if __name__ == "__main__":
    sys.exit(main())
