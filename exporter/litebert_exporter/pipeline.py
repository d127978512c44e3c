"""The exporter on one page: checkpoint → family → spec + weights → segments → graphs → artifact, verified."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from litebert import InputError, MissingExtraError, ParityError
from litebert.artifact import GOLDEN, TASKS, TOKENIZER, file_sha256, open_artifact, parse_segment
from litebert.backends import ENGINES, Engine
from litebert.tokenizer import load_tokenizer
from litebert.verify import verify_artifact
from litebert_exporter.arrival import arriving_folder, check_destination
from litebert_exporter.binding import bind
from litebert_exporter.checkpoint import Checkpoint, read_checkpoint
from litebert_exporter.families import FAMILIES, choose_family
from litebert_exporter.package import target_entry, write_json, write_manifest
from litebert_exporter.parity import Parity, check_target
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.report import Report, TargetReport
from litebert_exporter.segments import plan_whole
from litebert_exporter.targets.onnx import write_onnx
from litebert_exporter.targets.reference import Reference
from litebert_exporter.targets.tflite import write_tflite
from litebert_exporter.task import PROBLEM_TYPES, Task, resolve_task
from litebert_exporter.tokenizer import BuiltTokenizer, build_tokenizer

TARGETS = {"onnx": write_onnx, "tflite": write_tflite}


def export(
    checkpoint: str | Path,
    *,
    targets: Sequence[str] = ("onnx", "tflite"),
    out: str | Path | None = None,
    quantize: str = "int8",
    max_tokens: int | None = None,
    labels: Sequence[str] | None = None,
    vocab: str | Path | None = None,
    config: str | Path | None = None,
    family: str | None = None,
    heads: int | None = None,
    problem_type: str | None = None,
    cased: bool | None = None,
    force: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Turns a checkpoint into a verified artifact.

    Args:
        checkpoint: a Hugging Face folder, or a .safetensors, .pt, .pth, .ckpt or .bin file.
        targets: any of "onnx" and "tflite".
        out: the artifact's folder; `<name>.litebert` in the current folder by default.
        quantize: the recipe: "int8", "int8-fast" (onnx only) or "none".
        max_tokens: the longest input, special tokens included; the checkpoint's own limit by default.
        labels: a name per output, for checkpoints that have none.
        vocab: vocab.txt or tokenizer.json that does not lie beside the weights.
        config: config.json that does not lie beside the weights.
        family: one of `FAMILIES`, where the checkpoint leaves it open.
        heads: attention heads, where the config does not say.
        problem_type: "single-label", "multi-label" or "regression", where the config does not say.
        cased: True or False, where the tokenizer's files do not say.
        force: replace an artifact that stands at `out`.
        progress: called with the name of each stage as it starts.

    Returns:
        What was written and how well it agrees.

    Raises:
        LiteBertError: whichever kind says who must act; nothing is left at `out`, or what was there before.
    """
    stages = _Stages(progress)
    source = Path(checkpoint)
    _check_choices(targets, quantize, family, problem_type)
    engines = {target: _engine(target) for target in targets}
    if out is not None:
        check_destination(Path(out), force)
    with stages("read"):
        read = read_checkpoint(source, _path(config), _path(vocab))
        destination = Path(out) if out is not None else Path(f"{read.name}.litebert")
        check_destination(destination, force)
        chosen = choose_family(read, family)
        student = chosen.specify(read, heads)
        weights = bind(student, read, chosen.ignored)
        task = resolve_task(read.config, student.head.outputs, labels, problem_type)
        embeddings = student.embeddings
        tokenizer = build_tokenizer(read, embeddings.vocabulary, embeddings.positions, max_tokens, cased)
    recipe, plan, reference = RECIPES[quantize], plan_whole(student), Reference(student, weights)
    parities: dict[str, Parity] = {}
    entries: dict[str, Any] = {}
    with arriving_folder(destination) as folder:
        (folder / TOKENIZER).write_text(tokenizer.tokenizer.to_str(), encoding="utf-8")
        text_tokenizer = load_tokenizer(folder / TOKENIZER)
        for target in targets:
            with stages(f"write {target}"):
                files = TARGETS[target](student, weights, recipe, plan, folder / target)
                entries[target] = target_entry("whole", recipe.name, plan, files, target)
            with stages(f"verify {target}"):
                segment = parse_segment(entries[target]["segments"][0])
                session = engines[target].open(folder, segment, threads=1)
                parities[target] = check_target(reference, recipe, target, session, text_tokenizer)
                del session
        with stages("verify artifact"):
            write_json(folder / GOLDEN, {target: list(parities[target].golden) for target in targets})
            write_manifest(folder, _facts(read, student.family, task, tokenizer, entries))
            if not all(replay.passed for replay in verify_artifact(folder)):
                raise ParityError(
                    f"{destination}: its golden cases do not repeat; nothing was written; report it"
                )
            artifact = open_artifact(folder)
    return Report(
        artifact=destination,
        family=student.family,
        recipe=recipe.name,
        problem_type=task.problem_type,
        labels=task.labels,
        labels_given=task.labels_given,
        casing=tokenizer.casing,
        max_tokens=tokenizer.max_tokens,
        checkpoint_bytes=sum(file.stat().st_size for file in read.weights_files),
        float32_bytes=sum(values.nbytes for values in weights.values()),
        targets=tuple(
            TargetReport(target, artifact.target_size_bytes(target), parity.float_difference, parity.checks)
            for target, parity in parities.items()
        ),
        seconds=stages.seconds,
    )


@dataclass
class _Stages:
    """Times each stage and tells of it as it starts."""

    progress: Callable[[str], None] | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        if self.progress is not None:
            self.progress(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


def _check_choices(
    targets: Sequence[str], quantize: str, family: str | None, problem_type: str | None
) -> None:
    """Raises InputError for names that do not exist or do not go together."""
    for name, choices in (
        (quantize, tuple(RECIPES)),
        (family, (None, *FAMILIES)),
        (problem_type, (None, *PROBLEM_TYPES.values())),
        *((target, tuple(TARGETS)) for target in targets or ("",)),
    ):
        if name not in choices:
            raise InputError(f"{name!r} is unknown; expected one of {', '.join(filter(None, choices))}")
    lacking = [target for target in targets if target not in RECIPES[quantize].activations]
    if lacking:
        raise InputError(
            f"recipe {quantize} cannot be written for {', '.join(lacking)}; "
            f"use --target {' '.join(RECIPES[quantize].activations)} or another recipe"
        )


def _engine(target: str) -> Engine:
    engine = next(engine for engine in ENGINES if engine.target == target)
    if not engine.installed:
        raise MissingExtraError(
            f'verifying a {target} graph needs {engine.name}; install it with pip install "litebert[export]"'
        )
    return engine


def _facts(
    checkpoint: Checkpoint, family: str, task: Task, tokenizer: BuiltTokenizer, targets: dict[str, Any]
) -> dict[str, Any]:
    """The manifest, but for what the files themselves say."""
    hashes = [file_sha256(file) for file in checkpoint.weights_files]
    return {
        "name": checkpoint.name,
        "family": family,
        "task": TASKS[0],
        "problem_type": task.problem_type,
        "labels": list(task.labels),
        "max_tokens": tokenizer.max_tokens,
        "targets": targets,
        "source": {"weights_sha256": hashes},
        "licence": checkpoint.licence,
    }


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)
