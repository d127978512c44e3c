"""The exporter on one page: checkpoint → family → spec + weights → segments → graphs → artifact, verified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from litebert import MissingExtraError, ParityError
from litebert.artifact import GOLDEN, TOKENIZER, Artifact, open_artifact
from litebert.backends import ENGINES, Engine
from litebert.graph_formats import BRANCHED
from litebert.network import open_network
from litebert.target_parser import parse_target
from litebert.targets import Exit
from litebert.tokenizer import load_tokenizer
from litebert.tools.data import RECOGNISED, Columns, read_data_file
from litebert.tools.progress import Progress, silent
from litebert.tools.verify import replay_golden
from litebert_exporter.arrival import arriving_folder, check_destination
from litebert_exporter.choices import check_choices, fixed_lengths, label_choice, trim_choice, whole_choice
from litebert_exporter.export_report import Report
from litebert_exporter.facts import Facts
from litebert_exporter.golden import golden_cases
from litebert_exporter.next_steps import next_steps
from litebert_exporter.package import manifest_facts, target_facts, write_json, write_manifest
from litebert_exporter.parity import Parity, check_target
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.recipe_cost import compared, plan_trial, target_report, vocabulary_report
from litebert_exporter.segments import Plan, plan_layout
from litebert_exporter.stages import Stages, planned
from litebert_exporter.subject import read_subject, trimmed
from litebert_exporter.targets import TARGETS
from litebert_exporter.targets.reference import Reference
from litebert_exporter.tasks import runtime_task
from litebert_exporter.text.java import java_notes

COMPUTE_TOKENS = 32  # the length of the text for which shares of compute are stated


def export(
    checkpoint: str | Path,
    *,
    targets: Sequence[str] = tuple(TARGETS),
    out: str | Path | None = None,
    quantize: str = next(iter(RECIPES)),
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
    inputs: str | None = None,
    cased: bool | None = None,
    part: str | None = None,
    classifier: str | None = None,
    trim_vocab: int | str | Path | None = None,
    data: str | Path | None = None,
    columns: Columns = RECOGNISED,
    force: bool = False,
    progress: Callable[[str], None] | None = None,
    on_share: Progress = silent,
) -> Report:
    """Turns a checkpoint into a verified artifact.

    Args:
        checkpoint: a Hugging Face folder, or a .safetensors, .pt, .pth, .ckpt or .bin file.
        targets: any of `litebert_exporter.targets.TARGETS`, "onnx" and "tflite"; all of them by default.
        out: the artifact's folder; `<name>.litebert` in the current folder by default.
        quantize: the recipe, one of `litebert_exporter.quantize.recipe.RECIPES`: "int8", "int8-fast" (onnx
            only) or "none".
        layout: "whole" is one graph; "split" one per few layers, each with its exit; "branched" (onnx only)
            one that leaves by itself. By default split for students with exits, whole for others.
        layers_per_segment: the number of layers between two exits in the layouts split and branched.
        max_tokens: the longest input, special tokens included; the checkpoint's own limit by default.
        lengths: fixed lengths for delegates that need them (tflite only; onnx stays open): a signature of
            every segment for each, weights shared. The longest is the limit. Any length by default.
        labels: a name per output, for checkpoints that have none.
        vocab: tokenizer.json, vocab.txt, vocab.json (merges.txt beside it) or spiece.model that is not beside
            the weights.
        config: config.json that is not beside the weights.
        family: one of `FAMILIES`, where the checkpoint leaves it open.
        heads: attention heads, where the config does not say.
        problem_type: "single-label", "multi-label" or "regression", where the config does not say.
        inputs: "text" or "pair": the inputs that the model was made for; it then questions the other. By
            default "pair" for a cross-encoder, "text" for an encoder, else open.
        cased: True or False, where the tokenizer's files do not say.
        part: the beginning of the tensors' names in the file, where it holds several networks.
        classifier: "NAME:pooler" or "NAME:first" for a linear of one's own code on an encoder: its name there
            and whether it reads the pooler's output or the first token's state.
        trim_vocab: a file of texts (as `litebert.tools.data.read_texts` takes them) whose tokens are kept, or
            a number of tokens to keep; the rest leaves vocabulary and word table.
        data: a file of texts, with labels or without, as `litebert.tools.data.read_data_file` takes it. On
            them each target is compared with the checkpoint itself: untrimmed, in float32, cut at its own
            limit.
        columns: the columns of these files, where they have other than the usual names.
        force: replace the artifact at `out`.
        progress: called with the name of each stage as it starts.
        on_share: called with each further share of the work, which adds up to 1, and the name of the stage.

    Returns:
        The report: facts, sizes, and the agreement of the graphs with the checkpoint.

    Raises:
        LiteBertError: its class says who must act. `out` is left as it was before, unless only the comparison
            with `data` failed.

    Example:
        >>> report = export("my-student/", targets=("tflite",), out="app.litebert")
        >>> report.task["labels"], report.max_tokens
        (['negative', 'positive'], 512)
    """
    source = Path(checkpoint)
    texts = None if data is None else read_data_file(Path(data), columns)
    choice, max_tokens = trim_choice(trim_vocab, columns), whole_choice("max_tokens", max_tokens)
    facts = Facts(
        family=family,
        heads=whole_choice("heads", heads),
        labels=label_choice(labels),
        vocab=_path(vocab),
        config=_path(config),
        cased=cased,
        problem_type=problem_type,
        inputs=inputs,
        part=part,
        classifier=classifier,
    )
    check_choices(targets, quantize, layout, layers_per_segment, family, problem_type, inputs)
    lengths = fixed_lengths(lengths, targets, max_tokens)
    engines = {target: _engine(target) for target in targets}
    if out is not None:
        check_destination(Path(out), force)
    stages = Stages(
        progress, on_share, planned(targets, choice is not None, 0 if texts is None else len(texts))
    )
    with stages("read"):
        subject = read_subject(source, facts, lengths[-1] if lengths else max_tokens)
        destination = Path(out) if out is not None else Path(f"{subject.checkpoint.name}.litebert")
        check_destination(destination, force)
        trial = None if texts is None else plan_trial(texts, subject, str(checkpoint))
        task = runtime_task(subject.task, subject.student)
        plan = plan_layout(subject.student, layout, layers_per_segment)
        kinds = {target: TARGETS[target] for target in targets}
        plans = {
            target: replace(plan, lengths=lengths) if kind.graphs.has_entries else plan
            for target, kind in kinds.items()
        }
        for engine in engines.values():
            engine.opener(Path(), threads=1)  # imports the engine: a broken one is an error before the work
    if choice is not None:
        with stages("trim"):
            subject = trimmed(subject, choice)
    student = subject.student
    recipe, reference = RECIPES[quantize], Reference(student, subject.weights)
    exits = _exits(reference, plan) if student.exits else ()
    parities: dict[str, Parity] = {}
    entries: dict[str, Any] = {}
    with arriving_folder(destination) as folder:
        (folder / TOKENIZER).write_text(subject.tokenizer.tokenizer.to_str(), encoding="utf-8")
        text_tokenizer = load_tokenizer(folder / TOKENIZER, subject.tokenizer.pairs)
        for target, kind in kinds.items():
            with stages(f"write {target}"):
                files = kind.write(student, subject.weights, recipe, plans[target], folder / target)
                entries[target] = target_facts(kind, recipe, plans[target], files, exits)
            with stages(f"verify {target}") as step:
                paths = [f"{target}/{file}" for file in files.values()]
                opened = parse_target(target, entries[target], paths, task.outputs)
                open_segment = engines[target].opener(folder, threads=1)
                network = open_network(opened, task, open_segment, preload=True)
                parities[target] = check_target(
                    reference,
                    recipe,
                    kind,
                    plans[target],
                    network,
                    task.outputs,
                    subject.task.floor,
                    text_tokenizer,
                    step,
                )
                del network, open_segment
        with stages("verify artifact") as step:
            last_layer = exits[-1].layer if exits else None
            golden = {
                target: golden_cases(parity.cases, parity.tolerance, task, last_layer)
                for target, parity in parities.items()
            }
            artifact = _sealed(folder, golden, manifest_facts(subject, entries), step)
            if not all(replay.passed for replay in replay_golden(artifact)):
                raise ParityError(
                    f"{destination}: its golden cases do not repeat; nothing was written; report it"
                )
    # The artifact is in place before the comparison, which takes long: a user who stops that keeps it.
    rows = () if trial is None else compared(trial, destination, artifact.digest, stages)
    text = None if trial is None else trial.examples[0].text
    return Report(
        artifact=destination,
        family=student.family,
        recipe=recipe.name,
        task=subject.task.reported,
        summary=subject.task.summary,
        notes=(*subject.notes, *java_notes(subject.tokenizer.tokenizer)),
        casing=subject.tokenizer.casing,
        max_tokens=subject.tokenizer.max_tokens,
        checkpoint_bytes=sum(file.stat().st_size for file in subject.checkpoint.weights_files),
        float32_bytes=sum(values.nbytes for values in subject.weights.values()),
        targets=tuple(
            target_report(artifact, subject.task, target, parity) for target, parity in parities.items()
        ),
        vocabulary=vocabulary_report(subject, recipe),
        data=None if data is None else str(data),
        comparison=rows,
        next_steps=next_steps(artifact, subject.task, destination, source, facts, text, data, columns),
        seconds=stages.seconds,
    )


def _sealed(
    folder: Path, golden: Mapping[str, Any], facts: Mapping[str, Any], step: Callable[[float], None]
) -> Artifact:
    """The artifact in a folder, which gets golden cases and manifest; every file is read twice for that."""
    write_json(folder / GOLDEN, golden)
    write_manifest(folder, facts)
    step(0.2)
    artifact = open_artifact(folder)
    step(0.3)
    return artifact


def _engine(target: str) -> Engine:
    engine = next(engine for engine in ENGINES if engine.target == target)
    if not engine.installed:
        raise MissingExtraError(
            f'verifying a {target} graph needs {engine.name}; install it with pip install "litebert[export]"'
        )
    return engine


def _exits(reference: Reference, plan: Plan) -> tuple[Exit, ...]:
    """The exits of a plan, each with its share of full depth's multiply-adds."""
    costs = [reference.multiply_adds(piece, COMPUTE_TOKENS) for piece in plan.pieces]
    reached = {
        layer: sum(costs[: number + 1]) for number, piece in enumerate(plan.pieces) for layer in piece.exits
    }
    leaves_by_itself = plan.layout == BRANCHED  # so any exit's outputs have their own names
    return tuple(
        Exit(
            layer, {name: name for name in names} if leaves_by_itself else names, reached[layer] / sum(costs)
        )
        for layer, names in plan.exits.items()
    )


def _path(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)
