"""Early exits that litebert-exits has added to a student of any family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litebert import CheckpointError
from litebert.exit_rules import RULES
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import choice, integer
from litebert_exporter.heads.attention import AttentionNames, attention_classifier
from litebert_exporter.heads.linear import LinearClassifier
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.slots import linear
from litebert_exporter.spec import EarlyExit, Head, Student

KEY = "litebert_exits"
HEADS = ("attention", "linear")

_MAX_SIZE = 1 << 15


def with_exits(student: Student, checkpoint: Checkpoint) -> Student:
    """The student with the exits that its config describes: one behind every layer but the last.

    A student whose config describes none comes back as it is.

    Raises:
        CheckpointError: the description is wrong, or the family gives the student exits already.
    """
    facts = checkpoint.config.get(KEY)
    if facts is None:
        return student
    if not isinstance(facts, dict) or student.exits:
        found = "exits twice" if student.exits else f"{KEY} {facts!r:.60}"
        raise CheckpointError(
            f"{checkpoint.path}: {found}, expected the exits of litebert-exits; run it again"
        )
    layers = range(len(student.layers) - 1)
    width, classes = student.embeddings.width, class_count_of(student.head)
    return replace(
        student,
        exits=tuple(EarlyExit(layer, _head(facts, f"exits.{layer}", width, classes)) for layer in layers),
        exit_rule=choice(facts, "rule", tuple(RULES), "entropy-below"),
    )


def _head(facts: Mapping[str, Any], name: str, width: int, classes: int) -> Head:
    if choice(facts, "head", HEADS, "attention") == "linear":
        return LinearClassifier(linear(f"{name}.classifier", classes, width, exact=True))
    size, heads = integer(facts, "size", 1, _MAX_SIZE), integer(facts, "heads", 1, _MAX_SIZE)
    if size % heads:
        raise CheckpointError(
            f"config.json: {heads} heads do not divide the size {size} of the exits; correct {KEY}"
        )
    return attention_classifier(name, AttentionNames(), width, size, classes, heads)
