"""The Hugging Face folder of a compressed student, written in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from tokenizers import Tokenizer

from litebert.errors import InputError
from litebert_exporter import arrival
from litebert_exporter.facts import Facts
from litebert_exporter.subject import Subject
from litebert_exporter.text.tokenizer_facts import ADDED_TOKENS, SPECIAL_TOKENS
from litebert_exporter.text.tokenizer_json import WORDPIECE
from litebert_students.teachers import labels_of, tokenizer_config

CONFIG, TENSORS, TOKENIZER = "config.json", "model.safetensors", "tokenizer_config.json"
VOCAB, WHOLE_TOKENIZER = "vocab.txt", "tokenizer.json"
FILES = (CONFIG, TENSORS, TOKENIZER, VOCAB, WHOLE_TOKENIZER)


@dataclass(frozen=True)
class TrainedStudent:
    """The result of a student recipe.

    Attributes:
        config: its config.json.
        tensors: its weights by their names in transformers, float32.
    """

    config: Mapping[str, Any]
    tensors: Mapping[str, torch.Tensor]


def check_destination(out: Path, *, force: bool) -> None:
    """Raises InputError where `write_student` could not write, before a training whose result would be lost.

    `force` replaces only a former student. A folder with any other file in it is never deleted.
    """
    arrival.check_destination(out, force, "student", lambda folder: _names(folder) <= {*FILES})


def write_student(student: TrainedStudent, teacher: Subject, facts: Facts, out: Path, *, force: bool) -> None:
    """Writes the folder, whole or not at all, with float16 weights; the same bytes for the same student.

    Args:
        student: the student.
        teacher: its teacher, whose tokenizer it has.
        facts: the user's facts of the teacher.
        out: the folder.
        force: replace a former student.

    Raises:
        InputError: the folder may not be written (see `check_destination`) or cannot be written; or a weight
            does not fit float16, which means that the training diverged.
    """
    check_destination(out, force=force)
    tokenizer = Tokenizer.from_str(teacher.tokenizer.tokenizer.to_str())
    tokenizer.no_truncation()
    whole = str(tokenizer.to_str(pretty=True))
    with arrival.arriving_folder(out) as folder:
        write_tensors(folder, {name: tensor.half() for name, tensor in student.tensors.items()})
        if _is_vocab_txt(teacher, json.loads(whole)):
            ids: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
            lines = "".join(f"{token}\n" for token in sorted(ids, key=ids.__getitem__))
            (folder / VOCAB).write_text(lines, encoding="utf-8")
        else:
            (folder / WHOLE_TOKENIZER).write_text(f"{whole}\n", encoding="utf-8")
        write_object(folder / CONFIG, student.config)
        write_object(folder / TOKENIZER, {**tokenizer_config(teacher.checkpoint), **said_of_letters(facts)})


def said_of_labels(teacher: Subject, facts: Facts) -> dict[str, Any]:
    """The user's label names as entries of config.json; none where the user gave none."""
    if facts.labels is None:
        return {}
    labels = labels_of(teacher)
    return {
        "id2label": {str(number): label for number, label in enumerate(labels)},
        "label2id": {label: number for number, label in enumerate(labels)},
    }


def said_of_letters(facts: Facts) -> dict[str, Any]:
    """The user's word on lowercasing as an entry of tokenizer_config.json; none where there is none."""
    return {} if facts.cased is None else {"do_lower_case": not facts.cased}


def write_tensors(folder: Path, tensors: Mapping[str, torch.Tensor]) -> None:
    """Writes model.safetensors.

    Raises:
        InputError: a weight is not finite in its dtype, which means that the training diverged.
    """
    broken = [name for name, tensor in tensors.items() if not tensor.isfinite().all()]
    if broken:
        raise InputError(
            f"{len(broken)} tensors, {broken[0]} first, are not finite in {tensors[broken[0]].dtype}; finite "
            "weights were expected; the training diverged: lower the learning rate"
        )
    whole = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    (folder / TENSORS).write_bytes(save(whole, metadata={"format": "pt"}))


def write_object(path: Path, value: Mapping[str, Any]) -> None:
    """Writes a JSON object with sorted keys; halves of characters become escapes again, as they were read."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")


def _is_vocab_txt(teacher: Subject, body: Mapping[str, Any]) -> bool:
    """Whether vocab.txt and tokenizer_config.json hold every fact of the tokenizer.json."""
    folder, ids = teacher.checkpoint.folder, body["model"]["vocab"]
    others = (WHOLE_TOKENIZER, ADDED_TOKENS, SPECIAL_TOKENS)
    return (
        body["model"]["type"] == WORDPIECE
        and not any((folder / name).exists() for name in others)
        and all(token["content"] in ids for token in body["added_tokens"])
        and sorted(ids.values()) == list(range(len(ids)))
    )


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
