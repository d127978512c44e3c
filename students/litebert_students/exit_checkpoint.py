"""The folder of a student with exits, which `litebert-export` takes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from litebert_exporter import arrival
from litebert_exporter.added_exits import KEY
from litebert_exporter.facts import Facts
from litebert_exporter.slots import slots
from litebert_exporter.subject import Subject
from litebert_exporter.tasks.own_head import KEY as OWN_HEAD
from litebert_exporter.text.built_tokenizer import vocabulary_files
from litebert_exporter.text.tokenizer_facts import ADDED_TOKENS, SPECIAL_TOKENS
from litebert_exporter.text.tokenizer_json import read_body
from litebert_students.exit_heads import FIRST, HeadShape
from litebert_students.hidden_cache import Moments
from litebert_students.student_folder import (
    CONFIG,
    FILES,
    TOKENIZER,
    WHOLE_TOKENIZER,
    said_of_labels,
    said_of_letters,
    write_object,
    write_tensors,
)

_ROUNDING = 2.0**-8  # of a channel's largest weight: the precision of bfloat16
_RULE = "entropy-below"  # the runtime leaves as soon as the uncertainty is below the speed
_BESIDE, _CARD = (ADDED_TOKENS, SPECIAL_TOKENS), "README.md"
_FILES = {*FILES, *_BESIDE, _CARD, "merges.txt", "spiece.model", "vocab.json"}


def check_destination(out: Path, *, force: bool) -> None:
    """Raises InputError where `write_exits` could not write, before a training whose result would be lost.

    `force` replaces only a student with exits. A folder with any other file in it is never deleted.
    """
    arrival.check_destination(out, force, "student with exits", _is_own)


def write_exits(
    folder: Path, subject: Subject, facts: Facts, shape: HeadShape, heads: nn.ModuleList, moments: Moments
) -> None:
    """Writes the student's own tensors unchanged, and the heads beside them; same heads, same bytes.

    The names of a head begin with `exits.N.`, where N is the layer before it, from 0. Heads have the dtype of
    the student's own classifier, except where `fold_moments` needs float32.

    Args:
        folder: an empty folder.
        subject: the student.
        facts: the user's facts of it, kept in the files where these have a place for them.
        shape: the kind and the size of the heads.
        heads: the heads of every layer but the last.
        moments: the moments of the states that the heads learnt from.

    Raises:
        InputError: a weight is not finite in that dtype, which means that the training diverged.
    """
    tensors = {name: _as_tensor(values) for name, values in subject.source.tensors.items()}
    dtype = _as_tensor(subject.checkpoint.tensors[next(slots(subject.student.head)).name]).dtype
    write_tensors(folder, tensors | fold_moments(heads, FIRST[shape.kind], moments, dtype))
    write_object(folder / CONFIG, _config(subject, facts, shape))
    _copy_tokenizer(folder, subject, facts)
    (folder / _CARD).write_text(_card(subject, shape), encoding="utf-8")


def fold_moments(
    heads: nn.ModuleList, first: str, moments: Moments, dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    """The tensors of heads for plain states, from heads that were trained on standardized ones.

    The linear that reads the states becomes W/σ and b − W·μ/σ. The bias is float32 and computed from the
    rounded weights, so that it makes up for the rounding error in W·μ/σ, which may be large.

    Args:
        heads: the trained heads.
        first: the name of that linear in a head.
        moments: μ and σ.
        dtype: the dtype of the tensors; float32 replaces it for weights that it would round away.
    """
    tensors = {f"exits.{name}": values.to(dtype) for name, values in heads.state_dict().items()}
    for number, head in enumerate(heads):
        linear, name = head.get_submodule(first), f"exits.{number}.{first}"
        mean, deviation = (torch.from_numpy(part[number]) for part in (moments.mean, moments.deviation))
        exact = linear.weight.detach() / deviation
        weight = exact.to(dtype)
        error, largest = (part.abs().amax(dim=0) for part in (weight.float() - exact, exact))
        if not (error <= _ROUNDING * largest).all():
            weight = exact
        tensors[f"{name}.weight"] = weight
        tensors[f"{name}.bias"] = (linear.bias.detach() - weight.double() @ mean.double()).float()
    return tensors


def _config(subject: Subject, facts: Facts, shape: HeadShape) -> dict[str, Any]:
    exits: dict[str, Any] = {"head": shape.kind, "rule": _RULE}
    if shape.kind == "attention":
        exits |= {"size": shape.size, "heads": shape.attention_heads}
    config = {**subject.source.config, KEY: exits, **said_of_labels(subject, facts)}
    if config.get("problem_type") is None:
        config["problem_type"] = "single_label_classification"
    if facts.classifier is not None:
        config[OWN_HEAD] = facts.classifier
    return config


def _copy_tokenizer(folder: Path, subject: Subject, facts: Facts) -> None:
    """Copies the vocabulary that was read, and the files beside it that concern the tokenizer."""
    checkpoint = subject.source
    for name, path in (
        vocabulary_files(checkpoint.vocabulary_file).items() if checkpoint.vocabulary_file else ()
    ):
        shutil.copyfile(path, folder / name)
    for name in _BESIDE:
        if (checkpoint.folder / name).is_file():
            shutil.copyfile(checkpoint.folder / name, folder / name)
    config = {**checkpoint.tokenizer_config, **said_of_letters(facts)}
    if facts.cased is not None and (folder / WHOLE_TOKENIZER).is_file():
        normalizer = json.loads(subject.tokenizer.tokenizer.to_str())["normalizer"]
        whole = {**read_body(folder / WHOLE_TOKENIZER), "normalizer": normalizer}
        write_object(folder / WHOLE_TOKENIZER, whole)
    if config:
        write_object(folder / TOKENIZER, config)


def _card(subject: Subject, shape: HeadShape) -> str:
    """The model card: the student's licence, and a description of the exits."""
    licence = subject.source.licence
    front = f"---\nlicense: {licence}\n---\n" if licence else ""
    inside = f" of size {shape.size} with {shape.attention_heads} heads" if shape.kind == "attention" else ""
    return (
        f"{front}# {subject.source.name} with exits\n\n"
        f"The {subject.student.family} student {subject.source.name}, its weights unchanged, and behind\n"
        f"every layer but the last a classifier ({shape.kind}{inside}),\n"
        "distilled from the last one (FastBERT, Liu et al. 2020).\n"
    )


def _is_own(folder: Path) -> bool:
    """Whether a folder holds only files that `write_exits` wrote."""
    if not {path.name for path in folder.iterdir()} <= _FILES:
        return False
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and KEY in config


def _as_tensor(values: NDArray[Any]) -> torch.Tensor:
    """The same numbers in torch; bfloat16 needs a detour, because numpy has no such dtype."""
    if values.dtype.name == "bfloat16":
        return torch.from_numpy(values.view(np.uint16).copy()).view(torch.bfloat16)
    return torch.from_numpy(values.copy())
