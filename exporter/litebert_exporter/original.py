"""The original: a checkpoint's own answers, in float32 from the numpy reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from litebert import CheckpointError
from litebert.artifact import Artifact
from litebert.batches import equal_lengths, feeds
from litebert.checked_files import file_sha256
from litebert.outputs import Outcome
from litebert.tasks.measures import Measures
from litebert.tasks.protocol import Task
from litebert.tokenizer import TextTokenizer
from litebert.tools.against import was_made_from
from litebert.tools.comparison import ORIGINAL, Evaluation
from litebert.tools.data import Example
from litebert.tools.progress import Progress, silent
from litebert_exporter.checkpoint_reader import read_checkpoint
from litebert_exporter.differences import not_finite, row_of
from litebert_exporter.facts import Facts
from litebert_exporter.quantize.recipe import UNQUANTIZED
from litebert_exporter.quantize.schemes import FLOAT_PRODUCTS
from litebert_exporter.subject import Subject, understand, with_own_limit
from litebert_exporter.targets.reference import Reference
from litebert_exporter.tasks import choose_task, runtime_task

_RUN_TOKENS = 1024  # computed together: bounds the memory, and keeps a layer's results in the cache


@dataclass(frozen=True)
class Original:
    """A checkpoint's own float model: untrimmed, cut at its own limit, at full depth.

    Attributes:
        name: the checkpoint, as the user named it.
        task: its task in the runtime.
        tokenizer: the checkpoint's.
        reference: computes its outputs.
        weights_sha256: the hashes of its weights files.
        notes: facts taken from the artifact that it is compared with, a line each.
    """

    name: str
    task: Task[Any]
    tokenizer: TextTokenizer
    reference: Reference
    weights_sha256: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def measures(self) -> Measures[Any]:
        """The measures of its task: of answers against golds, and against each other."""
        return self.task.measures

    def evaluate(self, examples: Sequence[Example], progress: Progress = silent) -> Evaluation:
        """Answers every example.

        Raises:
            InputError: a text is a pair, and the model takes none.
            CheckpointError: an output is no finite number.
        """
        encodings = [self.tokenizer.encode(example.text) for example in examples]
        progress(0, f"{Path(self.name).name} in float32")
        answers: dict[int, Any] = {}
        chunks = [*equal_lengths(encodings, _RUN_TOKENS)]
        chunks.sort(key=lambda rows: -len(encodings[rows[0]].input_ids))  # so that the rest takes no longer
        for rows in chunks:
            inputs = feeds([encodings[row] for row in rows])
            (found,) = self.reference.outputs(
                (self.reference.last_layer,), UNQUANTIZED, FLOAT_PRODUCTS, inputs
            )
            problem = not_finite(found)
            if problem is not None:
                raise CheckpointError(f"{self.name}: {problem}")
            for position, row in enumerate(rows):
                outcome = Outcome(examples[row].text, encodings[row], row_of(found, position), None)
                answers[row] = self.task.answer(outcome)
            progress(len(rows), "")
        return Evaluation(
            name=self.name,
            target=ORIGINAL,
            recipe=UNQUANTIZED.name,
            measures=self.measures,
            answers=tuple(answers[row] for row in range(len(encodings))),
            latency_ms=None,
        )


def original_of(subject: Subject, name: str, hashes: Sequence[str]) -> Original:
    """The original of a checkpoint that was read whole, with its own limit."""
    return Original(
        name=name,
        task=runtime_task(subject.task, subject.student),
        tokenizer=subject.tokenizer.text_tokenizer(subject.checkpoint.path),
        reference=Reference(subject.student, subject.weights),
        weights_sha256=tuple(hashes),
    )


def read_original(path: Path, facts: Mapping[str, Any], artifact: Artifact) -> Original:
    """The original at a path, to compare an artifact with.

    Facts that neither the checkpoint nor the user states are taken from the artifact: label names and the
    problem type, and the family where the artifact was made from the same weights.

    Args:
        path: the checkpoint.
        facts: fields of `Facts` by name.
        artifact: the artifact to compare it with.

    Raises:
        LiteBertError: the checkpoint cannot be read, or is a model of another task.
    """
    given = Facts(**facts)
    read = read_checkpoint(path, given.config, given.vocab, given.part)
    hashes = [file_sha256(file) for file in read.weights_files]
    is_source = was_made_from(artifact, hashes)
    if is_source and given.family is None:
        given = replace(given, family=artifact.family)
    kind = choose_task(read)
    is_alike = kind.name == artifact.task.name
    if is_alike:
        given = kind.remembered(given, read, artifact.task)
    limit = artifact.max_tokens if is_source else None
    subject = with_own_limit(understand(read, given, limit))
    task, note = subject.task.completed(artifact.task) if is_alike else (subject.task, None)
    original = original_of(replace(subject, task=task), str(path), hashes)
    return original if note is None else replace(original, notes=(f"{path} {note}",))
