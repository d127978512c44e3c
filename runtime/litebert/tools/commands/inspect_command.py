"""`litebert inspect`: shows an artifact."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from litebert.artifact import Artifact, open_artifact
from litebert.calibration import read_calibrations
from litebert.tools.calibration_lines import target_lines, texts_of
from litebert.tools.command_line import Kinds
from litebert.visible import show


def add_inspect(kinds: Kinds) -> None:
    """Adds `inspect` to the commands of `litebert`."""
    parser = kinds.add_parser(
        "inspect",
        help="show the content of an artifact",
        description="Show an artifact's task, labels, graphs and sizes, and its calibration if it has one.",
    )
    parser.add_argument("artifact", type=Path, metavar="ARTIFACT", help="folder written by litebert-export")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.add_argument(
        "--plot",
        type=Path,
        metavar="SVG",
        help="draw accuracy against mean time from the calibration, as a picture in SVG",
    )
    parser.set_defaults(run=inspect)


def inspect(options: argparse.Namespace) -> int:
    """Prints the task, labels, graphs and calibrations of an artifact; returns the exit code."""
    artifact = open_artifact(options.artifact)
    calibrations = read_calibrations(artifact)
    facts = _facts(artifact)
    if options.plot is not None:
        from litebert.tools.curve import plot_calibrations

        plot_calibrations(artifact, options.plot)
    if options.json:
        print(json.dumps(facts, indent=1))
        return 0
    show(f"{options.artifact}  {artifact.name}")
    for key, value in facts.items():
        if key not in ("name", "targets") and (words := _in_words(value)):
            show(f"  {key:13} {words}")
    for name, target in facts["targets"].items():
        fixed = f", of {' or '.join(map(str, target['lengths']))} tokens" if target["lengths"] else ""
        show(
            f"  {name:13} {target['recipe']}, {target['layout']}{fixed}, {target['size_bytes'] / 1e6:.1f} MB"
        )
    for name, calibration in calibrations.items():
        show(
            "", f"  {name}, calibrated on {texts_of(calibration)}", *target_lines(artifact, name, calibration)
        )
    return 0


def _in_words(value: Any) -> str:
    """A fact that fits on a line; empty for a fact that --json alone shows."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value)
    return str(value) if isinstance(value, str | int | float) else ""


def _facts(artifact: Artifact) -> dict[str, Any]:
    task: Any = artifact.task  # a dataclass
    return {
        "name": artifact.name,
        "family": artifact.family,
        "task": task.name,
        **dataclasses.asdict(task),
        "pairs": artifact.pairs,
        "inputs": artifact.inputs,
        "labels": list(artifact.task.labels),
        "max_tokens": artifact.max_tokens,
        "vocabulary": _vocabulary(artifact),
        "exit_rule": None if artifact.exit_rule is None else artifact.exit_rule.name,
        "digest": artifact.digest,
        "targets": {
            name: {
                "layout": target.layout,
                "recipe": target.recipe,
                "arithmetic": target.arithmetic,
                "rows": target.rows,
                "moved_by_padding": target.moved_by_padding,
                "lengths": list(target.lengths),
                "exits": [dataclasses.asdict(each) for each in target.exits],
                "calibration": target.calibration,
                "size_bytes": artifact.target_size_bytes(name),
                "segments": [dataclasses.asdict(segment) for segment in target.segments],
            }
            for name, target in artifact.targets.items()
        },
    }


def _vocabulary(artifact: Artifact) -> str:
    size, before = artifact.vocabulary.size, artifact.vocabulary.trimmed_from
    return f"{size} tokens" if before is None else f"{size} of {before} tokens"
