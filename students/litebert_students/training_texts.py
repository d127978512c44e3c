"""Texts: read from files, turned into ids, cut into batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from litebert.tasks.label_column import numbers_of
from litebert.tokenizer import Encoding, Text, TextTokenizer
from litebert.tools import data
from litebert.tools.data import RECOGNISED, Columns
from litebert.tools.progress import Progress, silent

_BATCHES_PER_BUCKET = 50  # so many batches are sorted by length together: little padding, yet well mixed


@dataclass(frozen=True)
class Examples:
    """Texts or pairs, and the class id of each, or no labels at all."""

    texts: tuple[Text, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Rows:
    """Encoded texts, the shortest first, and the class id of each, or no labels at all."""

    encodings: tuple[Encoding, ...]
    labels: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.encodings)


@dataclass(frozen=True)
class Batch:
    """Rows of one batch, padded to the longest.

    Attributes:
        ids: [batch, tokens] int64.
        mask: [batch, tokens] bool, false for padding.
        types: [batch, tokens] int64.
        labels: [batch] int64; empty where the rows have none.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    types: torch.Tensor
    labels: torch.Tensor


def read_examples(path: Path, labels: Sequence[str], columns: Columns = RECOGNISED) -> Examples:
    """Returns the labelled texts of a file.

    Args:
        path: see `litebert.tasks.label_column.numbers_of`.
        labels: the model's class names by id.
        columns: what is not called as usual.

    Raises:
        InputError: the file is not as described there.
    """
    return _labelled(data.read_data_file(path, columns), labels)


def read_unlabelled(path: Path, columns: Columns = RECOGNISED) -> Examples:
    """Returns the texts of a file without labels, whether it has some or not."""
    return Examples(tuple(data.read_texts(path, replace(columns, label=None))), ())


def read_texts(path: Path, labels: Sequence[str], columns: Columns = RECOGNISED) -> Examples:
    """Returns the texts of a file, with labels if it has them (see `litebert.tools.data.DataFile.texts`)."""
    read = data.read_data_file(path, columns)
    return _labelled(read, labels) if read.is_labelled else Examples(read.rows, ())


def _labelled(read: data.DataFile, labels: Sequence[str]) -> Examples:
    return Examples(texts=read.rows, labels=tuple(numbers_of(read.cells(), labels)))


def encode(examples: Examples, tokenizer: TextTokenizer, progress: Progress = silent) -> Rows:
    """Returns the examples as ids, in the order of their lengths; `progress` gets shares of that."""
    texts, encodings = examples.texts, []
    for text in texts:
        encodings.append(tokenizer.encode(text))
        progress(1 / len(texts), f"tokenizing {len(texts)} texts")
    order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].input_ids))
    return Rows(
        encodings=tuple(encodings[i] for i in order),
        labels=tuple(examples.labels[i] for i in order if examples.labels),
    )


def pad(rows: Rows, numbers: Sequence[int]) -> Batch:
    """Returns rows by their numbers as tensors; the zeros behind short ones are masked: any id would do."""
    chosen = [rows.encodings[i] for i in numbers]
    ids = torch.zeros(len(chosen), max(len(row.input_ids) for row in chosen), dtype=torch.int64)
    types = torch.zeros_like(ids)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for i, row in enumerate(chosen):
        ids[i, : len(row.input_ids)] = torch.tensor(row.input_ids)
        types[i, : len(row.input_ids)] = torch.tensor(row.type_ids)
        mask[i, : len(row.input_ids)] = True
    return Batch(ids, mask, types, torch.tensor([rows.labels[i] for i in numbers if rows.labels]))


def in_order(texts: int, batch_size: int) -> list[range]:
    """Returns the numbers of each batch, the shortest texts first: the least padding."""
    return [range(i, min(i + batch_size, texts)) for i in range(0, texts, batch_size)]


def shuffled(texts: int, batch_size: int, random: np.random.Generator) -> list[list[int]]:
    """Returns the numbers of each batch: every text once in random order, similar lengths together."""
    order = random.permutation(texts)
    bucket = batch_size * _BATCHES_PER_BUCKET
    batches = []
    for start in range(0, texts, bucket):
        near = np.sort(order[start : start + bucket]).tolist()
        batches += [near[i : i + batch_size] for i in range(0, len(near), batch_size)]
    return [batches[i] for i in random.permutation(len(batches))]
