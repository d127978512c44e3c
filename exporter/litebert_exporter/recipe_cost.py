"""The cost of a recipe in answers, on the built-in texts and on the user's, and the effect of trimming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litebert.artifact import Artifact, open_artifact
from litebert.outputs import Outcome
from litebert.tasks.protocol import Task
from litebert.tools.comparison import ORIGINAL, ComparisonRow, Evaluation, compare
from litebert.tools.data import DataFile, Example, golds_of
from litebert.tools.verify import evaluate
from litebert_exporter.export_report import TargetReport, VocabularyReport
from litebert_exporter.original import Original, original_of
from litebert_exporter.parity import Parity
from litebert_exporter.quantize.recipe import UNQUANTIZED, Recipe
from litebert_exporter.stages import Stages
from litebert_exporter.subject import Subject, with_own_limit
from litebert_exporter.tasks import protocol
from litebert_exporter.text.renumber import word_table


@dataclass(frozen=True)
class Trial:
    """The original, and the texts on which the artifact is compared with it."""

    original: Original
    examples: tuple[Example, ...]


def plan_trial(data: DataFile, subject: Subject, name: str) -> Trial:
    """The trial of a checkpoint on a file of texts that its model takes.

    Args:
        data: the file.
        subject: the checkpoint, untrimmed.
        name: its name as the user gave it.

    Raises:
        InputError: the file has other columns or labels, or it holds pairs and the model takes none.
    """
    original = original_of(with_own_limit(subject), name, hashes=())
    examples = data.examples(original.measures)
    for kind in (str, tuple):  # a text that the model does not take is an error before anything is written
        for text in [each.text for each in examples if isinstance(each.text, kind)][:1]:
            original.tokenizer.encode(text)
    return Trial(original, tuple(examples))


def compared(trial: Trial, path: Path, digest: str, stages: Stages) -> tuple[ComparisonRow, ...]:
    """The rows of the original and of each target, on the texts of a trial.

    `digest` is the manifest's, by which the artifact at `path` was checked already.
    """
    artifact = open_artifact(path, digest)
    answers, targets = len(trial.examples), len(artifact.targets)
    with stages("compare original") as step:
        original = trial.original.evaluate(trial.examples, lambda done, phase: step(done / answers))
    with stages("compare artifact") as step:
        share = 1 / (answers * targets)
        evaluations = evaluate(artifact, trial.examples, lambda done, phase: step(done * share), str(path))
        return compare([original, *evaluations], golds_of(trial.examples))


def target_report(
    artifact: Artifact, exported: protocol.ExportTask, target: str, parity: Parity
) -> TargetReport:
    """The report of a target; `exported` is the exporter's object for the artifact's task."""
    task, recipe = artifact.task, artifact.targets[target].recipe
    pair = (
        _evaluation(task, ORIGINAL, UNQUANTIZED.name, parity.float_outcomes),
        _evaluation(task, target, recipe, parity.outcomes),
    )
    row = compare(pair)[1]
    return TargetReport(
        target=target,
        size_bytes=artifact.target_size_bytes(target),
        float_difference=parity.float_difference,
        texts=row.examples,
        changed_answers=row.changed,
        score_difference=row.moved,
        cost=exported.cost(row.changed, row.examples, row.moved, parity.float_difference),
        checks=parity.checks,
    )


def vocabulary_report(subject: Subject, recipe: Recipe) -> VocabularyReport | None:
    """The effect of trimming, with the sizes of the recipe's word table; None where nothing was trimmed."""
    trim, table = subject.trim, word_table(subject.student)
    if trim is None:
        return None
    row_bytes = recipe.tables.row_bytes(table.shape[1])
    return VocabularyReport(
        kept=len(trim.kept),
        of=trim.of,
        table_bytes=len(trim.kept) * row_bytes,
        former_table_bytes=trim.of * row_bytes,
        texts=trim.texts,
        unseen_share=trim.unseen_share,
    )


def _evaluation(task: Task[Any], target: str, recipe: str, outcomes: Sequence[Outcome]) -> Evaluation:
    answers = tuple(task.answer(outcome) for outcome in outcomes)
    return Evaluation("", target, recipe, task.measures, answers, None)
