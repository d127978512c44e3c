"""Measuring one artifact here: every engine, thread count, batch and exit setting, interleaved."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from litebert.artifact import Artifact
from litebert.backends import Engine
from litebert.backends.selection import named_engine, working_engines
from litebert.exit_settings import Setting, choose_setting
from litebert.machine import usable_threads
from litebert.runner import Runner
from litebert_bench.measure.answers import BenchCase, answer_in_turn
from litebert_bench.measure.first_look import expected_seconds, first_look, look_line
from litebert_bench.measure.here import begin_run, conditions
from litebert_bench.measure.inside import describe_subject, measure_lengths, measure_segments
from litebert_bench.measure.plan import BenchPlan
from litebert_bench.measure.processes import measure_fresh
from litebert_bench.measure.records import Record
from litebert_bench.measure.watch import Watch, part_of

_PACKAGES = ("numpy", "tokenizers")


def bench(artifact: Artifact, plan: BenchPlan, watch: Watch) -> Iterator[Record]:
    """Measures an artifact by a plan; gives each record once it is complete.

    Raises:
        InputError: a fresh process cannot answer.
        ArtifactError: an engine refuses a graph, or the artifact was replaced meanwhile.
        MissingExtraError: an engine does not work.
    """
    watch.progress(0, "opening")
    engines = engines_of(plan, artifact)
    counts = tuple(
        dict.fromkeys(
            usable_threads(each, lambda said: watch.said(f"warning: {said}")) for each in plan.threads
        )
    )
    settings = settings_of(plan, artifact)
    runners = {
        (engine.name, threads): Runner(artifact, engine.name, threads, preload=True)
        for engine in engines
        for threads in counts
    }
    first = next(iter(runners.values()))
    encodings = [first.tokenize(text) for text in plan.texts]
    begun = begin_run(
        "litebert bench",
        plan.source,
        plan.golds is not None,
        [len(encoding.input_ids) for encoding in encodings],
        {engine.name: engine.module for engine in engines} | {name: name for name in _PACKAGES},
        {
            "artifact": artifact.name,
            "digest": artifact.digest,
            "threads": list(counts),
            "batch": list(plan.batches),
            "settings": list(plan.settings),
            "rounds": plan.rounds,
            "processes": plan.processes,
        },
    )
    run = begun.run
    subjects = {engine.name: describe_subject(run, artifact, engine) for engine in engines}
    looks = {}
    for (engine_name, threads), runner in runners.items():
        looks[engine_name, threads] = first_look(runner, plan.texts)
        watch.said(look_line(subjects[engine_name].subject, threads, looks[engine_name, threads]))
    early = [setting is not None for setting in settings.values()] * len(plan.batches) * plan.rounds
    expected = expected_seconds(looks, len(plan.texts), plan.processes, early)
    shares = {part: seconds / sum(expected.values()) for part, seconds in expected.items()}
    yield begun
    yield conditions(run, "before")
    yield from subjects.values()
    for engine in engines:
        cold, memory = measure_fresh(
            run,
            subjects[engine.name].subject,
            artifact.path,
            engine.name,
            plan.texts,
            plan.processes,
            part_of(watch, shares["fresh"] / len(engines)),
        )
        artifact.reread_manifest()  # those processes have opened the artifact themselves
        yield cold
        if memory is not None:
            yield memory
    for engine, threads in product(engines, counts):
        name = subjects[engine.name].subject
        phase = f"{engine.name}: lengths and graphs"
        watch.progress(0, phase)
        yield from measure_lengths(run, name, runners[engine.name, threads], threads, encodings)
        yield from measure_segments(run, name, artifact, engine, threads, encodings)
        watch.progress(shares["inside"] / len(runners), phase)
    cases = [
        BenchCase(subjects[engine].subject, runners[engine, threads], threads, batch, name, setting)
        for engine, threads, batch, (name, setting) in product(
            subjects, counts, plan.batches, settings.items()
        )
    ]
    yield from answer_in_turn(
        run,
        cases,
        plan.texts,
        plan.rounds,
        artifact.task.measures,
        plan.golds,
        part_of(watch, shares["answers"]).progress,
    )
    yield conditions(run, "after")


def engines_of(plan: BenchPlan, artifact: Artifact) -> tuple[Engine, ...]:
    """The engines that a plan names, each once; or all that work here, one per target.

    Raises:
        InputError: a name is unknown, or the artifact has no graph for it.
        MissingExtraError: none works.
    """
    if plan.engines is None:
        return working_engines(artifact.targets)
    return tuple(dict.fromkeys(named_engine(name, artifact.targets) for name in plan.engines))


def settings_of(plan: BenchPlan, artifact: Artifact) -> dict[str, Setting | None]:
    """The settings of a plan by name.

    Raises:
        InputError: the artifact has no exits, or another rule, or a value is out of its range.
    """
    early = max(0, max(len(target.exits) for target in artifact.targets.values()) - 1)
    return {
        name: choose_setting(artifact.exit_rule, early, values or {})
        for name, values in plan.settings.items()
    }
