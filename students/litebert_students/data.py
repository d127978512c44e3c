"""Labelled texts: read from TSV, turned into ids, cut into batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers.implementations import BertWordPieceTokenizer

from litebert.data import read_examples as read_labelled
from litebert_students.checkpoint import Checkpoint

_BATCHES_PER_BUCKET = 50  # so many batches are sorted by length together: little padding, yet well mixed


@dataclass(frozen=True)
class Examples:
    """Labelled texts.

    Attributes:
        texts: one text each, or a pair of texts.
        labels: the class id of each.
    """

    texts: tuple[str | tuple[str, str], ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """One example as the model takes it: ids and token types of equal length, and the class id."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    label: int


@dataclass(frozen=True)
class Batch:
    """Rows of one batch, padded to the longest.

    Attributes:
        ids: [batch, tokens] int64.
        mask: [batch, tokens] bool, false for padding.
        types: [batch, tokens] int64.
        labels: [batch] int64.
    """

    ids: torch.Tensor
    mask: torch.Tensor
    types: torch.Tensor
    labels: torch.Tensor


def read_examples(path: Path, labels: Sequence[str]) -> Examples:
    """Returns the examples of a TSV file.

    Args:
        path: see `litebert.data.read_examples`.
        labels: the model's class names by id.

    Raises:
        InputError: the file is not as described there.
    """
    examples = read_labelled(path, "single-label", labels)
    return Examples(
        texts=tuple(example.text for example in examples),
        labels=tuple(label for example in examples for label in example.labels),
    )


def encode(examples: Examples, checkpoint: Checkpoint, max_tokens: int) -> list[Row]:
    """Returns the examples as ids of the checkpoint's vocabulary, cut to `max_tokens` in all."""
    tokenizer = _build_tokenizer(checkpoint)
    tokenizer.enable_truncation(max_tokens)
    encodings = tokenizer.encode_batch(list(examples.texts))
    return [
        Row(ids=tuple(encoding.ids), types=tuple(encoding.type_ids), label=label)
        for encoding, label in zip(encodings, examples.labels, strict=True)
    ]


def sorted_batches(rows: Sequence[Row], batch_size: int) -> Iterator[Batch]:
    """Yields every row once, the short ones first: the least padding."""
    ordered = sorted(rows, key=lambda row: len(row.ids))
    return (_pad(ordered[i : i + batch_size]) for i in range(0, len(ordered), batch_size))


def shuffled_batches(rows: Sequence[Row], batch_size: int, generator: torch.Generator) -> Iterator[Batch]:
    """Yields every row once in random order, rows of similar length together."""
    shuffled = [rows[i] for i in torch.randperm(len(rows), generator=generator).tolist()]
    bucket_size = batch_size * _BATCHES_PER_BUCKET
    batches: list[list[Row]] = []
    for start in range(0, len(shuffled), bucket_size):
        bucket = sorted(shuffled[start : start + bucket_size], key=lambda row: len(row.ids))
        batches += [bucket[i : i + batch_size] for i in range(0, len(bucket), batch_size)]
    return (_pad(batches[i]) for i in torch.randperm(len(batches), generator=generator).tolist())


def _build_tokenizer(checkpoint: Checkpoint) -> BertWordPieceTokenizer:
    """Returns the WordPiece tokenizer tokenizer_config.json describes; defaults as in transformers."""
    told = checkpoint.tokenizer_config
    return BertWordPieceTokenizer(
        {token: i for i, token in enumerate(checkpoint.vocab)},
        lowercase=told.get("do_lower_case", True),
        strip_accents=told.get("strip_accents"),
        handle_chinese_chars=told.get("tokenize_chinese_chars", True),
        **checkpoint.special_tokens,
    )


def _pad(rows: Sequence[Row]) -> Batch:
    """Returns the rows as tensors; the zeros behind short rows are masked, so any id would do."""
    tokens = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), tokens, dtype=torch.int64)
    types = torch.zeros_like(ids)
    mask = torch.zeros_like(ids, dtype=torch.bool)
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = torch.tensor(row.ids)
        types[i, : len(row.ids)] = torch.tensor(row.types)
        mask[i, : len(row.ids)] = True
    return Batch(ids=ids, mask=mask, types=types, labels=torch.tensor([row.label for row in rows]))
