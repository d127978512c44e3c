"""A family of students: the functions that recognise it and write its spec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from litebert import CheckpointError
from litebert.arguments import argument, argument_is
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import integer
from litebert_exporter.cures import the_flag
from litebert_exporter.spec import EarlyExit, Encoder, Head, Student
from litebert_exporter.text.form import BERT_TEXT, TextForm

Evidence = Literal["marked", "certain", "possible", "no"]

PRETRAINING_HEADS = r"cls[./](predictions|seq_relationship)[./].*"  # of BERT and its kin

MAX_LAYERS, MAX_WIDTH, MAX_ROWS, MAX_CLASSES = 256, 1 << 15, 1 << 22, 1 << 14


def _as_it_is(checkpoint: Checkpoint) -> Checkpoint:
    return checkpoint


def _bert_text(_: Checkpoint) -> TextForm:
    return BERT_TEXT


def _reads_no_padding(_: Checkpoint) -> None:
    return None


@dataclass(frozen=True)
class EncoderNames:
    """A family's names for its encoder and the parts of it.

    Attributes:
        attribute: the prefix of the encoder in the classes of transformers, or of the authors' package.
        table: the word table, behind that prefix.
        layers: the start of its layers' names, behind that prefix.
        parts: the first words of all names behind that prefix.
    """

    attribute: str
    table: str = "embeddings.word_embeddings.weight"
    layers: str = "encoder.layer."
    parts: tuple[str, ...] = ("embeddings", "encoder", "pooler")


@dataclass(frozen=True)
class Classifiers:
    """The heads that a checkpoint has for classification; the attributes are those of `Student`."""

    head: Head
    exits: tuple[EarlyExit, ...] = ()
    exit_rule: str | None = None


@dataclass(frozen=True)
class Family:
    """A kind of student.

    Attributes:
        name: its name in `--family`.
        model_types: the values of `model_type` that its configs have.
        encoder_names: its names for the encoder.
        evidence: judges whether a checkpoint is of this family: "marked" if it has tensors that only this
            family has, which rules out families without a mark; "certain" from names and config;
            "possible" where only the user can know; "no".
        encoder: writes the spec of the encoder, from a checkpoint and `--heads`; raises CheckpointError.
        classifiers: writes the spec of the classifiers, from a checkpoint and its encoder; raises
            CheckpointError.
        ignored: regular expressions of tensors that inference does not use.
        adapt: changes the tensors of a checkpoint to the meaning that the blocks give them. It is applied
            before `encoder`; raises CheckpointError.
        text_form: finds the family's facts about texts for a checkpoint.
        padding_id: finds the id of padding where the graph computes with that id; else None.
        last_linear: the name of the classifier's last linear; None where every layer has a classifier.
    """

    name: str
    model_types: tuple[str, ...]
    encoder_names: EncoderNames
    evidence: Callable[[Checkpoint], Evidence]
    encoder: Callable[[Checkpoint, int | None], Encoder]
    classifiers: Callable[[Checkpoint, Encoder], Classifiers]
    ignored: tuple[str, ...]
    adapt: Callable[[Checkpoint], Checkpoint] = _as_it_is
    text_form: Callable[[Checkpoint], TextForm] = _bert_text
    padding_id: Callable[[Checkpoint], int | None] = _reads_no_padding
    last_linear: str | None = "classifier"

    def specify(self, checkpoint: Checkpoint, attention_heads: int | None) -> Student:
        """The spec of a classifier; see `encoder` and `classifiers`."""
        encoder = self.encoder(checkpoint, attention_heads)
        found = self.classifiers(checkpoint, encoder)
        return encoder.with_heads(found.head, found.exits, found.exit_rule)


def attention_head_count(checkpoint: Checkpoint, key: str, given: int | None, width: int) -> int:
    """The number of attention heads, from the config or from `--heads`.

    Raises:
        CheckpointError: both are absent, they differ, or the heads do not divide the width.
    """
    config = checkpoint.config
    if config.get(key) is not None:
        heads = integer(config, key, 1, MAX_WIDTH)
    elif given is not None:
        heads = given
    else:
        raise CheckpointError(
            f"config.json: no {key} in it; give the number of attention heads with "
            f"{argument_is('heads', 'N')}"
        )
    if given is not None and given != heads:
        raise CheckpointError(
            f"{argument_is('heads', given)} contradicts {key} {heads} in config.json; leave {the_flag()} out"
        )
    if heads < 1 or width % heads:
        raise CheckpointError(
            f"{checkpoint.path}: {heads} heads do not divide the hidden size {width}; "
            f"correct {key} in config.json, or {argument('heads')}"
        )
    return heads


def class_count(checkpoint: Checkpoint, name: str = "classifier.weight") -> int:
    """The number of classes: the rows of the classifier's weight, whose name is `name`.

    Raises:
        CheckpointError: there is no classifier, or its size is absurd.
    """
    classifier = checkpoint.tensors.get(name)
    if classifier is None or classifier.ndim != 2:
        raise CheckpointError(
            f"{checkpoint.path}: no {name} [classes, hidden] in it; expected a model "
            "fine-tuned for sequence classification: fine-tune the encoder first, or for embeddings give the "
            "folder that sentence-transformers saved, with modules.json"
        )
    if not 1 <= len(classifier) <= MAX_CLASSES:
        raise CheckpointError(
            f"{checkpoint.path}: {name} has {len(classifier)} rows, expected 1 to {MAX_CLASSES}; "
            "check that the file is whole"
        )
    return len(classifier)
