"""The classifier that gets exits, read as the exporter reads it, so that every family it knows will do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from litebert.errors import UnsupportedModelError
from litebert.tokenizer import TextTokenizer
from litebert_exporter.binding import Weights, bind
from litebert_exporter.checkpoint import Checkpoint, read_checkpoint
from litebert_exporter.exits import KEY
from litebert_exporter.facts import Facts
from litebert_exporter.families import choose_family, own_head
from litebert_exporter.spec import Student
from litebert_exporter.task import resolve_task
from litebert_exporter.text.form import TextForm
from litebert_exporter.text.tokenizer import build_tokenizer
from litebert_students.data import text_tokenizer
from litebert_students.recipe import USUAL_TOKENS, check_fits, given_or_usual


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


def read_source(path: Path, facts: Facts, max_tokens: int | None) -> Source:
    """Returns the classifier of a folder or weights file.

    Args:
        path: what `litebert-export` takes.
        facts: what the checkpoint leaves open.
        max_tokens: longer texts are cut; None is 128, or the model's limit where that is lower.

    Raises:
        InputError: there is nothing at a path, or `max_tokens` leaves no room for text or is
            beyond the model's limit.
        CheckpointError: the checkpoint is damaged, incomplete or contradicts itself or a fact.
        UnsupportedModelError: it is no single-label classifier, has exits already, or has but one layer.
    """
    checkpoint = read_checkpoint(path, facts.config, facts.vocab, facts.part)
    family = choose_family(checkpoint, facts.family)
    adapted = family.adapt(checkpoint)
    student = own_head.specify(family, adapted, facts.heads, facts.classifier)
    if student.exits or KEY in checkpoint.config:
        raise UnsupportedModelError(
            f"{path}: has exits already, expected a student without; give the one they were added to"
        )
    weights = bind(student, adapted, own_head.ignored(family, adapted, facts.classifier))
    task = resolve_task(checkpoint.config, student.head.outputs, facts.labels, None, checkpoint.cross_encoder)
    if task.problem_type != "single-label" or student.head.outputs < 2:
        raise UnsupportedModelError(
            f"{path}: {task.problem_type}, outputs {student.head.outputs}, expected a single-label "
            "classifier of at least 2 classes; exits need a distribution to be sure of"
        )
    if len(student.layers) < 2:
        raise UnsupportedModelError(
            f"{path}: has 1 layer, expected at least 2; there is nothing to skip, so export it as it is"
        )
    tokenizer = _build_tokenizer(adapted, student, family.text_form(adapted), max_tokens, facts.cased)
    notes = own_head.notes(checkpoint, adapted, student, weights, facts.classifier)
    return Source(checkpoint, student, weights, task.labels, tokenizer, notes)


def _build_tokenizer(
    checkpoint: Checkpoint, student: Student, form: TextForm, max_tokens: int | None, cased: bool | None
) -> TextTokenizer:
    rows, positions = student.embeddings.vocabulary, student.embeddings.positions
    own = build_tokenizer(checkpoint, rows, positions, None, cased, form)
    limit = given_or_usual(max_tokens, USUAL_TOKENS, own.max_tokens)
    check_fits([("max_tokens", (limit, f"at most {own.max_tokens}", limit <= own.max_tokens))])
    built = build_tokenizer(checkpoint, rows, positions, limit, cased, form)
    return text_tokenizer(built.tokenizer, built.pairs)
