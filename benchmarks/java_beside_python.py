"""The Java runtime beside Python's: the same artifact, engines and texts, in one interleaved run.

    python benchmarks/java_beside_python.py [--rounds 5] [--texts 200] [--data FILE] [--page FILE]
    python benchmarks/java_beside_python.py --check

Each round starts every process afresh in a new order, notes its first answer, and warms it up. Then all take
turns every few texts, at full depth, with exits, and tokenizing alone; the order moves on with each turn: a
machine that slows down slows all alike. Every sample goes to the records (benchmarks/results/java/), and the
tables made of them go between the two markers of the page (docs/android.md). With --check nothing is measured
or written; the exit code is 1 if the page has other figures than the records.

It builds the Java runtime first, which takes a minute, and needs JDK 17 and Maven.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import commands
from litebert.machine import read_cpu
from litebert.tools.data import read_texts
from litebert_bench.bench_plan import SAMPLE
from litebert_bench.measure.fresh import memory
from litebert_bench.report.ratios import with_spread
from models import SST2

ROOT = Path(__file__).resolve().parents[1]
STUDENT = ROOT / "examples" / "sst2-fastbert-3l"
RECORDS = ROOT / "benchmarks" / "results" / "java" / "records.jsonl"
PAGE = ROOT / "docs" / "android.md"
JARS = ROOT / "android_demo" / "cli" / "target"
BUILD = ROOT / "build" / "benchmark" / "java"
BEGIN = "<!-- figures: made by benchmarks/java_beside_python.py -->"
END = "<!-- end of figures -->"
ENGINES = (("TensorFlow Lite", "tflite", "ai-edge-litert"), ("ONNX Runtime", "onnxruntime", "onnxruntime"))
# By name: the speed (None: full depth), and whether texts are tokenized only.
WAYS: dict[str, tuple[float | None, bool]] = {
    "full depth": (None, False),
    "speed=0.2": (0.2, False),
    "speed=0.5": (0.5, False),
    "tokenizing alone": (None, True),
}
HEAP = "-Xmx64m"  # so that the peak is what is needed, not what the collector may leave lying about
_TURN, _MOST_CHARACTERS = 8, 400


@dataclass
class Sample:
    """A process's figures of one round.

    Attributes:
        language: `Java` or `Python`.
        engine: the engine's name.
        round: the number of the round, from 0.
        process_ms: from starting the process to its first answer.
        open_ms: of that, opening the artifact (Python: with its imports).
        answer_ms: of that, the first answer.
        peak_bytes: the most memory it had.
        ms: the time of each text, by the name of a way.
        layers: the layers that answered, likewise.
    """

    language: str
    engine: str
    round: int
    process_ms: float
    open_ms: float
    answer_ms: float
    peak_bytes: int = 0
    ms: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in WAYS})
    layers: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in WAYS})


def main() -> None:
    """Measures, and writes the records and the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--texts", type=int, default=200, help="texts that are timed (default 200)")
    parser.add_argument("--warm-up", type=int, default=3000, help="calls of each way before (default 3000)")
    parser.add_argument("--data", type=Path, default=SST2 / "test.tsv", metavar="FILE", help="texts")
    parser.add_argument("--records", type=Path, default=RECORDS, metavar="FILE")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="measure nothing; compare page and records")
    options = parser.parse_args()
    if not options.check:
        lines = [json.dumps(each) for each in _measure(options)]
        options.records.parent.mkdir(parents=True, exist_ok=True)
        options.records.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    facts, *rows = map(json.loads, options.records.read_text(encoding="utf-8").splitlines())
    page = options.page.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        sys.exit(f"{options.page}: expected the lines {BEGIN} and {END}")
    made = f"{before}{BEGIN}\n{tables(facts, [Sample(**row) for row in rows])}\n{END}{after}"
    if options.check:
        sys.exit(0 if made == page else f"{options.page}: not the figures of {options.records}")
    options.page.write_text(made, encoding="utf-8")


def _measure(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The facts of the run, and then every sample."""
    file = options.data
    texts = [each for each in read_texts(file if file.exists() else SAMPLE) if isinstance(each, str)]
    texts = [each for each in texts if 0 < len(each) < _MOST_CHARACTERS][: options.texts]
    artifact = BUILD / "student.litebert"
    jars = _prepared(artifact)
    samples: list[Sample] = []
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", flush=True)
        samples += _round(number, artifact, jars, texts, options.warm_up)
    cpu = read_cpu()
    features = [name for name, has in (cpu.features or {}).items() if has]
    core = next(jars.glob("litebert-[0-9]*.jar"))
    facts = {
        "texts": len(texts),
        "source": f"{file.parent.name}/{file.name}" if file.exists() else "the built-in sample",
        "machine": f"{cpu.model or cpu.architecture} with {', '.join(features)}",
        "java": _java_version(),
        "python": sys.version.split()[0],
        "core_jar_bytes": core.stat().st_size,
        "gson_jar_bytes": next(jars.glob("gson-*.jar")).stat().st_size,
        "bare_bytes": {"Java": _bare_java(), "Python": _bare([sys.executable, "-c", _BARE_PYTHON])},
    }
    return [facts, *map(asdict, samples)]


def _prepared(artifact: Path) -> Path:
    """Builds the runtime and the worker, exports the shipped student; returns the folder of the jars."""
    jars = JARS / "lib"
    pom = str(ROOT / "android_demo" / "pom.xml")
    build = ["mvn", "-q", "-B", "-f", pom, "-pl", "cli", "-am", "-Dmaven.test.skip=true", "package"]
    export = [
        sys.executable,
        "-m",
        "litebert_exporter.export_cli",
        str(STUDENT),
        "--out",
        str(artifact),
        "--force",
    ]
    compile_worker = [
        "javac",
        "-d",
        str(BUILD / "classes"),
        "-cp",
        f"{jars}/*",
        str(ROOT / "benchmarks/java/Worker.java"),
    ]
    for command in (build, export, compile_worker):
        problem = commands.problem(command, BUILD / "prepare.log", 600, {**os.environ})
        if problem is not None:
            sys.exit(problem)
    return jars


class _Process:
    """A worker that has given its first answer."""

    def __init__(self, sample: Sample, process: subprocess.Popen[str]) -> None:
        self.sample, self.process = sample, process

    def ask(self, texts: Sequence[str], way: str) -> dict[str, Any]:
        """The times of some texts, answered one by one."""
        speed, tokenize = WAYS[way]
        self.process.stdin.write(f"{json.dumps({'texts': texts, 'speed': speed, 'tokenize': tokenize})}\n")
        self.process.stdin.flush()
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found


def _round(number: int, artifact: Path, jars: Path, texts: Sequence[str], warm_up: int) -> list[Sample]:
    """The samples of all processes in one round."""
    order = [(language, *engine) for engine in ENGINES for language in ("Java", "Python")]
    random.Random(number).shuffle(order)
    opened = []
    try:
        for language, engine, java, python in order:
            command = (
                ["java", "-XX:+UseSerialGC", HEAP, "-cp", f"{BUILD / 'classes'}:{jars}/*", "Worker"]
                if language == "Java"
                else [sys.executable, str(ROOT / "benchmarks" / "java" / "worker.py")]
            )
            backend = java if language == "Java" else python
            opened.append(_start([*command, str(artifact), backend, texts[0]], language, engine, number))
        for each in opened:
            for way in WAYS:
                for _ in range(-(-warm_up // len(texts))):
                    each.ask(texts, way)
        ways = [(each, way) for each in opened for way in WAYS]
        for turn, first in enumerate(range(0, len(texts), _TURN)):
            place = turn % len(ways)
            for each, way in (*ways[place:], *ways[:place]):
                found = each.ask(texts[first : first + _TURN], way)
                each.sample.ms[way] += [round(ms, 4) for ms in found["ms"]]
                each.sample.layers[way] += found["layers"]
        for each in opened:
            each.sample.peak_bytes = memory(each.process.pid)["peak_bytes"]
    finally:
        for each in opened:
            commands.end(each.process)
    return [each.sample for each in opened]


def _start(command: Sequence[str], language: str, engine: str, number: int) -> _Process:
    begin = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
        encoding="utf-8",
    )
    line = process.stdout.readline()
    process_ms = 1000 * (time.perf_counter() - begin)
    if not line:
        sys.exit(f"{language}, {engine}: the process gave no answer; its command is {' '.join(command)}")
    return _Process(Sample(language, engine, number, process_ms, **json.loads(line)), process)


_BARE_PYTHON = "print(flush=True); input()"


def _bare(command: Sequence[str]) -> int:
    """The peak memory of a process that does nothing but print a line and wait for one."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        found = memory(process.pid)["peak_bytes"]
        process.kill()
    return found


def _bare_java() -> int:
    """The peak memory of a virtual machine with a program of nothing."""
    source = BUILD / "Bare.java"
    source.write_text(
        "public class Bare { public static void main(String[] a) throws Exception {"
        " System.out.println(); System.in.read(); } }",
        encoding="ascii",
    )
    subprocess.run(["javac", "-d", str(BUILD / "classes"), str(source)], check=True)
    return _bare(["java", "-XX:+UseSerialGC", HEAP, "-cp", str(BUILD / "classes"), "Bare"])


def _java_version() -> str:
    shown = subprocess.run(["java", "-version"], capture_output=True, check=True, encoding="utf-8").stderr
    return shown.split('"')[1]


def tables(facts: dict[str, Any], samples: Sequence[Sample]) -> str:
    """The facts of a run and its two tables, in Markdown."""
    place = (
        f"The shipped student, int8, split; {facts['texts']} texts of {facts['source']}, one by one, from "
        f"text to answer, one thread; {1 + max(each.round for each in samples)} rounds. {facts['machine']}; "
        f"Java {facts['java']}, Python {facts['python']}. The core's jar has {facts['core_jar_bytes']:,} "
        f"bytes, and Gson's, the only one that it needs, {facts['gson_jar_bytes']:,}."
    )
    times = [["engine", "way", "Python ms", "Java ms", "Java's share of Python's time"]]
    starts = [["engine", "language", "first answer, ms", "of that opening", "peak MB", "above bare MB"]]
    for engine, _, _ in ENGINES:
        python, java = (
            [each for each in samples if each.engine == engine and each.language == name]
            for name in ("Python", "Java")
        )
        times += [[engine, way, *_time_cells(way, python, java)] for way in WAYS]
        for runs in (python, java):
            language = runs[0].language
            starts.append([engine, language, *_start_cells(runs, facts["bare_bytes"][language])])
    return f"{place}\n\n{_table(times)}\n\n{_table(starts)}"


def _time_cells(way: str, python: Sequence[Sample], java: Sequence[Sample]) -> list[str]:
    """The median time of a text in both languages, and the ratio of the rounds with its spread."""
    medians = [median(ms for each in runs for ms in each.ms[way]) for runs in (python, java)]
    pairs = zip(java, python, strict=True)
    ratio = with_spread([sum(one.ms[way]) / sum(other.ms[way]) for one, other in pairs])
    spread = "" if ratio.low is None else f" ({ratio.low:.2f} to {ratio.high:.2f})"
    return [*(f"{each:.3f}" for each in medians), f"{ratio.value:.2f}{spread}"]


def _start_cells(runs: Sequence[Sample], bare: int) -> list[str]:
    first, opening = (median(getattr(each, name) for each in runs) for name in ("process_ms", "open_ms"))
    peak = median(each.peak_bytes for each in runs)
    return [f"{first:.0f}", f"{opening:.0f}", f"{peak / 1e6:.0f}", f"{(peak - bare) / 1e6:.0f}"]


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, f"|{' --- |' * len(rows[0])}", *body])


if __name__ == "__main__":
    main()
