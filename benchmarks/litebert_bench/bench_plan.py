"""From the options of `litebert bench` to what is measured."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from litebert.artifact import Artifact, open_artifact
from litebert.backends import Engine, named_engine, working_engines
from litebert.errors import InputError
from litebert.exit_rules import RULES, parameters
from litebert.exit_settings import Setting, choose_setting
from litebert.machine import usable_threads
from litebert.tokenizer import Text
from litebert.tools.data import golds_of
from litebert.tools.data.flags import read_data
from litebert.tools.exit_flags import exit_values, whole
from litebert.visible import as_utf8, warn
from litebert_bench.measure.measure import Plan

_SAMPLE = Path(__file__).with_name("sample.txt")
Number = TypeVar("Number")


def plan_of(options: argparse.Namespace) -> Plan:
    """What the options ask to measure on this machine.

    Raises:
        LiteBertError: an option has a wrong value, or a file cannot be read.
    """
    artifact = open_artifact(options.artifact)
    _check_counts(options)
    texts, golds = _texts(options, artifact)
    return Plan(
        artifact=artifact,
        engines=_engines(options.backend, artifact),
        texts=texts,
        source=as_utf8(options.texts.name) if options.texts else "built-in",
        golds=golds,
        threads=_threads(options.threads),
        batches=_counts("batch", options.batch),
        settings=_settings(options, artifact),
        rounds=options.rounds,
        processes=options.processes,
    )


def check_options(options: argparse.Namespace, artifact: Artifact) -> None:
    """Refuses here what a device would refuse after minutes of copying.

    Raises:
        InputError: an option has a wrong value, or the texts cannot be read.
    """
    _check_counts(options)
    _settings(options, artifact)
    if options.texts is not None and options.texts.is_file():  # else it can be read only once
        _texts(options, artifact)


def _check_counts(options: argparse.Namespace) -> None:
    for name in ("limit", "rounds", "processes"):
        if getattr(options, name) < 1:
            raise InputError(f"--{name} is {getattr(options, name)}; expected a whole number from 1")
    for name in ("threads", "batch"):
        _counts(name, getattr(options, name))


def _texts(options: argparse.Namespace, artifact: Artifact) -> tuple[Sequence[Text], Sequence[Any] | None]:
    """The texts that are asked for, and their gold answers, where those are known."""
    examples = read_data(options.texts or _SAMPLE, options).examples(artifact.task.measures)
    examples = examples[: options.limit]
    return [each.text for each in examples], golds_of(examples)


def _engines(names: str | None, artifact: Artifact) -> tuple[Engine, ...]:
    """The engines that are named, or all that work here, one per target."""
    if names is None:
        return working_engines(artifact.targets)
    return tuple(dict.fromkeys(named_engine(name, artifact.targets) for name in names.split(",")))


def _counts(name: str, text: str) -> tuple[int, ...]:
    counts = _numbers(name, text, int)
    if min(counts) < 1:
        raise InputError(f"--{name} is {text!r:.60}; expected whole numbers from 1 with commas between")
    return counts


def _threads(text: str) -> tuple[int, ...]:
    counts = _counts("threads", text)
    return tuple(dict.fromkeys(usable_threads(count, warn) for count in counts))


def _settings(options: argparse.Namespace, artifact: Artifact) -> dict[str, Setting | None]:
    """Full depth, and every combination of the values that were given, by name."""
    early = max(0, max(len(target.exits) for target in artifact.targets.values()) - 1)
    values: dict[str, Sequence[float]] = {
        name: _numbers(name, text, int if whole(parameters()[name]) else float)
        for name, text in exit_values(options).items()
    }
    rule = None if artifact.exit_rule is None else RULES[artifact.exit_rule]
    if not values and early and rule is not None and all(each.usual for each in rule.parameters):
        values = {each.name: each.usual for each in rule.parameters}
    settings: dict[str, Setting | None] = {"": None}
    for combination in product(*values.values()) if values else ():
        knobs = dict(zip(values, combination, strict=True))
        name = " ".join(f"{knob}={value:g}" for knob, value in knobs.items())
        settings[name] = choose_setting(artifact.exit_rule, early, knobs)
    return settings


def _numbers(name: str, text: str, kind: Callable[[str], Number]) -> tuple[Number, ...]:
    """Numbers with commas between, each once."""
    try:
        return tuple(dict.fromkeys(kind(part) for part in text.split(",")))
    except ValueError as error:
        raise InputError(f"--{name} is {text!r:.60}; expected numbers with commas between") from error
