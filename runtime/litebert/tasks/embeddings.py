"""Embeddings: a vector for each text; texts of similar meaning have vectors near each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from litebert.errors import ArtifactError, InputError
from litebert.exit_rules import Belief
from litebert.fields import MANIFEST, choice, flag
from litebert.outputs import BATCH, Outcome, Output, Outputs

if TYPE_CHECKING:
    from litebert.tasks.label_column import Cells
    from litebert.tasks.measures import Measures, Words
    from litebert.tasks.protocol import Task

NAME = "embeddings"
VECTOR = "vector"  # the name of the output
POOLINGS = ("cls", "mean", "max")
SIMILARITIES = ("cosine", "dot")
SAME_COSINE = 0.99  # two vectors of one text that are nearer than this count as equal
_ROWS = 1024  # of similarities that are computed together
_TINY = 1e-12


@dataclass(frozen=True, repr=False)
class Embedding:
    """An answer to one text; equal and hashable by value. `numpy.array(embedding.vector)` makes it an array.

    Attributes:
        vector: float32 numbers, as many as the model has; of length 1 where the model normalizes.
        tokens: the number of tokens that were read, special tokens included.
        truncated: whether text beyond the limit was cut off.
    """

    vector: tuple[float, ...]
    tokens: int
    truncated: bool

    @property
    def exit_layer(self) -> int | None:
        """None: encoders have no early exits."""
        return None

    @property
    def line(self) -> str:
        """The vector in a line, with spaces between its numbers."""
        return " ".join(f"{number:.6g}" for number in self.vector)

    def __repr__(self) -> str:
        shown = ", ".join(f"{number:.4f}" for number in self.vector[:2])
        more = f", ... {len(self.vector)} in all" if len(self.vector) > 2 else ""
        truncated = ", truncated=True" if self.truncated else ""
        return f"Embedding(vector=({shown}{more}), tokens={self.tokens}{truncated})"


@dataclass(frozen=True)
class Embeddings:
    """The task of a model that gives vectors; fulfils `Task` and `Measures`.

    Attributes:
        size: the number of components of a vector.
        pooling: the way to a vector from the hidden states of a text, one of `POOLINGS`.
        normalized: whether vectors have length 1.
        similarity: the measure for comparing the model's vectors, one of `SIMILARITIES`.
    """

    size: int
    pooling: str
    normalized: bool
    similarity: str

    @property
    def name(self) -> str:
        """The name in a manifest."""
        return NAME

    @property
    def outputs(self) -> tuple[Output, ...]:
        """The vector."""
        return (Output(VECTOR, (BATCH, self.size)),)

    @property
    def labels(self) -> tuple[str, ...]:
        """None: a vector has no name."""
        return ()

    @property
    def beliefs(self) -> str | None:
        """None: no exit rule suits vectors."""
        return None

    def belief(self, outputs: Outputs) -> Belief:
        """Empty: no exit rule suits vectors."""
        return ()

    def answer(self, outcome: Outcome) -> Embedding:
        """The vector of a text.

        Raises:
            ArtifactError: a number in it is not finite.
        """
        vector = outcome.outputs[VECTOR].tolist()
        if not all(map(math.isfinite, vector)):
            raise ArtifactError(f"the graph gives the vector {vector!r:.80}; export the model again")
        return Embedding(tuple(vector), len(outcome.encoding.input_ids), outcome.encoding.truncated)

    @property
    def measures(self) -> Measures[Embedding]:
        """The task itself."""
        return self

    @property
    def words(self) -> Words:
        """The words for the figures of this task in tables."""
        from litebert.tasks.measures import Metric, Words

        return Words(
            "a direction (1 - cosine)", False, {"nearest_accuracy": Metric("nearest has label", True)}
        )

    def same(self, one: Embedding, other: Embedding) -> bool:
        """Whether the cosine of two vectors is `SAME_COSINE` or more."""
        return _cosine(one, other) >= SAME_COSINE

    def differences(self, one: Embedding, other: Embedding) -> dict[str, float]:
        """The largest change of a component, and 1 - cosine."""
        change = max(abs(a - b) for a, b in zip(one.vector, other.vector, strict=True))
        return {"component": change, "direction": 1 - _cosine(one, other)}

    def unlike(self, other: Any, name: str) -> str | None:
        """The reason why vectors of another model cannot be compared: another task or size."""
        if not isinstance(other, Embeddings):
            return f"it gives no embeddings, as {name} does; compare models of one task"
        if self.size == other.size:
            return None
        return (
            f"its vectors have {other.size} numbers, those of {name} {self.size}; compare models of one size"
        )

    def adopted(self, answer: Embedding, other: Embeddings) -> Embedding:
        """The answer, unchanged: vectors have no labels."""
        return answer

    def gold(self, cells: Cells) -> list[str]:
        """The label of each row; any name will do.

        Raises:
            InputError: a row has none, or several.
        """
        return [_label(cells, row) for row in range(len(cells.values))]

    def checked(self, golds: Iterable[Any], texts: int) -> list[str]:
        """The labels that a caller in Python gives, one for each text; any names will do.

        Raises:
            InputError: one is no string, or there are not as many as texts.
        """
        labels = [*golds]
        if len(labels) != texts or not all(isinstance(label, str) for label in labels):
            raise InputError(f"labels are {labels!r:.80}, expected a string for each of {texts} texts")
        return labels

    def right(self, answer: Embedding, gold: str) -> bool | None:
        """None: a vector is neither right nor wrong by itself."""
        return None

    def metrics(self, answers: Sequence[Embedding], golds: Sequence[str]) -> dict[str, float]:
        """The share of texts whose nearest other text has the same label; NaN for a single text."""
        return {"nearest_accuracy": float(self._hits(answers, golds).mean())}

    def influences(
        self, answers: Sequence[Embedding], golds: Sequence[str]
    ) -> Mapping[str, NDArray[np.float64]]:
        """The pull of each text on the metric, as for a plain share.

        Its effect as the nearest neighbour of other texts is left out.
        """
        hits = self._hits(answers, golds)
        return {"nearest_accuracy": hits - hits.mean()}

    def _hits(self, answers: Sequence[Embedding], golds: Sequence[str]) -> NDArray[np.float64]:
        """For each text, 1 where the nearest other text (the first of equals) has its label, else 0."""
        if len(answers) < 2:
            return np.full(len(answers), np.nan)
        vectors = np.array([answer.vector for answer in answers], np.float32)
        if self.similarity == "cosine":
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _TINY)
        nearest: list[int] = []
        for start in range(0, len(vectors), _ROWS):
            similar = vectors[start : start + _ROWS] @ vectors.T
            rows = np.arange(len(similar))
            similar[rows, rows + start] = -np.inf
            nearest += similar.argmax(axis=1).tolist()
        return np.array([golds[row] == golds[other] for row, other in enumerate(nearest)], np.float64)


def parse(facts: Mapping[str, Any], outputs: tuple[Output, ...]) -> Task[Embedding]:
    """The task of a manifest.

    Args:
        facts: its `task` in the manifest.
        outputs: the network's outputs.

    Raises:
        ArtifactError: a fact is missing or of a wrong type, or there is another output than one `vector`.
    """
    axes = outputs[0].axes if [each.name for each in outputs] == [VECTOR] else ()
    if len(axes) != 2 or not isinstance(axes[1], int):
        raise ArtifactError(
            f"{MANIFEST}: outputs are {outputs!r:.80}, expected one {VECTOR} [{BATCH}, size]; "
            "export the model again"
        )
    return Embeddings(
        size=axes[1],
        pooling=choice(facts, "pooling", POOLINGS),
        normalized=flag(facts, "normalized"),
        similarity=choice(facts, "similarity", SIMILARITIES),
    )


def _cosine(one: Embedding, other: Embedding) -> float:
    """The cosine of two vectors, -1 to 1; 0 where a vector is all zeros."""
    a, b = (np.array(each.vector, np.float64) for each in (one, other))
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), _TINY))


def _label(cells: Cells, row: int) -> str:
    value = cells.values[row]
    if isinstance(value, list | dict) or value is None or not str(value).strip():
        raise InputError(f"{cells.where(row)} has the label {value!r:.60}, expected one; correct the row")
    return str(value).strip()
