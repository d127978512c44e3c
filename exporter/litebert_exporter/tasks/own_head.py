"""A classifier of the user's own code on a family's encoder: one linear, which only the user knows.

No file says whether it reads the pooler's output or the first token's state, and either gives numbers. So
neither is assumed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from litebert import CheckpointError, InputError, UnsupportedModelError
from litebert.arguments import argument, argument_is
from litebert.tools.fact_flags import classifier_parts
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.config import names
from litebert_exporter.cures import the_flag
from litebert_exporter.families.family import PRETRAINING_HEADS, Family
from litebert_exporter.heads.linear import LinearClassifier
from litebert_exporter.heads.pooled import PooledClassifier, pooled_classifier
from litebert_exporter.leftovers import belongs_to_no_layer
from litebert_exporter.slots import linear
from litebert_exporter.spec import Student
from litebert_exporter.tensor_names import ENCODERS, PARTS

KEY = "litebert_classifier"  # litebert-exits keeps it under this key of config.json

_POOLER = r"(\w+\.)?pooler(\.dense)?\.(weight|bias)"
_OF_PRETRAINING = re.compile(
    rf"{PRETRAINING_HEADS}|(\w+_predictions|(generator_)?lm_head|predictions|vocab_(projector|transform))\..*"
)
_WITH_CLASSIFIER = "ForSequenceClassification"
_SHOWN = 6


def parse_classifier(given: str) -> tuple[str, str]:
    """The name of the linear and the name of its input, from `NAME:pooler` or `NAME:first`.

    Raises:
        InputError: it is neither.
    """
    try:
        return classifier_parts(given)
    except ValueError as error:
        raise InputError(f"classifier is {error}; correct it") from error


def specify(
    family: Family, checkpoint: Checkpoint, attention_heads: int | None, given: str | None
) -> Student:
    """The spec of a checkpoint with the family's usual classifier, or with the one that the user names.

    Args:
        family: the checkpoint's.
        checkpoint: as the family adapts it.
        attention_heads: `--heads`.
        given: `--classifier`, such as `fc:pooler`.

    Raises:
        CheckpointError: the classifier is not where the family has it, and the user names none; or the named
            one is absent; or as the family's `specify`.
        UnsupportedModelError: the family has classifiers of its own behind every layer.
    """
    named = _named(checkpoint, given)
    if named is None:
        _check_usual(family, checkpoint)
        student = family.specify(checkpoint, attention_heads)
        _check_dense(student, checkpoint)
        return student
    name, reads = parse_classifier(named)
    weight = checkpoint.tensors.get(f"{name}.weight")
    if weight is None or weight.ndim != 2:
        raise CheckpointError(
            f"{checkpoint.path}: no {name}.weight [classes, hidden] in it, as {argument('classifier')} says; "
            f"{_listed(checkpoint) or 'nothing there may be a classifier'}"
        )
    if f"{name}.bias" not in checkpoint.tensors:
        raise CheckpointError(
            f"{checkpoint.path}: {name} has no bias, expected {name}.bias [{len(weight)}]; save the model "
            f"with one of zeros: state['{name}.bias'] = torch.zeros({len(weight)})"
        )
    usual = f"{family.last_linear}.weight"
    student = family.specify(
        replace(checkpoint, tensors={**checkpoint.tensors, usual: weight}), attention_heads
    )
    if student.exits:
        raise UnsupportedModelError(
            f"{checkpoint.path}: {family.name} has classifiers of its own behind its layers; leave out "
            f"{argument('classifier')}"
        )
    width, classes = student.embeddings.width, len(weight)
    if reads == "first":
        return replace(student, head=LinearClassifier(linear(name, classes, width, exact=True)))
    return replace(student, head=pooled_classifier(_pooler(checkpoint, name), name, width, classes))


def ignored(family: Family, checkpoint: Checkpoint, given: str | None) -> tuple[str, ...]:
    """Patterns of tensors that may be left over; beside a classifier of the user's, an unread pooler, too."""
    return family.ignored if _named(checkpoint, given) is None else (*family.ignored, own_pooler(checkpoint))


def assumed(student: Student, checkpoint: Checkpoint, given: str | None) -> tuple[str, ...]:
    """The assumption about a classifier that the class in config.json does not have; none for any other."""
    head, classes = student.head, names(checkpoint.config, "architectures")
    foreign = classes and not any(name.endswith(_WITH_CLASSIFIER) for name in classes)
    pooled = isinstance(head, PooledClassifier) and re.fullmatch(_POOLER, head.dense.weight.name)
    if not foreign or not pooled or student.exits or _named(checkpoint, given):
        return ()
    return (
        f"config.json names {classes[0]:.80}, a class without a classifier; the classifier in the file is "
        "taken to read the pooler; if your code gives it last_hidden_state[:, 0], give "
        f"{argument_is('classifier', 'classifier:first')}",
    )


def _named(checkpoint: Checkpoint, given: str | None) -> str | None:
    stored = checkpoint.config.get(KEY)
    if stored is not None and not isinstance(stored, str):
        raise CheckpointError(f"config.json: {KEY} is {stored!r:.60}, expected NAME:pooler or NAME:first")
    if None not in (stored, given) and stored != given:
        raise CheckpointError(
            f"{argument_is('classifier', given)} contradicts {KEY} {stored} in config.json; "
            f"leave {the_flag()} out"
        )
    return given or stored


def _check_usual(family: Family, checkpoint: Checkpoint) -> None:
    """Raises CheckpointError where the classifier must come from the user's own code."""
    encoder, weight = checkpoint.reading.encoder, f"{family.last_linear}.weight"
    if encoder is not None:
        why = f'its encoder is named "{encoder[0]:.80}", not "{encoder[1]}"'
    elif family.last_linear is not None and weight not in checkpoint.tensors:
        why = f"no {weight}, which {family.name} has"
    elif weight in checkpoint.reading.beside:
        why = f"{weight} has another prefix than the encoder"
    else:
        return
    listed = _listed(checkpoint)
    if listed:
        raise CheckpointError(f"{checkpoint.path}: {why}; {listed}")


def _check_dense(student: Student, checkpoint: Checkpoint) -> None:
    """Raises CheckpointError where the classifier is there, but the dense before it is not."""
    head = student.head
    if isinstance(head, PooledClassifier) and head.dense.weight.name not in checkpoint.tensors:
        listed = _listed(checkpoint)
        raise CheckpointError(
            f"{checkpoint.path}: no {head.dense.weight.name}, which {student.family} has before "
            f"{head.classifier.weight.name}; check that config and weights belong together"
            + (listed and f"; {listed}")
        )


def _listed(checkpoint: Checkpoint) -> str:
    """The tensors that may belong to classifiers, and the cure to name one; empty where there are none."""
    layers = {
        name: list(values.shape)
        for name, values in checkpoint.tensors.items()
        if values.ndim > 1
        and not belongs_to_no_layer(name, values)
        and not name.startswith(tuple(ENCODERS))
        and name.partition(".")[0] not in PARTS
        and not _OF_PRETRAINING.fullmatch(name)
    }
    if all(shape[0] == shape[-1] for shape in layers.values()):
        return ""
    width = checkpoint.config.get("hidden_size", checkpoint.config.get("dim"))
    fitting = [
        name.removesuffix(".weight")
        for name, shape in layers.items()
        if name.endswith(".weight") and shape[1:] == [width] and shape[0] != width
    ]
    shown = ", ".join(f"{name:.80} {shape}" for name, shape in [*layers.items()][:_SHOWN])
    if not fitting or any(shape[1:] != [width] for shape in layers.values()):
        return (
            f"a head of your own code is left over: {shown}. Only a head of one nn.Linear on the pooler or "
            "the first token is supported, not one of several layers: train one of those"
        )
    first = f"{fitting[0]:.80}"
    ways = [f"{argument_is('classifier', f'{first}:first')} where your code gives it last_hidden_state[:, 0]"]
    if any(re.fullmatch(own_pooler(checkpoint), name) for name in checkpoint.tensors):
        pooler = argument_is("classifier", f"{first}:pooler")
        ways.insert(0, f"{pooler} where your code gives it pooler_output (outputs[1])")
    return (
        f"likely heads of your own code: {shown}. If the head is one nn.Linear, give {' or '.join(ways)}. "
        "A head of several layers, or on a mean over tokens, is not supported"
    )


def own_pooler(checkpoint: Checkpoint) -> str:
    """The pattern of the encoder's own pooler. A pooler with another prefix is a layer of the user's code."""
    tensors = checkpoint.tensors
    starts = (each for each in ENCODERS if any(name.startswith(f"{each}embeddings.") for name in tensors))
    return rf"{re.escape(next(starts, ''))}pooler(\.dense)?\.(weight|bias)"


def _pooler(checkpoint: Checkpoint, name: str) -> str:
    pattern = own_pooler(checkpoint)
    for each in checkpoint.tensors:
        if re.fullmatch(pattern, each):
            return each.rpartition(".")[0]
    raise CheckpointError(
        f"{checkpoint.path}: no pooler in it, which {argument_is('classifier', f'{name}:pooler')} needs; "
        f"where your code gives {name} last_hidden_state[:, 0], use "
        f"{argument_is('classifier', f'{name}:first')}"
    )
