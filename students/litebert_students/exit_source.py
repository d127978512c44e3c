"""The classifier that gets exits, read as the exporter reads it, so that every family it knows will do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from litebert.errors import UnsupportedModelError
from litebert.tokenizer import TextTokenizer
from litebert_exporter.added_exits import KEY
from litebert_exporter.binding import Weights
from litebert_exporter.checkpoint import Checkpoint, read_checkpoint
from litebert_exporter.facts import Facts
from litebert_exporter.spec import Student
from litebert_exporter.subject import understand
from litebert_students.training_texts import text_tokenizer


@dataclass(frozen=True)
class Source:
    """A single-label classifier of at least two layers and two classes.

    Attributes:
        checkpoint: its files; the tensors have the dtypes they are stored in.
        student: its spec.
        weights: its tensors by slot name, float32.
        labels: a name per class.
        tokenizer: cuts texts at the recipe's limit.
        notes: what was chosen, taken off names and left out in reading it, a line each.
    """

    checkpoint: Checkpoint
    student: Student
    weights: Weights
    labels: tuple[str, ...]
    tokenizer: TextTokenizer
    notes: tuple[str, ...] = ()


def read_source(path: Path, facts: Facts, max_tokens: int) -> Source:
    """Returns the classifier of a folder or weights file.

    Args:
        path: what `litebert-export` takes.
        facts: what the checkpoint leaves open.
        max_tokens: longer texts are cut; the model's own limit counts where it is lower.

    Raises:
        InputError: there is nothing at a path, or `max_tokens` leaves no room for text.
        CheckpointError: the checkpoint is damaged, incomplete or contradicts itself or a fact.
        UnsupportedModelError: it is no single-label classifier, has exits already, or has but one layer.
    """
    checkpoint = read_checkpoint(path, facts.config, facts.vocab, facts.part)
    subject = None if KEY in checkpoint.config else understand(checkpoint, facts, None)
    if subject is None or subject.student.exits:
        raise UnsupportedModelError(
            f"{path}: has exits already, expected a student without; give the one they were added to"
        )
    student, task = subject.student, subject.task.facts
    labels, kind = tuple(task.get("labels", ())), task.get("problem_type", task["name"])
    if kind != "single-label" or len(labels) < 2:
        raise UnsupportedModelError(
            f"{path}: {kind}, outputs {len(labels)}, expected a single-label "
            "classifier of at least 2 classes; exits need a distribution to be sure of"
        )
    if len(student.layers) < 2:
        raise UnsupportedModelError(
            f"{path}: has 1 layer, expected at least 2; there is nothing to skip, so export it as it is"
        )
    built = subject.tokenizer.with_limit(min(max_tokens, subject.tokenizer.max_tokens))
    tokenizer = text_tokenizer(built.tokenizer, built.pairs)
    return Source(checkpoint, student, subject.weights, labels, tokenizer, subject.notes)
