"""The subject of an export: a checkpoint read and understood, with its spec, weights, task and tokenizer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from litebert import CheckpointError
from litebert.arguments import argument_is
from litebert.inputs import PAIR
from litebert.tokenizer import NO_PAIRS, Text
from litebert_exporter.binding import Weights, bind
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.checkpoint_reader import read_checkpoint
from litebert_exporter.facts import Facts
from litebert_exporter.families import FAMILIES, choose_family
from litebert_exporter.spec import Student
from litebert_exporter.tasks import choose_task
from litebert_exporter.tasks.protocol import ExportTask
from litebert_exporter.text.built_tokenizer import BuiltTokenizer, build_tokenizer
from litebert_exporter.text.renumber import cut_rows, with_rows, with_tokens
from litebert_exporter.text.trim import Trim, choose_tokens


@dataclass(frozen=True)
class Subject:
    """A checkpoint read and understood, perhaps with fewer tokens.

    Attributes:
        source: the checkpoint with the tensors that its files hold.
        checkpoint: the checkpoint that its family adapted, with the tensors that the spec names.
        student: its spec.
        weights: its tensors by slot name, float32.
        task: the task that it was trained for.
        tokenizer: its tokenizer.
        notes: choices, changed names, omissions and assumptions in reading it, a line each.
        trim: the choice of tokens; None where none were dropped.
    """

    source: Checkpoint
    checkpoint: Checkpoint
    student: Student
    weights: Weights
    task: ExportTask
    tokenizer: BuiltTokenizer
    notes: tuple[str, ...] = ()
    trim: Trim | None = None

    def __post_init__(self) -> None:
        if self.task.inputs == PAIR and self.tokenizer.pairs == NO_PAIRS:
            raise CheckpointError(
                f"{argument_is('inputs', PAIR)} contradicts the {self.student.family} student, which takes "
                "single texts only; leave it out"
            )


def read_subject(path: Path, facts: Facts, max_tokens: int | None = None) -> Subject:
    """The subject of the checkpoint at a path; every reader of checkpoints calls this.

    Args:
        path: a Hugging Face folder or a weights file.
        facts: the user's facts, which the checkpoint may leave open.
        max_tokens: the longest input; the checkpoint's own limit for None.

    Raises:
        InputError: there is nothing at the path or at one of a fact, or as `understand`.
        CheckpointError: a file is damaged, or as `understand`.
        UnsupportedModelError: as `read_checkpoint` and `understand`.
        MissingExtraError: it is a torch file, and torch is not installed.
    """
    read = read_checkpoint(path, facts.config, facts.vocab, facts.part)
    return understand(read, facts, max_tokens)


def understand(read: Checkpoint, facts: Facts, max_tokens: int | None = None) -> Subject:
    """The subject of a checkpoint whose files were read already; see `read_subject`.

    Args:
        read: the checkpoint.
        facts: the user's facts, which it may leave open.
        max_tokens: the longest input; the checkpoint's own limit for None.

    Raises:
        InputError: `max_tokens` leaves no room for text.
        CheckpointError: it is incomplete or contradicts itself, a fact or `max_tokens`.
        UnsupportedModelError: it is of no kind that can be exported.
    """
    chosen = choose_family(read, facts.family)
    adapted = chosen.adapt(read)
    kind = choose_task(adapted)
    student = kind.specify(chosen, adapted, facts)
    weights = bind(student, adapted, kind.ignored(chosen, adapted, facts))
    task = kind.resolve(adapted, student, facts)
    rows, positions = student.embeddings.rows, student.embeddings.positions
    form = chosen.text_form(adapted)
    tokenizer = build_tokenizer(adapted, rows, positions, max_tokens, facts.cased, form, task.max_tokens)
    notes = (*read.notes, *_left_out(read, adapted, weights), *task.notes)
    return Subject(read, adapted, student, weights, task, tokenizer, notes)


def _left_out(read: Checkpoint, adapted: Checkpoint, weights: Weights) -> tuple[str, ...]:
    """The notes on changed names and on tensors left out; none where there are neither."""
    renamed = not adapted.tensors.keys() <= read.tensors.keys()
    unused = (adapted if renamed else read).tensors.keys() - weights.keys()
    return read.reading.without(unused).notes


def with_limit(subject: Subject, max_tokens: int | None) -> Subject:
    """The subject cut at another limit; at the checkpoint's own for None.

    Raises:
        InputError, CheckpointError: as `understand`.
    """
    return replace(subject, tokenizer=subject.tokenizer.with_limit(max_tokens))


def with_own_limit(subject: Subject) -> Subject:
    """The subject cut at the checkpoint's own limit, or at its present one if that is longer."""
    tokenizer = subject.tokenizer
    return with_limit(subject, None) if tokenizer.limits.own > tokenizer.max_tokens else subject


def trimmed(subject: Subject, choice: int | Sequence[Text]) -> Subject:
    """The subject with only the tokens of a choice."""
    student, tokenizer = subject.student, subject.tokenizer
    rows = student.embeddings.rows
    padding_id = FAMILIES[student.family].padding_id(subject.checkpoint)
    trim = choose_tokens(tokenizer.tokenizer, rows, padding_id, choice)
    return replace(
        subject,
        student=with_rows(student, trim.kept),
        weights=cut_rows(student, subject.weights, trim.kept),
        tokenizer=replace(tokenizer, tokenizer=with_tokens(tokenizer.tokenizer, trim.kept)),
        trim=trim,
    )
