"""The exporter on one page: checkpoint → family → spec + weights → segments → graphs → artifact, verified."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from litebert import MissingExtraError, ParityError
from litebert.artifact import GOLDEN, TOKENIZER, open_artifact
from litebert.backends import ENGINES, Engine
from litebert.data_columns import RECOGNISED, Columns
from litebert.network import open_network
from litebert.targets import LOGITS, Exit, parse_target
from litebert.tokenizer import load_tokenizer
from litebert.verify import replay_golden
from litebert_exporter.arrival import arriving_folder, check_destination
from litebert_exporter.binding import bind
from litebert_exporter.checkpoint import read_checkpoint
from litebert_exporter.choices import check_choices, fixed_lengths, trim_choice
from litebert_exporter.exits import with_exits
from litebert_exporter.families import choose_family
from litebert_exporter.package import target_entry, write_json, write_manifest
from litebert_exporter.parity import Parity, check_target
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.report import Report, TargetReport
from litebert_exporter.segments import Plan, plan_layout
from litebert_exporter.subject import Subject, manifest_facts, trimmed, vocabulary_report
from litebert_exporter.targets.onnx import write_onnx
from litebert_exporter.targets.reference import Reference
from litebert_exporter.targets.tflite import write_tflite
from litebert_exporter.task import resolve_task
from litebert_exporter.text.tokenizer import build_tokenizer

COMPUTE_TOKENS = 32  # the length for which shares of compute are given
WRITERS = {"onnx": write_onnx, "tflite": write_tflite}


def export(
    checkpoint: str | Path,
    *,
    targets: Sequence[str] = ("onnx", "tflite"),
    out: str | Path | None = None,
    quantize: str = "int8",
    layout: str | None = None,
    layers_per_segment: int = 1,
    max_tokens: int | None = None,
    lengths: Iterable[int] | None = None,
    labels: Sequence[str] | None = None,
    vocab: str | Path | None = None,
    config: str | Path | None = None,
    family: str | None = None,
    heads: int | None = None,
    problem_type: str | None = None,
    cased: bool | None = None,
    trim_vocab: int | str | Path | None = None,
    columns: Columns = RECOGNISED,
    force: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Turns a checkpoint into a verified artifact.

    Args:
        checkpoint: a Hugging Face folder, or a .safetensors, .pt, .pth, .ckpt or .bin file.
        targets: any of "onnx" and "tflite".
        out: the artifact's folder; `<name>.litebert` in the current folder by default.
        quantize: the recipe: "int8", "int8-fast" (onnx only) or "none".
        layout: "whole" is one graph; "split" one per few layers, each with its exit; "branched" (onnx only)
            one that leaves by itself. By default split for students with exits, whole for others.
        layers_per_segment: how many layers lie between two exits in the layouts split and branched.
        max_tokens: the longest input, special tokens included; the checkpoint's own limit by default.
        lengths: fixed lengths for delegates that need them (tflite only; onnx stays open): a signature of
            every segment for each, weights shared. The longest is the limit. Any length by default.
        labels: a name per output, for checkpoints that have none.
        vocab: tokenizer.json, vocab.txt, vocab.json (merges.txt beside it) or spiece.model that does not lie
            beside the weights.
        config: config.json that does not lie beside the weights.
        family: one of `FAMILIES`, where the checkpoint leaves it open.
        heads: attention heads, where the config does not say.
        problem_type: "single-label", "multi-label" or "regression", where the config does not say.
        cased: True or False, where the tokenizer's files do not say.
        trim_vocab: a file of texts (as `litebert.data.read_texts` takes them) whose tokens are kept, or a
            number of tokens to keep; the rest leaves vocabulary and word table.
        columns: which columns of that file hold the texts, where they are not called as usual.
        force: replace an artifact that stands at `out`.
        progress: called with the name of each stage as it starts.

    Returns:
        What was written and how well it agrees.

    Raises:
        LiteBertError: whichever kind says who must act; nothing is left at `out`, or what was there before.
    """
    stages = _Stages(progress)
    source = Path(checkpoint)
    choice = trim_choice(trim_vocab, columns)
    check_choices(targets, quantize, layout, layers_per_segment, family, problem_type)
    lengths = fixed_lengths(lengths, targets, max_tokens)
    engines = {target: _engine(target) for target in targets}
    if out is not None:
        check_destination(Path(out), force)
    with stages("read"):
        read = read_checkpoint(source, _path(config), _path(vocab))
        destination = Path(out) if out is not None else Path(f"{read.name}.litebert")
        check_destination(destination, force)
        chosen = choose_family(read, family)
        read = chosen.adapt(read)
        student = with_exits(chosen.specify(read, heads), read)
        weights = bind(student, read, chosen.ignored)
        task = resolve_task(read.config, student.head.outputs, labels, problem_type, read.cross_encoder)
        embeddings = student.embeddings
        rows, positions = embeddings.vocabulary, embeddings.positions
        limit = lengths[-1] if lengths else max_tokens
        tokenizer = build_tokenizer(read, rows, positions, limit, cased, chosen.text_form(read))
        subject = Subject(read, student, weights, task, tokenizer)
    if choice is not None:
        with stages("trim"):
            subject = trimmed(subject, choice)
    recipe, reference = RECIPES[quantize], Reference(subject.student, subject.weights)
    plan = plan_layout(subject.student, task.problem_type, layout, layers_per_segment)
    plans = {"onnx": plan, "tflite": replace(plan, lengths=lengths)}
    exits = _exits(reference, plan) if student.exits else ()
    parities: dict[str, Parity] = {}
    entries: dict[str, Any] = {}
    with arriving_folder(destination) as folder:
        (folder / TOKENIZER).write_text(subject.tokenizer.tokenizer.to_str(), encoding="utf-8")
        text_tokenizer = load_tokenizer(folder / TOKENIZER, tokenizer.pairs)
        for target in targets:
            with stages(f"write {target}"):
                files = WRITERS[target](
                    subject.student, subject.weights, recipe, plans[target], folder / target
                )
                entries[target] = target_entry(recipe.name, plans[target], files, target, exits)
            with stages(f"verify {target}"):
                opened = parse_target(
                    target, entries[target], [f"{target}/{file}" for file in files.values()]
                )
                open_segment = engines[target].opener(folder, threads=1)
                network = open_network(opened, len(task.labels), open_segment, preload=True)
                parities[target] = check_target(
                    reference, recipe, target, plans[target], network, text_tokenizer
                )
                del network, open_segment
        with stages("verify artifact"):
            write_json(folder / GOLDEN, {target: list(parities[target].golden) for target in targets})
            write_manifest(folder, manifest_facts(subject, entries))
            artifact = open_artifact(folder)
            if not all(replay.passed for replay in replay_golden(artifact)):
                raise ParityError(
                    f"{destination}: its golden cases do not repeat; nothing was written; report it"
                )
    return Report(
        artifact=destination,
        family=student.family,
        recipe=recipe.name,
        problem_type=task.problem_type,
        activation=task.activation,
        labels=task.labels,
        labels_given=task.labels_given,
        casing=tokenizer.casing,
        max_tokens=tokenizer.max_tokens,
        checkpoint_bytes=sum(file.stat().st_size for file in read.weights_files),
        float32_bytes=sum(values.nbytes for values in subject.weights.values()),
        targets=tuple(
            TargetReport(target, artifact.target_size_bytes(target), parity.float_difference, parity.checks)
            for target, parity in parities.items()
        ),
        vocabulary=vocabulary_report(subject, recipe),
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


def _engine(target: str) -> Engine:
    engine = next(engine for engine in ENGINES if engine.target == target)
    if not engine.installed:
        raise MissingExtraError(
            f'verifying a {target} graph needs {engine.name}; install it with pip install "litebert[export]"'
        )
    return engine


def _exits(reference: Reference, plan: Plan) -> tuple[Exit, ...]:
    """The exits of a plan, with what an answer there takes of full depth's multiply-adds."""
    costs = [reference.multiply_adds(piece, COMPUTE_TOKENS) for piece in plan.pieces]
    reached = {
        name: sum(costs[: number + 1]) for number, piece in enumerate(plan.pieces) for name in piece.outputs
    }
    return tuple(
        Exit(layer, LOGITS if plan.layout == "branched" else name, reached[name] / sum(costs))
        for layer, name in plan.exits.items()
    )


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)
