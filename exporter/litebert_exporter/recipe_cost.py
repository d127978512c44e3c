"""What a recipe costs: on the built-in texts, and on the user's own against the checkpoint as it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from litebert.artifact import Artifact
from litebert.tasks.sequence_classification import SequenceClassification, predict
from litebert.tools.comparison import ORIGINAL, ComparisonRow, Evaluation, compare
from litebert.tools.data import Example, Table, golds_of
from litebert.tools.verify import evaluate
from litebert_exporter.export_report import TargetReport
from litebert_exporter.original import Original, original_of
from litebert_exporter.parity import Parity
from litebert_exporter.stages import Stages
from litebert_exporter.subject import Subject, with_own_limit
from litebert_exporter.tasks import protocol


@dataclass(frozen=True)
class Trial:
    """The checkpoint as it is, and the texts on which the artifact is compared with it."""

    original: Original
    examples: tuple[Example, ...]


def plan_trial(table: Table, subject: Subject, name: str) -> Trial:
    """The trial of a checkpoint on a file of texts, which the checkpoint can read.

    Args:
        table: the file.
        subject: the checkpoint, untrimmed.
        name: how the user named it.

    Raises:
        InputError: the file has other columns or labels, or holds pairs, and the model takes none.
    """
    original = original_of(with_own_limit(subject), name, hashes=())
    examples = table.examples(original.measures)
    for kind in (str, tuple):  # that the model takes them is found out before anything is written
        for text in [each.text for each in examples if isinstance(each.text, kind)][:1]:
            original.tokenizer.encode(text)
    return Trial(original, tuple(examples))


def compared(trial: Trial, artifact: Artifact, name: str, stages: Stages) -> tuple[ComparisonRow, ...]:
    """The checkpoint itself and each target on the texts of a trial; `name` is the artifact's."""
    answers, targets = len(trial.examples), len(artifact.targets)
    with stages("compare original") as step:
        original = trial.original.evaluate(trial.examples, lambda done, phase: step(done / answers))
    with stages("compare artifact") as step:
        share = 1 / (answers * targets)
        evaluations = evaluate(artifact, trial.examples, lambda done, phase: step(done * share), name)
        return compare([original, *evaluations], golds_of(trial.examples))


def target_report(artifact: Artifact, exported: protocol.Task, target: str, parity: Parity) -> TargetReport:
    """The report of a target; `exported` is the exporter's side of the artifact's task."""
    task, recipe = artifact.task, artifact.targets[target].recipe
    pair = (
        _evaluation(task, ORIGINAL, "none", parity.float_answers),
        _evaluation(task, target, recipe, parity.answers),
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


def _evaluation(
    task: SequenceClassification, target: str, recipe: str, logits: NDArray[np.float32]
) -> Evaluation:
    predictions = tuple(predict(task, tuple(row), 0, truncated=False) for row in logits.tolist())
    return Evaluation("", target, recipe, task.measures, predictions, None)
