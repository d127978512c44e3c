"""The classifiers that student recipes learn from, read by the exporter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from litebert.errors import UnsupportedModelError
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.facts import Facts
from litebert_exporter.heads.logits import class_count_of
from litebert_exporter.subject import Subject, read_subject, trimmed, with_limit
from litebert_exporter.tasks.sequence_classification import ClassifierFacts
from litebert_exporter.text.tokenizer_facts import SPECIAL_TOKENS
from litebert_exporter.text_files import read_json
from litebert_students.recipe_numbers import USUAL_TOKENS
from litebert_students.training_texts import Examples


def read_classifier(path: Path, facts: Facts) -> Subject:
    """Reads a single-label classifier of at least two classes.

    Args:
        path: a folder or weights file, in the forms that `litebert-export` takes.
        facts: the user's facts, which the checkpoint may leave open.

    Raises:
        InputError: there is nothing at the path or at one of a fact.
        CheckpointError: the checkpoint is damaged, incomplete or contradicts itself or a fact.
        UnsupportedModelError: it is a model of another kind.
    """
    subject = read_subject(path, facts)
    task = subject.task
    found = f"a model for {task.facts['name']}"
    if isinstance(task, ClassifierFacts):
        classes = class_count_of(subject.student.head)
        if task.problem_type == "single-label" and classes > 1:
            return subject
        found = f"{task.problem_type}, outputs {classes}"
    raise UnsupportedModelError(
        f"{path}: {found}, expected a single-label classifier of at least 2 classes; fine-tune one on your "
        "task first"
    )


def read_without_exits(path: Path, facts: Facts) -> Subject:
    """Reads a classifier that can get early exits; the arguments are those of `read_classifier`.

    Raises:
        InputError, CheckpointError: as `read_classifier`.
        UnsupportedModelError: as `read_classifier`; or it has exits already, or only one layer.
    """
    subject = read_classifier(path, facts)
    if subject.student.exits:
        raise UnsupportedModelError(
            f"{path}: has exits already, expected a student without; give the one they were added to"
        )
    if len(subject.student.layers) < 2:
        raise UnsupportedModelError(
            f"{path}: has 1 layer, expected at least 2; there is nothing to skip, so export it as it is"
        )
    return subject


def tokenizer_config(checkpoint: Checkpoint) -> dict[str, Any]:
    """tokenizer_config.json, with the names of special tokens that special_tokens_map.json adds."""
    path = checkpoint.folder / SPECIAL_TOKENS
    special = read_json(path) if path.is_file() else {}
    names = {key: value for key, value in special.items() if key.endswith("_token") and value}
    texts = {key: value["content"] if isinstance(value, dict) else value for key, value in names.items()}
    return {**texts, **checkpoint.tokenizer_config}


def labels_of(teacher: Subject) -> tuple[str, ...]:
    """The label names of a classifier, in the order of its logits."""
    return tuple(teacher.task.facts["labels"])


def cut(teacher: Subject, max_tokens: int | None) -> Subject:
    """The teacher cut at a recipe's limit: 128 tokens by default, or the teacher's own limit if lower."""
    own = teacher.tokenizer.limits.own
    return with_limit(teacher, min(USUAL_TOKENS, own) if max_tokens is None else min(max_tokens, own))


def trim(teacher: Subject, texts: Examples) -> Subject:
    """The teacher without the tokens that texts do not use; both its configs have the new ids."""
    smaller = trimmed(teacher, texts.texts)
    checkpoint, tokenizer = smaller.checkpoint, smaller.tokenizer.tokenizer
    said = tokenizer_config(checkpoint)
    padding = said.get("pad_token") or "[PAD]"
    config = {
        **checkpoint.config,
        "vocab_size": smaller.student.embeddings.rows,
        "pad_token_id": tokenizer.token_to_id(padding["content"] if isinstance(padding, dict) else padding),
    }
    added: dict[str, Any] = said.get("added_tokens_decoder") or {}
    if added:
        table = {str(tokenizer.token_to_id(token["content"])): token for token in added.values()}
        said = {**said, "added_tokens_decoder": table}
    return replace(smaller, checkpoint=replace(checkpoint, config=config, tokenizer_config=said))
