"""Embeddings: an encoder of sentence-transformers, with its pooling and normalization in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litebert import CheckpointError
from litebert.arguments import argument_is
from litebert.inputs import TEXT
from litebert.tasks.embeddings import NAME
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.cures import the_flag
from litebert_exporter.facts import Facts
from litebert_exporter.families.family import Family
from litebert_exporter.heads.embedding import EmbeddingHead
from litebert_exporter.spec import Student
from litebert_exporter.tasks.own_head import own_pooler
from litebert_exporter.tasks.protocol import TaskKind
from litebert_exporter.tasks.sentence_transformers import (
    MODULES,
    limit_of,
    pooling_of,
    root_of,
    similarity_of,
)


@dataclass(frozen=True)
class EmbeddingFacts:
    """The facts of an encoder; see `litebert_exporter.tasks.protocol.ExportTask`.

    Attributes:
        pooling: the way from the hidden states of a text to one vector: cls, mean or max.
        normalized: whether vectors have length 1.
        similarity: the measure by which vectors are compared.
        width: the size of a vector.
        inputs: the inputs that the model was made for.
        max_tokens: max_seq_length; None where no file states it.
        notes: a line on the prompts, which the artifact does not put before texts.
    """

    pooling: str
    normalized: bool
    similarity: str
    width: int
    inputs: str | None
    max_tokens: int | None
    notes: tuple[str, ...] = ()

    @property
    def floor(self) -> float:
        """0: only the direction of a vector counts, however short it is."""
        return 0.0

    @property
    def facts(self) -> Mapping[str, Any]:
        """The manifest's `task`."""
        stated = {"pooling": self.pooling, "normalized": self.normalized, "similarity": self.similarity}
        return {"name": NAME, **stated}

    @property
    def reported(self) -> Mapping[str, Any]:
        """The facts, and the size of a vector."""
        return {**self.facts, "width": self.width}

    @property
    def summary(self) -> str:
        """Size, pooling, normalization and similarity."""
        length = " of length 1" if self.normalized else ""
        return (
            f"embeddings, {self.width} numbers{length}: pooling {self.pooling}, compare by {self.similarity}"
        )

    @property
    def cell(self) -> str:
        """A label of any name."""
        return "a label of any name: texts of one label should be near each other"

    def cost(self, changed: int, texts: int, moved: float, raw: float) -> str:
        """A line with the least cosine and the largest change of a component."""
        return f"cosine at least {1 - moved:.4f}; components moved by at most {raw:.2g}"

    def completed(self, other: Any) -> tuple[EmbeddingFacts, str | None]:
        """The task itself: there are no names to complete."""
        return self, None


def _specify(family: Family, checkpoint: Checkpoint, facts: Facts) -> Student:
    encoder = family.encoder(checkpoint, facts.heads)
    width = encoder.embeddings.width
    return encoder.with_heads(EmbeddingHead(*pooling_of(checkpoint, width), width))


def _resolve(checkpoint: Checkpoint, student: Student, facts: Facts) -> EmbeddingFacts:
    for name in ("labels", "problem_type", "classifier"):
        if getattr(facts, name) is not None:
            raise CheckpointError(
                f"{argument_is(name, getattr(facts, name))} is for classifiers, but {MODULES} makes this an "
                f"encoder of embeddings; leave {the_flag()} out"
            )
    embeddings = student.embeddings
    similarity, notes = similarity_of(checkpoint)
    return EmbeddingFacts(
        *pooling_of(checkpoint, embeddings.width),
        similarity=similarity,
        width=embeddings.width,
        inputs=facts.inputs or TEXT,
        max_tokens=limit_of(checkpoint, embeddings.positions, facts),
        notes=notes,
    )


TASK = TaskKind(
    name=NAME,
    classes=(),
    is_for=lambda checkpoint: root_of(checkpoint) is not None,
    specify=_specify,
    ignored=lambda family, checkpoint, facts: (*family.ignored, own_pooler(checkpoint)),
    resolve=_resolve,
    remembered=lambda facts, checkpoint, task: facts,
)
