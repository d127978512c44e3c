"""Labelled texts: read from TSV, turned into ids, cut into batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers.implementations import BertWordPieceTokenizer

from litebert.errors import InputError
from litebert_students.checkpoint import Checkpoint

_HEADERS = (["text", "label"], ["text_a", "text_b", "label"])
_BATCHES_PER_BUCKET = 50  # so many batches are sorted by length together: little padding, yet well mixed
_SHOWN = 3  # so many wrong lines are named in an error


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
        path: UTF-8, a header `text<TAB>label` or `text_a<TAB>text_b<TAB>label`, no quoting. The label column
            holds class names throughout or class ids throughout; names win where both would do.
        labels: the model's class names by id.

    Raises:
        InputError: the file is missing, not UTF-8, empty, or has another header; a line has another number of
            columns or an unknown label.
    """
    header, lines = _read_lines(path)
    if header not in _HEADERS:
        raise InputError(
            f"{path} has the columns {header}; text, label or text_a, text_b, label, separated by tabs, were "
            "expected; add that header line"
        )
    wrong = [number for number, line in enumerate(lines, start=2) if len(line) != len(header)]
    if wrong:
        raise InputError(
            f"{path} has {len(wrong)} lines without {len(header)} columns (line {_some(wrong)}); {header} "
            "were expected, separated by tabs; remove stray tabs and line breaks from the texts"
        )
    if not lines:
        raise InputError(f"{path} has no example; lines below the header were expected; add some")
    ids = _label_ids({line[-1] for line in lines}, labels, path)
    texts = tuple(line[0] if len(line) == 2 else (line[0], line[1]) for line in lines)
    return Examples(texts=texts, labels=tuple(ids[line[-1]] for line in lines))


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


def _read_lines(path: Path) -> tuple[list[str], list[list[str]]]:
    """Returns the columns of the first line and of the others, without empty lines at the end."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} cannot be read ({error}); a TSV file in UTF-8 was expected; check the path"
        ) from error
    header, *lines = (line.split("\t") for line in text.rstrip("\n").split("\n"))
    return header, lines


def _label_ids(found: set[str], labels: Sequence[str], path: Path) -> dict[str, int]:
    """Returns the class id of every label that stands in the file."""
    names = {name: i for i, name in enumerate(labels)}
    numbers = {str(i): i for i in range(len(labels))}
    if found <= names.keys():
        return names
    if found <= numbers.keys():
        return numbers
    unknown = sorted(found - names.keys()) if found & names.keys() else sorted(found - numbers.keys())
    raise InputError(
        f"{path} has the unknown labels {_some(unknown)}; the names {', '.join(names)} or the ids 0 to "
        f"{len(labels) - 1} were expected; correct them, or take a model that knows them"
    )


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


def _some(items: Iterable[object]) -> str:
    """Returns the first few items, with an ellipsis where there are more."""
    shown = [str(item) for item in items]
    return ", ".join(shown[:_SHOWN]) + (" ..." if len(shown) > _SHOWN else "")
