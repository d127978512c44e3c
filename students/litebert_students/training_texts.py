"""The texts of a training: read from files, turned into ids, and cut into batches."""

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

_BATCHES_PER_BUCKET = 50  # sorted by length together: little padding, yet well mixed


@dataclass(frozen=True)
class Examples:
    """Texts or pairs, and the class id of each; no golds for texts without labels."""

    texts: tuple[Text, ...]
    golds: tuple[int, ...]


@dataclass(frozen=True)
class EncodedTexts:
    """Encoded texts, the shortest first, and the class id of each; no golds for texts without labels."""

    encodings: tuple[Encoding, ...]
    golds: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.encodings)


@dataclass(frozen=True)
class Batch:
    """The rows of one batch, padded to the longest.

    Attributes:
        ids: [batch, tokens] int64.
        mask: [batch, tokens] bool, false for padding.
        types: [batch, tokens] int64.
        golds: [batch] int64, class ids; empty where the rows have none.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    types: torch.Tensor
    golds: torch.Tensor


def read_examples(path: Path, labels: Sequence[str], columns: Columns = RECOGNISED) -> Examples:
    """The labelled texts of a file.

    Args:
        path: a file whose labels `litebert.tasks.label_column.numbers_of` takes.
        labels: the model's label names, in the order of its logits.
        columns: the columns of other than the usual names.

    Raises:
        InputError: the file cannot be read, or a label is none of the model's.
    """
    return _labelled(data.read_data_file(path, columns), labels)


def read_unlabelled(path: Path, columns: Columns = RECOGNISED) -> Examples:
    """The texts of a file without golds, whether the file has labels or not."""
    return Examples(tuple(data.read_texts(path, replace(columns, label=None))), ())


def read_texts(path: Path, labels: Sequence[str], columns: Columns = RECOGNISED) -> Examples:
    """The texts of a file, with golds if it has labels (see `litebert.tools.data.DataFile.texts`)."""
    read = data.read_data_file(path, columns)
    return _labelled(read, labels) if read.is_labelled else Examples(read.rows, ())


def _labelled(read: data.DataFile, labels: Sequence[str]) -> Examples:
    return Examples(texts=read.rows, golds=tuple(numbers_of(read.cells(), labels)))


def encode(examples: Examples, tokenizer: TextTokenizer, progress: Progress = silent) -> EncodedTexts:
    """The examples as ids, in the order of their lengths; `progress` gets each share of that work."""
    texts, encodings = examples.texts, []
    for text in texts:
        encodings.append(tokenizer.encode(text))
        progress(1 / len(texts), f"tokenizing {len(texts)} texts")
    order = sorted(range(len(encodings)), key=lambda i: len(encodings[i].input_ids))
    return EncodedTexts(
        encodings=tuple(encodings[i] for i in order),
        golds=tuple(examples.golds[i] for i in order if examples.golds),
    )


def pad(rows: EncodedTexts, numbers: Sequence[int]) -> Batch:
    """Rows, chosen by their numbers, as tensors. The zeros behind short rows are masked; any id would do."""
    chosen = [rows.encodings[i] for i in numbers]
    ids = torch.zeros(len(chosen), max(len(row.input_ids) for row in chosen), dtype=torch.int64)
    types = torch.zeros_like(ids)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for i, row in enumerate(chosen):
        ids[i, : len(row.input_ids)] = torch.tensor(row.input_ids)
        types[i, : len(row.input_ids)] = torch.tensor(row.type_ids)
        mask[i, : len(row.input_ids)] = True
    return Batch(ids, mask, types, torch.tensor([rows.golds[i] for i in numbers if rows.golds]))


def in_order(texts: int, batch_size: int) -> list[range]:
    """The row numbers of each batch, the shortest texts first, for the least padding."""
    return [range(i, min(i + batch_size, texts)) for i in range(0, texts, batch_size)]


def shuffled(texts: int, batch_size: int, random: np.random.Generator) -> list[list[int]]:
    """The row numbers of each batch: every text once, in random order, with similar lengths together."""
    order = random.permutation(texts)
    bucket = batch_size * _BATCHES_PER_BUCKET
    batches = []
    for start in range(0, texts, bucket):
        near = np.sort(order[start : start + bucket]).tolist()
        batches += [near[i : i + batch_size] for i in range(0, len(near), batch_size)]
    return [batches[i] for i in random.permutation(len(batches))]
