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
class Artifact:
    """One of our exports of a model, for all engines that run its layout; `problem`: why there is none."""

    path: Path
    recipe: str
    layout: str
    problem: str | None = None


@dataclass(frozen=True)
class Model:
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
    artifacts: tuple[Artifact, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class _Recipe:
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
_RECIPES = {
    "sst2-fastbert-3l": _Recipe(None, (EXAMPLE / "model.safetensors",), LAYOUTS, True, 200),
    "sst2-fastbert-6l": _Recipe(
        _exits, (TEACHER / "model.safetensors", SST2 / "train.tsv"), LAYOUTS, True, 120
    ),
    "tinybert-4": _Recipe(_random("tinybert-4"), _RANDOM, (WHOLE,), False, 200),
    "mobilebert": _Recipe(_random("mobilebert"), _RANDOM, (WHOLE,), False, 40),
}
NAMES = tuple(_RECIPES)


def make_model(name: str, folder: Path) -> Model:
    """The model of that name and our exports of it; makes below `folder` those that are not there."""
    recipe = _RECIPES[name]
    checkpoint = folder / name if recipe.command else EXAMPLE
    absent = [path for path in recipe.reads if not path.exists()]
    if absent:
        problem = f"needs {', '.join(os.path.relpath(path, CHECKOUT) for path in absent)}"
        return Model(name, checkpoint, "", recipe.trained, recipe.texts, problem=problem)
    sources = (CHECKOUT / "students",) if recipe.command is _exits else ()
    stamp = stamps.digest([*recipe.reads, *sources], name)
    if recipe.command is not None and not stamps.is_current(checkpoint, stamp):
        problem = _make(name, checkpoint, stamp, recipe.command(checkpoint))
        if problem is not None:
            return Model(name, checkpoint, stamp, recipe.trained, recipe.texts, problem=problem)
    forms = [*product(("none", "int8"), recipe.layouts), ("int8-fast", WHOLE)]
    artifacts = tuple(
        _export(name, checkpoint, stamp, Artifact(folder / f"{name}-{how}-{layout}.litebert", how, layout))
        for how, layout in forms
    )
    problem = None if any(each.problem is None for each in artifacts) else artifacts[0].problem
    return Model(name, checkpoint, stamp, recipe.trained, recipe.texts, artifacts, problem)


def _export(name: str, checkpoint: Path, stamp: str, artifact: Artifact) -> Artifact:
    """Exports a checkpoint; returns the artifact, or the reason why it failed in `problem`."""
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
