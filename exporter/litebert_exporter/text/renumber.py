"""A student with fewer tokens: its tokenizer and its word table with the same new ids."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tokenizers import Tokenizer

from litebert import CheckpointError
from litebert_exporter.binding import Weights
from litebert_exporter.slots import Slot, replaced, slots
from litebert_exporter.spec import Student
from litebert_exporter.text.tokenizer_json import BPE, UNIGRAM


def with_tokens(tokenizer: Tokenizer, kept: Sequence[int]) -> Tokenizer:
    """The tokenizer with only some ids; the place of an id in `kept` is its new id.

    Raises:
        CheckpointError: its ids have gaps that the library does not keep.
    """
    new = {old: index for index, old in enumerate(kept)}
    body = json.loads(tokenizer.to_str())
    body["model"] = _with_ids(body["model"], new)
    body["added_tokens"] = [{**token, "id": new[token["id"]]} for token in body["added_tokens"]]
    body["post_processor"] = _changed_processor(body["post_processor"], lambda index: new.get(index, index))
    trimmed = Tokenizer.from_str(json.dumps(body))
    expected = {
        token: new[index]
        for token, index in tokenizer.get_vocab(with_added_tokens=True).items()
        if index in new
    }
    if trimmed.get_vocab(with_added_tokens=True) != expected:
        raise CheckpointError(
            "the tokenizer's ids have gaps, so that it cannot be trimmed; leave the flag out"
        )
    return trimmed


def with_rows(student: Student, kept: Sequence[int]) -> Student:
    """The student whose word table has only these rows."""
    table = word_table(student)
    smaller = Slot(table.name, (len(kept), *table.shape[1:]))
    return replace(student, embeddings=replaced(student.embeddings, table, smaller))


def cut_rows(student: Student, weights: Weights, kept: Sequence[int]) -> Weights:
    """The weights of the student that `with_rows` gives."""
    name = word_table(student).name
    return {**weights, name: weights[name][list(kept)]}


def word_table(student: Student) -> Slot:
    """The table that has a row per id."""
    return next(slots(student.embeddings))


def merges(model: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The merges of a BPE model: the left token, the right one, and the token that they become."""
    prefix = model.get("continuing_subword_prefix") or ""
    for merge in model["merges"]:
        left, right = merge.split(" ") if isinstance(merge, str) else merge  # text in older versions
        yield left, right, left + right[len(prefix) :]


def processor_ids(processor: Any) -> set[int]:
    """The ids that a post-processor writes."""
    found = set()

    def note(index: int) -> int:
        found.add(index)
        return index

    _changed_processor(processor, note)
    return found


def _with_ids(model: Mapping[str, Any], new: Mapping[int, int]) -> dict[str, Any]:
    vocabulary = model["vocab"]
    if model["type"] == UNIGRAM:
        pieces = [piece for index, piece in enumerate(vocabulary) if index in new]
        return {**model, "vocab": pieces, "unk_id": new[model["unk_id"]]}
    tokens = {token: new[index] for token, index in vocabulary.items() if index in new}
    if model["type"] != BPE:
        return {**model, "vocab": tokens}
    kept = [[left, right] for left, right, product in merges(model) if product in tokens]
    return {**model, "vocab": tokens, "merges": kept}


def _changed_processor(step: Any, change: Callable[[int], int]) -> Any:
    """A post-processor with every id in it changed."""
    if step is None:
        return None
    changed = dict(step)
    if "processors" in step:
        changed["processors"] = [_changed_processor(part, change) for part in step["processors"]]
    for name in ("cls", "sep"):  # of BERT's and RoBERTa's own processors
        if name in step:
            changed[name] = [step[name][0], change(step[name][1])]
    if "special_tokens" in step:
        changed["special_tokens"] = {
            name: {**token, "ids": [change(index) for index in token["ids"]]}
            for name, token in step["special_tokens"].items()
        }
    return changed
