"""The runtime on emulated 64-bit ARM: replays golden answers, counts the instructions of an answer by exit.

    python benchmarks/arm64/count.py ARTIFACT... [--renew]

On Cortex-A72 and Cortex-A76, with ONNX Runtime and LiteRT, all golden cases of each artifact are replayed.
For each exit the instructions of an answer of 32 tokens that leaves there are counted: from token ids to
logits, one thread, warm, the least of 3 answers. They are instructions of the emulated processor, not
milliseconds: one instruction takes longer than another. The counts are compared with a baseline's. A count
that grew by more than 2 % is an error, as is a golden answer that differs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeAlias

from emulator import CPUS, HERE, REPOSITORY, EmulationError, Emulator, prepare

from litebert.artifact import open_artifact
from litebert.backends import ENGINES, Engine
from litebert.errors import InputError, LiteBertError, one_line
from litebert.machine import Cores
from litebert.visible import escape_output, show, tell
from litebert_bench.measure.records import FORMAT_VERSION, Instructions, Record, Run
from litebert_bench.record_file import read_records, write_records

TOKENS, CALLS = 32, 3
# Counts of the same graphs differ by up to 0.1 %, float32's too. Now and then an allocator or Python's
# garbage collector adds 0.5 to 1 %; the least of 3 answers leaves that out.
GROWTH_LIMIT = 0.02
Key: TypeAlias = tuple[str, str, str, int, int]
_ENGINES = [engine for engine in ENGINES if engine.name in ("onnxruntime", "ai-edge-litert")]
_FOLDER = REPOSITORY / "build/arm64"
_HEADING = f"""\
Golden answers: how many, and the largest difference as a share of what is allowed. Instructions: millions
of the guest's (not milliseconds) for {TOKENS} tokens, by the exit that answers; change from the baseline.
processor   engine          recipe  golden answers  instructions"""


@dataclass(frozen=True)
class Job:
    """An artifact to run with an engine on an emulated processor."""

    cpu: str
    engine: Engine
    artifact: Path
    recipe: str

    @property
    def name(self) -> str:
        """The job's name in a table."""
        return f"{self.cpu}  {self.engine.name:<14}  {self.recipe:<4}"


@dataclass(frozen=True)
class Result:
    """The outcome of a job: the output of guest.py, and the instructions of an answer at each exit."""

    job: Job
    guest: Mapping[str, Any]
    instructions: tuple[int, ...]

    @property
    def agrees(self) -> bool:
        """Whether every golden answer came again."""
        return self.guest["wrong_ids"] == 0 and self.guest["worst"] <= 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a table; the exit code is 1 where something fails or differs."""
    escape_output()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "artifacts", nargs="+", type=Path, metavar="ARTIFACT", help="with exits; a recipe each"
    )
    parser.add_argument("--records", type=Path, default=_FOLDER / "records.jsonl", help="where the counts go")
    parser.add_argument(
        "--baseline", type=Path, default=HERE / "instructions.jsonl", help="the counts to compare with"
    )
    parser.add_argument("--renew", action="store_true", help="write the counts as the new baseline")
    options = parser.parse_args(arguments)
    try:
        problems = _measure(options)
    except LiteBertError as error:
        problems = [str(error)]
    for problem in problems:
        tell(f"emulated ARM: {one_line(problem)}")
    return 1 if problems else 0


def _measure(options: argparse.Namespace) -> list[str]:
    """Runs every job and prints the table; returns the problems, a line each."""
    jobs = jobs_for(options.artifacts)
    baseline = {} if options.renew else counts_of(read_records(options.baseline))
    emulator = prepare(_FOLDER)
    print(_HEADING, flush=True)
    results, problems = _run_all(emulator, jobs, baseline)
    records = to_records(results, datetime.now(UTC))
    write_records(records, options.records)
    problems += [f"{each.job.name}: golden answers differ" for each in results if not each.agrees]
    if not options.renew:
        return problems + compare(counts_of(records), baseline)
    if not problems:
        write_records(records, options.baseline)
    return problems


def jobs_for(artifacts: Sequence[Path]) -> list[Job]:
    """The jobs: every artifact with every engine that runs it, on every processor.

    Raises:
        InputError: a folder is no artifact or has no exits, or two have the same recipe, which names their
            counts.
        ArtifactError: an artifact is damaged.
    """
    jobs: dict[str, Job] = {}
    for path in artifacts:
        targets = open_artifact(path).targets
        for engine in _ENGINES:
            if engine.target not in targets:
                continue
            target = targets[engine.target]
            if not target.exits:
                raise InputError(f"{path}: has no exits; export a student that has some")
            for cpu in CPUS:
                job = Job(cpu, engine, path.resolve(), target.recipe)
                if job.name in jobs:
                    raise InputError(
                        f"{path}: a second artifact of recipe {job.recipe}, expected one of each"
                    )
                jobs[job.name] = job
    return [jobs[name] for name in sorted(jobs)]


def _run_all(
    emulator: Emulator, jobs: Sequence[Job], baseline: Mapping[Key, int]
) -> tuple[list[Result], list[str]]:
    """The results of jobs, each printed at once, and the problems of others; as many at a time as cores."""
    results, problems = [], []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        logs = [Path(folder) / str(number) for number in range(len(jobs))]
        waiting = [pool.submit(_run, emulator, job, log) for job, log in zip(jobs, logs, strict=True)]
        for job, future in zip(jobs, waiting, strict=True):
            try:
                results.append(future.result())
            except EmulationError as error:
                problems.append(f"{job.name}: {error}")
            else:
                show(row(results[-1], baseline))
    return results, problems


def _run(emulator: Emulator, job: Job, counts: Path) -> Result:
    arguments = [str(job.artifact), job.engine.name, str(TOKENS), str(CALLS)]
    guest = json.loads(emulator.run(job.cpu, HERE / "guest.py", arguments, counts))
    return Result(job, guest, least_counts(counts.read_text(encoding="ascii"), len(guest["exit_layers"])))


def least_counts(log: str, exits: int) -> tuple[int, ...]:
    """The instructions of an answer at each exit, from the numbers that count.c wrote, two per answer.

    Raises:
        EmulationError: the log holds more or fewer numbers than two per answer.
    """
    numbers = [int(line) for line in log.split()]
    if len(numbers) != 2 * CALLS * exits:
        raise EmulationError(
            f"count.c wrote {len(numbers)} numbers, expected {2 * CALLS * exits}; use Debian's qemu-user 7.2"
        )
    answers = [after - before for before, after in zip(numbers[::2], numbers[1::2], strict=True)]
    return tuple(min(answers[start : start + CALLS]) for start in range(0, len(answers), CALLS))


def to_records(results: Sequence[Result], now: datetime) -> list[Record]:
    """A run for each processor, with its counts."""
    records: list[Record] = []
    for cpu in CPUS:
        here = [result for result in results if result.job.cpu == cpu]
        if not here:
            continue
        started = now.isoformat(timespec="seconds")
        run = f"arm64-{cpu}-{started}"
        packages = {"litebert": version("litebert")}
        for result in here:
            packages |= result.guest["packages"]
        records.append(
            Run(
                format_version=FORMAT_VERSION,
                run=run,
                started=started,
                program="benchmarks/arm64",
                device=f"emulated {cpu}",
                platform=here[0].guest["platform"],
                cpu=here[0].guest["cpu"],
                cores=asdict(Cores(None, None, None, None, None)),
                packages=packages,
                texts="the first token ids",
                labelled=False,
                tokens=[TOKENS],
                options={"answers": CALLS},
            )
        )
        for result in here:
            engine = f"{result.job.engine.name} {packages[result.job.engine.name]}"
            for layer, count in zip(result.guest["exit_layers"], result.instructions, strict=True):
                records.append(Instructions(run, cpu, engine, result.job.recipe, layer, TOKENS, count))
    return records


def counts_of(records: Sequence[Record]) -> dict[Key, int]:
    """The counts by processor, engine without its version, recipe, exit layer and tokens."""
    return {
        (each.cpu, each.engine.split()[0], each.recipe, each.exit_layer, each.tokens): each.instructions
        for each in records
        if isinstance(each, Instructions)
    }


def compare(found: Mapping[Key, int], baseline: Mapping[Key, int]) -> list[str]:
    """The problems: counts that grew by more than the limit, and counts that only one side has."""
    problems = []
    for key in sorted({*found} & {*baseline}):
        now, before = found[key], baseline[key]
        if now > before * (1 + GROWTH_LIMIT):
            name = "{}, {}, {}, layer {}, {} tokens".format(*key)
            problems.append(
                f"{name}: {now:,} instructions, {now / before - 1:+.1%} from the baseline's "
                f"{before:,}, expected at most {GROWTH_LIMIT:+.0%}; find out why, or --renew"
            )
    for what, keys in (
        ("not in the baseline", {*found} - {*baseline}),
        ("in the baseline, but not counted", {*baseline} - {*found}),
    ):
        if keys:
            names = "; ".join(sorted({", ".join(key[:3]) for key in keys}))
            problems.append(
                f"{what}: {len(keys)} counts ({names}); give each artifact of the baseline, or --renew"
            )
    return problems


def row(result: Result, baseline: Mapping[Key, int]) -> str:
    """A result as a line of the table."""
    job, guest = result.job, result.guest
    cells = [
        f"{job.name:<34}  {guest['cases']} {'agree' if result.agrees else 'differ'}, {guest['worst']:.0e}"
    ]
    for layer, count in zip(guest["exit_layers"], result.instructions, strict=True):
        before = baseline.get((job.cpu, job.engine.name, job.recipe, layer, TOKENS))
        cells.append(f"{count / 1e6:.2f}" + (f" ({count / before - 1:+.1%})" if before else ""))
    return "  ".join(cells)


if __name__ == "__main__":
    sys.exit(main())
