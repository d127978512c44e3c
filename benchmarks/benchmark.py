"""Peers side by side: models, environments, conversions, and one interleaved run of each model.

    python benchmarks/benchmark.py [--models NAME,...] [--only PEER,...] [--rounds N] [--texts N] [--quick]

Everything is made below build/benchmark and kept there for the next run. OUT/records.jsonl appears once all
is measured; until then the records so far are in OUT/records.jsonl.partial.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import commands
from environments import ROOT, Environment, make_environment
from figures import begin, records_of
from interleave import InterleavePlan, interleave, work
from litebert.artifact import TOKENIZER, open_artifact
from litebert.backends import Engine
from litebert.backends.selection import engines_for
from litebert.errors import InputError, LiteBertError, one_line
from litebert.graph_formats import SPLIT, WHOLE
from litebert.machine import read_cpu
from litebert.tasks.label_column import numbers_of
from litebert.tokenizer import Encoding, Text, load_tokenizer
from litebert.tools.data import read_data_file, read_texts
from litebert.tools.progress import Bar
from litebert.visible import escape_output, show
from litebert_bench.bench_plan import SAMPLE
from litebert_bench.measure.here import conditions
from litebert_bench.measure.inside import measure_segments
from litebert_bench.measure.record_line import to_line
from litebert_bench.measure.records import BenchSubject, Record
from models import NAMES, SST2, BenchModel, Export, make_model
from roofline import roofline
from subjects import EXACT_PEERS, PEERS, REFERENCE, Entry, Peer, prepare_peer

SPEEDS = (0.1, 0.2, 0.3, 0.5, 0.8)
MOST_TOKENS = 128
BATCH, BATCH_TEXTS, TURN = 8, 40, 8
JUDGED_TEXTS = 120  # of a model that has learnt nothing; a trained one is judged by all
_OURS = Path(__file__).parent / "peers" / "litebert_runtime.py"


def main() -> None:
    """Measures; the exit code is 1 where a part that was asked for cannot be done."""
    escape_output()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--models", type=_names, default=NAMES, help=f"default: {','.join(NAMES)}")
    parser.add_argument("--only", type=_names, help="peers; `litebert` for our own (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--texts", type=int, help="texts per model (default: 200, fewer for large models)")
    parser.add_argument("--turn", type=int, default=TURN, help=f"texts in a turn (default {TURN})")
    parser.add_argument("--threads", type=int, default=1, help="of each engine (default 1)")
    parser.add_argument("--seed", type=int, default=0, help="of the orders (default 0)")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="folder of the records")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 16 texts, to see that all works")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.texts = 2, 16
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("benchmark: stopped"))  # so that workers are ended
    try:
        _check(options)
        _benchmark(options)
    except LiteBertError as error:
        sys.exit(f"benchmark: {one_line(str(error))}")
    except KeyboardInterrupt:
        sys.exit("benchmark: stopped")


def _check(options: argparse.Namespace) -> None:
    """Raises InputError for options that no run can have."""
    peers = {peer.name for peer in (*PEERS, *EXACT_PEERS)} | {"litebert"}
    for given, known in ((options.models, {*NAMES}), (options.only or (), peers)):
        if not {*given} <= known:
            unknown = ", ".join(sorted({*given} - known))
            raise InputError(f"{unknown} is unknown; expected {', '.join(sorted(known))}")
    for name in ("rounds", "texts", "turn", "threads"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise InputError(f"--{name} is {value}; expected a whole number from 1")


def _benchmark(options: argparse.Namespace) -> None:
    begin = time.monotonic()
    options.out.mkdir(parents=True, exist_ok=True)
    partial = options.out / "records.jsonl.partial"
    models = [make_model(name, ROOT / "models") for name in options.models]
    peers = _peers(options.only)
    names = sorted({peer.environment for peer in peers})
    made = commands.at_once(lambda name: make_environment(name, ROOT / "venvs"), names)
    environments = {each.name: each for each in made}
    _convert(models, peers, environments)
    prepared = {model.name: _entries(model, peers, environments, options.only) for model in models}
    print(f"prepared in {(time.monotonic() - begin) / 60:.0f} min", flush=True)
    partial.unlink(missing_ok=True)  # of a run that was killed
    with partial.open("x", encoding="utf-8") as file:
        for model in models:
            for record in _run(model, prepared[model.name], options):
                file.write(f"{to_line(record)}\n")
            file.flush()
    partial.replace(options.out / "records.jsonl")
    show(f"wrote {options.out / 'records.jsonl'} after {(time.monotonic() - begin) / 60:.0f} min")


def _peers(only: Iterable[str] | None) -> list[Peer]:
    """The chosen peers; with exact arithmetic beside the default where the two differ."""
    able = (*PEERS, *EXACT_PEERS) if read_cpu().int8_sums_saturate else PEERS
    return [peer for peer in able if only is None or peer.name in {*only, REFERENCE}]


def _convert(
    models: Sequence[BenchModel], peers: Iterable[Peer], environments: dict[str, Environment]
) -> None:
    """Converts every model for every peer, the largest models first; failures are kept with their reasons."""
    jobs = [
        (peer, environments[peer.environment], model, ROOT / "converted")
        for model in reversed([each for each in models if each.problem is None])
        for peer in peers
        if not peer.exact  # those have the same files
    ]
    commands.at_once(lambda job: prepare_peer(*job), jobs)


def _entries(
    model: BenchModel, peers: Iterable[Peer], environments: dict[str, Environment], only: Iterable[str] | None
) -> list[Entry]:
    """The entries that run a model, ours and the peers'; none where there is no such model."""
    if model.problem is not None:
        return []
    theirs = [prepare_peer(peer, environments[peer.environment], model, ROOT / "converted") for peer in peers]
    return [*theirs, *(_ours(model) if only is None or "litebert" in only else [])]


def _ours(model: BenchModel) -> list[Entry]:
    entries = []
    for made in model.artifacts:
        if made.problem is not None:
            name = f"litebert {made.recipe} {made.layout}"
            entries.append(Entry(name, "litebert", made.recipe, made.layout, (), problem=made.problem))
            continue
        artifact = open_artifact(made.path)
        speeds = tuple(f"speed={speed:g}" for speed in SPEEDS) if made.layout != WHOLE else ()
        for engine in engines_for(artifact.targets):
            command = [sys.executable, str(_OURS), "serve", str(made.path), "--way", engine.name]
            name = our_name(engine, made)
            entries.append(Entry(name, "litebert", made.recipe, made.layout, tuple(command), ("", *speeds)))
    return entries


def our_name(engine: Engine, made: Export) -> str:
    """The name of an export of ours on an engine."""
    return f"litebert {engine.name} {made.recipe} {made.layout}"


def _run(model: BenchModel, entries: list[Entry], options: argparse.Namespace) -> list[Record]:
    """The records of one model."""
    texts, golds, source = _texts(model)
    plan = InterleavePlan(
        rows=(),
        timed=0,
        rounds=options.rounds,
        turn=options.turn,
        threads=options.threads,
        batch=BATCH,
        batch_texts=0,
        seed=options.seed,
        logs=ROOT / "logs" / model.name,
    )
    if model.problem is not None:
        run = begin(model, plan, source, labelled=False)
        absent = BenchSubject(run.run, model.name, model.name, "litebert", "", "", "", "", {}, model.problem)
        show(f"{model.name}: {model.problem}")
        return [run, absent]
    made = next(each for each in model.artifacts if each.problem is None)
    tokenizer = load_tokenizer(made.path / TOKENIZER)
    encodings = [tokenizer.encode(text) for text in texts]
    fitting = [number for number, each in enumerate(encodings) if len(each.input_ids) <= MOST_TOKENS]
    timed = fitting[: options.texts or model.texts]
    judged = len(fitting) if model.trained else JUDGED_TEXTS
    chosen = timed if options.quick else fitting[: max(judged, len(timed))]
    rows = tuple(
        {"input_ids": list(encodings[i].input_ids), "token_type_ids": list(encodings[i].type_ids)}
        for i in chosen
    )
    plan = replace(plan, rows=rows, timed=len(timed), batch_texts=min(BATCH_TEXTS, len(timed)))
    run = begin(model, plan, source, labelled=golds is not None)
    before = conditions(run.run, "before")
    able = sum(entry.problem is None for entry in entries)
    print(f"{model.name}: {able} subjects, {plan.rounds} rounds of {plan.timed} texts ...", flush=True)
    start = time.monotonic()
    with Bar(work(entries, plan)) as bar:
        outcomes = interleave(entries, plan, bar.add)
    print(f"{model.name}: measured in {(time.monotonic() - start) / 60:.1f} min", flush=True)
    for outcome in outcomes:
        if outcome.problem is not None:
            show(f"{model.name}: {outcome.entry.name}: {outcome.problem}")
    right = None if golds is None else [golds[i] for i in chosen]
    shares = [] if options.quick else list(_inside(run.run, model, options.threads, encodings))
    return [
        run,
        before,
        *records_of(run.run, model, plan, outcomes, right),
        *shares,
        conditions(run.run, "after"),
    ]


def _inside(run: str, model: BenchModel, threads: int, encodings: list[Encoding]) -> Iterator[Record]:
    """The shares of our own time: by segment, by operator, and beside the engine's own products."""
    for made in (each for each in model.artifacts if each.problem is None):
        artifact = open_artifact(made.path)
        for engine in engines_for(artifact.targets):
            print(f"{model.name}: looking into {made.recipe} {made.layout}, {engine.name}", flush=True)
            name = our_name(engine, made)
            if made.layout == SPLIT:
                yield from measure_segments(run, name, artifact, engine, threads, encodings)
            elif made.layout == WHOLE:
                yield from roofline(run, name, artifact, engine, threads)


def _texts(model: BenchModel) -> tuple[list[Text], list[int] | None, str]:
    """The texts, their gold labels where the model was trained for them, and their source."""
    file = SST2 / "test.tsv"
    if not file.exists():
        return read_texts(SAMPLE), None, "built-in"
    if not model.trained:
        return read_texts(file), None, f"SST-2 {file.name}"
    data = read_data_file(file)
    return data.texts(), numbers_of(data.cells(), ("negative", "positive")), f"SST-2 {file.name}"


def _names(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


if __name__ == "__main__":
    main()
