"""A Hugging Face BERT classifier folder, read into memory and written back in one step."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from tokenizers import Tokenizer

from litebert.errors import CheckpointError, InputError, UnsupportedModelError
from litebert.tokenizer import TextTokenizer
from litebert_exporter import arrival
from litebert_exporter.checkpoint import Checkpoint as AnyCheckpoint
from litebert_exporter.checkpoint import read_checkpoint as read_any_checkpoint
from litebert_exporter.families.bert import IGNORED
from litebert_exporter.families.own_head import KEY as OWN_HEAD
from litebert_exporter.leftovers import belongs_to_no_layer
from litebert_exporter.tasks.sequence_classification import resolve_task
from litebert_exporter.tensor_names import PARTS
from litebert_exporter.text.built_tokenizer import build_tokenizer as build_any_tokenizer
from litebert_exporter.text.tokenizer_facts import ADDED_TOKENS, SPECIAL_TOKENS
from litebert_exporter.text.tokenizer_json import WORDPIECE
from litebert_exporter.text_files import read_json
from litebert_students.training_texts import text_tokenizer

CONFIG, TENSORS, TOKENIZER = "config.json", "model.safetensors", "tokenizer_config.json"
VOCAB, WHOLE_TOKENIZER = "vocab.txt", "tokenizer.json"
FILES = (CONFIG, TENSORS, TOKENIZER, VOCAB, WHOLE_TOKENIZER)
CLASS_NAME = "BertForSequenceClassification"

WORDS = "bert.embeddings.word_embeddings.weight"
_POSITIONS = "bert.embeddings.position_embeddings.weight"


@dataclass(frozen=True)
class Checkpoint:
    """What the files of a classifier folder hold.

    Attributes:
        config: config.json as read.
        tokenizer_config: tokenizer_config.json, with the names of special_tokens_map.json.
        tokenizer: the content of a tokenizer.json that cuts words as all files of the tokenizer say.
        vocabulary_file: vocab.txt where that and tokenizer_config.json say the same, else tokenizer.json.
        tensors: Hugging Face names to float32 values.
        notes: what was chosen, taken off names and left out in reading it, a line each.
    """

    config: Mapping[str, Any]
    tokenizer_config: Mapping[str, Any]
    tokenizer: str
    vocabulary_file: str
    tensors: Mapping[str, torch.Tensor]
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The class names by id; LABEL_0, LABEL_1 ... as in transformers where config.json names none.

        Raises:
            CheckpointError: as `resolve_task`, so that no student is trained that cannot be exported.
        """
        return resolve_task(self.config, len(self.tensors["classifier.bias"]), None, None).labels

    @property
    def vocab(self) -> tuple[str, ...]:
        """The tokens in the order of their ids."""
        ids = Tokenizer.from_str(self.tokenizer).get_vocab(with_added_tokens=True)
        return tuple(sorted(ids, key=ids.__getitem__))


def read_checkpoint(path: Path, part: str | None = None) -> Checkpoint:
    """Returns the classifier of a folder or a weights file, its weights widened to float32.

    Args:
        path: a folder of weights, config.json, tokenizer_config.json, and vocab.txt or tokenizer.json; or the
            weights file in such a folder.
        part: what the tensors' names begin with, where there are several networks.

    Raises:
        InputError: there is nothing at the path.
        CheckpointError: a file is missing or damaged, or the files contradict each other.
        UnsupportedModelError: they hold something else than a single-label BERT classifier.
    """
    read = read_any_checkpoint(path, part=part)
    present = {CONFIG: read.config, TOKENIZER: read.tokenizer_config, VOCAB: read.vocabulary}
    missing = [name for name, found in present.items() if not found]
    if missing:
        raise CheckpointError(
            f"{path} has no {', '.join(missing)}; {CONFIG}, {TENSORS}, {TOKENIZER}, {VOCAB} of a BERT "
            "classifier were expected; save it with transformers' save_pretrained (model and tokenizer) first"
        )
    left_out = {
        name
        for name, values in read.tensors.items()
        if belongs_to_no_layer(name, values) or any(re.fullmatch(pattern, name) for pattern in IGNORED)
    }
    prefixed = any(name.startswith("bert.") for name in read.tensors)
    tensors = {
        (name if prefixed else _under_bert(name)): torch.from_numpy(values.astype(np.float32))
        for name, values in read.tensors.items()
        if name not in left_out
    }
    _check_kind(read, tensors)
    tokenizer = _read_tokenizer(read, tensors)
    special = read_json(read.folder / SPECIAL_TOKENS) if (read.folder / SPECIAL_TOKENS).is_file() else {}
    names = {key: value for key, value in special.items() if key.endswith("_token") and value}
    return Checkpoint(
        config=read.config,
        tokenizer_config={
            **{key: value["content"] if isinstance(value, dict) else value for key, value in names.items()},
            **read.tokenizer_config,
        },
        tokenizer=tokenizer,
        vocabulary_file=VOCAB if _is_vocab_txt(read.folder, tokenizer) else WHOLE_TOKENIZER,
        tensors=tensors,
        notes=(*read.notes, *read.reading.without(left_out).notes),
    )


def _under_bert(name: str) -> str:
    """The name as BertForSequenceClassification has it; some classes have the encoder under no attribute."""
    return f"bert.{name}" if name.partition(".")[0] in PARTS else name


def check_destination(out: Path, *, force: bool) -> None:
    """Raises InputError where `write_checkpoint` could not write, so that nobody trains for nothing.

    `force` replaces a former student only: a folder with any other file in it is never deleted.
    """
    arrival.check_destination(out, force, "student", lambda folder: _names(folder) <= {*FILES})


def write_checkpoint(checkpoint: Checkpoint, out: Path, *, force: bool) -> None:
    """Writes the folder with float16 weights: whole or not at all, the same bytes for the same checkpoint.

    Raises:
        InputError: the folder may not be written (see `check_destination`) or cannot be; or a weight does not
            fit float16, which after training means that the training diverged.
    """
    check_destination(out, force=force)
    with arrival.arriving_folder(out) as folder:
        write_tensors(folder, {name: tensor.half() for name, tensor in checkpoint.tensors.items()})
        if checkpoint.vocabulary_file == VOCAB:
            vocabulary = "".join(f"{token}\n" for token in checkpoint.vocab)
        else:
            vocabulary = checkpoint.tokenizer + "\n"
        (folder / checkpoint.vocabulary_file).write_text(vocabulary, encoding="utf-8")
        write_object(folder / CONFIG, checkpoint.config)
        write_object(folder / TOKENIZER, checkpoint.tokenizer_config)


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
    """Writes a JSON object, its keys sorted; halves of characters as JSON's escapes, which they came from."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8", errors="backslashreplace")


def build_tokenizer(checkpoint: Checkpoint, max_tokens: int) -> TextTokenizer:
    """Returns the tokenizer with a limit."""
    tokenizer = Tokenizer.from_str(checkpoint.tokenizer)
    tokenizer.enable_truncation(max_tokens)
    return text_tokenizer(tokenizer)


def _read_tokenizer(read: AnyCheckpoint, tensors: Mapping[str, torch.Tensor]) -> str:
    """Returns the tokenizer as the exporter reads it, so that a student learns the ids it will be asked."""
    rows, positions = (
        tensors[name].shape[0] if name in tensors and tensors[name].ndim else 0
        for name in (WORDS, _POSITIONS)
    )
    tokenizer = build_any_tokenizer(read, rows, positions, None, None).tokenizer
    if json.loads(tokenizer.to_str())["model"]["type"] != WORDPIECE:
        raise CheckpointError(
            f"{read.vocabulary} holds no {WORDPIECE} vocabulary, which is expected of a BERT; "
            "take the one the model was trained with"
        )
    tokenizer.no_truncation()
    return str(tokenizer.to_str(pretty=True))


def _is_vocab_txt(folder: Path, tokenizer: str) -> bool:
    """Whether vocab.txt, with tokenizer_config.json beside it, is all that a folder says of its tokenizer."""
    body = json.loads(tokenizer)
    ids = body["model"]["vocab"]
    others = (WHOLE_TOKENIZER, ADDED_TOKENS, SPECIAL_TOKENS)
    return (
        not any((folder / name).exists() for name in others)
        and all(token["content"] in ids for token in body["added_tokens"])
        and sorted(ids.values()) == list(range(len(ids)))
    )


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _check_kind(read: AnyCheckpoint, tensors: Mapping[str, torch.Tensor]) -> None:
    """Raises UnsupportedModelError unless the model is a BERT classifier with one label per text."""
    config = read.config
    expected = {
        "model_type": ("bert",),
        "architectures": ([CLASS_NAME], None),
        "problem_type": ("single_label_classification", None),
        "position_embedding_type": ("absolute", None),
    }
    wrong = [f"{k}={config.get(k)!r}" for k, good in expected.items() if config.get(k) not in good]
    if getattr(tensors.get("classifier.bias"), "ndim", 0) != 1:
        wrong.append("no vector classifier.bias")
    heads = [name for name, values in tensors.items() if values.ndim == 2 and not name.startswith("bert.")]
    foreign = read.reading.encoder is not None or "classifier.weight" in read.reading.beside
    if foreign or OWN_HEAD in config or (heads and "classifier.weight" not in heads):
        wrong.append(f"a head of your own code ({', '.join(heads[:6])})")
    if wrong and "model_type" not in config:
        raise CheckpointError(
            f"{read.path}: its config lacks model_type, expected bert; if it is a BERT, add it to the file"
        )
    if wrong:
        raise UnsupportedModelError(
            f"{read.path} has {', '.join(wrong)}; a single-label {CLASS_NAME} was expected; "
            "fine-tune one on your task first"
        )
