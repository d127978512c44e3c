"""The students of a benchmark: checkpoints under build/benchmark/models, and our exports of them."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import commands
import stamps
from litebert.graph_formats import LAYOUTS, WHOLE
from litebert.visible import show
from litebert_exporter.targets import targets_for

HERE = Path(__file__).parent
CHECKOUT = HERE.parent
EXAMPLE = CHECKOUT / "examples" / "sst2-fastbert-3l"
SHARED = CHECKOUT.parent / "shared"  # larger data and models, where they exist
TEACHER, SST2 = SHARED / "models" / "sst2-minilm-l6", SHARED / "data" / "sst2"
_STEP_S = 1800.0


@dataclass(frozen=True)
class Export:
    """One of our exports of a model, for all engines that run its layout; `problem`: why there is none."""

    path: Path
    recipe: str
    layout: str
    problem: str | None = None


@dataclass(frozen=True)
class BenchModel:
    """A student with its exports.

    Attributes:
        name: its name in the records.
        checkpoint: its Hugging Face folder.
        stamp: the hash of the files that it was made from.
        trained: whether it was trained, so that its answers mean something.
        texts: the number of texts that it answers, unless another is asked for.
        artifacts: our exports.
        problem: the reason why there is none of it; None where there is.
    """

    name: str
    checkpoint: Path
    stamp: str
    trained: bool
    texts: int
    artifacts: tuple[Export, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class _Making:
    """The way to make a model: a command's arguments, None where the checkpoint exists; and its sources."""

    command: Callable[[Path], list[str]] | None
    reads: tuple[Path, ...]
    layouts: tuple[str, ...]
    trained: bool
    texts: int


def _exits(out: Path) -> list[str]:
    texts, dev = SST2 / "train.tsv", SST2 / "dev.tsv"
    command = ["-m", "litebert_students.exits_cli", str(TEACHER)]
    return [*command, "--texts", str(texts), "--dev", str(dev), "--out", str(out)]


def _random(kind: str) -> Callable[[Path], list[str]]:
    script, vocabulary = HERE / "random_models.py", EXAMPLE / "vocab.txt"
    return lambda out: [str(script), kind, str(vocabulary), str(out)]


_RANDOM = (HERE / "random_models.py", EXAMPLE / "vocab.txt")
_MAKINGS = {
    "sst2-fastbert-3l": _Making(None, (EXAMPLE / "model.safetensors",), LAYOUTS, True, 200),
    "sst2-fastbert-6l": _Making(
        _exits, (TEACHER / "model.safetensors", SST2 / "train.tsv"), LAYOUTS, True, 120
    ),
    "tinybert-4": _Making(_random("tinybert-4"), _RANDOM, (WHOLE,), False, 200),
    "mobilebert": _Making(_random("mobilebert"), _RANDOM, (WHOLE,), False, 40),
}
NAMES = tuple(_MAKINGS)


def make_model(name: str, folder: Path) -> BenchModel:
    """The model of that name and our exports of it; makes below `folder` those that are not there."""
    making = _MAKINGS[name]
    checkpoint = folder / name if making.command else EXAMPLE
    absent = [path for path in making.reads if not path.exists()]
    if absent:
        problem = f"needs {', '.join(os.path.relpath(path, CHECKOUT) for path in absent)}"
        return BenchModel(name, checkpoint, "", making.trained, making.texts, problem=problem)
    sources = (CHECKOUT / "students",) if making.command is _exits else ()
    stamp = stamps.digest([*making.reads, *sources], name)
    if making.command is not None and not stamps.is_current(checkpoint, stamp):
        problem = _make(name, checkpoint, stamp, making.command(checkpoint))
        if problem is not None:
            return BenchModel(name, checkpoint, stamp, making.trained, making.texts, problem=problem)
    forms = [*product(("none", "int8"), making.layouts), ("int8-fast", WHOLE)]
    artifacts = tuple(
        _export(name, checkpoint, stamp, Export(folder / f"{name}-{how}-{layout}.litebert", how, layout))
        for how, layout in forms
    )
    problem = None if any(each.problem is None for each in artifacts) else artifacts[0].problem
    return BenchModel(name, checkpoint, stamp, making.trained, making.texts, artifacts, problem)


def _export(name: str, checkpoint: Path, stamp: str, artifact: Export) -> Export:
    """Exports a checkpoint; returns the export, with the reason in `problem` where it failed."""
    sources = stamps.digest([CHECKOUT / "exporter", CHECKOUT / "runtime"], stamp)
    if stamps.is_current(artifact.path, sources):
        return artifact
    export = ["-m", "litebert_exporter.export_cli", str(checkpoint), "--out", str(artifact.path)]
    export += ["--quantize", artifact.recipe, "--layout", artifact.layout]
    for target in targets_for(layout=artifact.layout, quantize=artifact.recipe):
        export += ["--target", target]
    problem = _make(f"{name} {artifact.recipe} {artifact.layout}", artifact.path, sources, export)
    return replace(artifact, problem=problem)


def _make(what: str, made: Path, stamp: str, arguments: Sequence[str]) -> str | None:
    """Makes a folder by running Python with arguments; returns the problem, or None."""
    print(f"{what}: making ...", flush=True)
    begin = time.monotonic()
    stamps.unset(made)
    shutil.rmtree(made, ignore_errors=True)
    made.parent.mkdir(parents=True, exist_ok=True)
    problem = commands.problem([sys.executable, *arguments], made.with_name(f"{made.name}.log"), _STEP_S)
    if problem is not None:
        show(f"{what}: cannot be made: {problem}")
        return f"cannot be made: {problem}"
    stamps.set_current(made, stamp)
    print(f"{what}: made in {time.monotonic() - begin:.0f} s", flush=True)
    return None
