"""A plan from the options of `litebert bench`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import TypeVar

from litebert.artifact import Artifact
from litebert.errors import InputError
from litebert.exit_rules import parameters
from litebert.tools.data import golds_of
from litebert.tools.data.flags import read_data
from litebert.tools.exit_flags import exit_values, takes_whole_numbers
from litebert.visible import as_utf8
from litebert_bench.measure.bench import engines_of, settings_of
from litebert_bench.measure.plan import BenchPlan

SAMPLE = Path(__file__).with_name("sample.txt")  # the built-in texts, a sentence a line
Number = TypeVar("Number")


def plan_of(options: argparse.Namespace, artifact: Artifact) -> BenchPlan:
    """The plan that the options give for an artifact, here or on a device.

    Raises:
        InputError: an option has a wrong value, or the texts cannot be read.
    """
    for name in ("limit", "rounds", "processes"):
        if getattr(options, name) < 1:
            raise InputError(f"--{name} is {getattr(options, name)}; expected a whole number from 1")
    threads, batches = (_counts(name, getattr(options, name)) for name in ("threads", "batch"))
    examples = read_data(options.texts or SAMPLE, options).examples(artifact.task.measures)[: options.limit]
    plan = BenchPlan(
        engines=None if options.backend is None else options.backend.split(","),
        texts=[each.text for each in examples],
        source=as_utf8(options.texts.name) if options.texts else "built-in",
        golds=golds_of(examples),
        threads=threads,
        batches=batches,
        settings=_settings(options, artifact),
        rounds=options.rounds,
        processes=options.processes,
    )
    settings_of(plan, artifact)  # refuses wrong settings before files are copied to a device
    if plan.engines is not None:
        engines_of(plan, artifact)
    return plan


def _counts(name: str, text: str) -> tuple[int, ...]:
    counts = _numbers(name, text, int)
    if min(counts) < 1:
        raise InputError(f"--{name} is {text!r:.60}; expected whole numbers from 1 with commas between")
    return counts


def _settings(options: argparse.Namespace, artifact: Artifact) -> dict[str, dict[str, float] | None]:
    """Full depth, and every combination of the given values, by name."""
    leaves_early = any(len(target.exits) > 1 for target in artifact.targets.values())
    values: dict[str, Sequence[float]] = {
        name: _numbers(name, text, int if takes_whole_numbers(parameters()[name]) else float)
        for name, text in exit_values(options).items()
    }
    rule = artifact.exit_rule
    if not values and leaves_early and rule is not None and all(each.usual for each in rule.parameters):
        values = {each.name: each.usual for each in rule.parameters}
    settings: dict[str, dict[str, float] | None] = {"": None}
    for combination in product(*values.values()) if values else ():
        knobs = dict(zip(values, combination, strict=True))
        name = " ".join(f"{knob}={value:g}" for knob, value in knobs.items())
        settings[name] = knobs
    return settings


def _numbers(name: str, text: str, kind: Callable[[str], Number]) -> tuple[Number, ...]:
    """The numbers of a text with commas between them, each once."""
    try:
        return tuple(dict.fromkeys(kind(part) for part in text.split(",")))
    except ValueError as error:
        raise InputError(f"--{name} is {text!r:.60}; expected numbers with commas between") from error
