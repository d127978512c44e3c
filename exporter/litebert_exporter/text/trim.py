"""The choice of the tokens to keep: the word table is most of a small student, and one task uses a part.

A text whose tokens are all kept is cut as before, because every kind of model then decides as before.
WordPiece takes the longest piece that fits, and that piece is kept. BPE makes the merge of the lowest rank,
and every merge that leads to a kept token is kept. Unigram takes the best sum of scores, and these stay the
same. Any other text falls apart into smaller pieces, down to single characters, which are all kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

from tokenizers import Tokenizer

from litebert import InputError
from litebert.arguments import argument
from litebert.cuts import find_cuts
from litebert.growth import check_growth
from litebert.tokenizer import Text
from litebert_exporter.text.renumber import merges, processor_ids
from litebert_exporter.text.tokenizer_json import BPE, UNIGRAM

Parents: TypeAlias = "Mapping[int, set[int]]"

HELD_OUT = 10  # every so many texts, one is set aside for the estimate
_BYTE = re.compile("<0x[0-9A-F]{2}>")


@dataclass(frozen=True)
class Trim:
    """A choice of tokens.

    Attributes:
        kept: their former ids in order; a token's place here is its new id.
        of: the former number of ids.
        texts: the number of texts that made the choice, whose tokens are all kept; None where a number made
            it.
        unseen_share: the estimated share of other texts like them whose tokens change. It is measured on
            every tenth text, with the choice that the others alone would make. None with fewer than ten.
    """

    kept: tuple[int, ...]
    of: int
    texts: int | None = None
    unseen_share: float | None = None


def choose_tokens(
    tokenizer: Tokenizer, rows: int, padding_id: int | None, choice: int | Sequence[Text]
) -> Trim:
    """The choice that a number or texts make.

    Args:
        tokenizer: the tokenizer.
        rows: rows of the word table.
        padding_id: ids up to this one stay as they are, where the family's graph computes with it.
        choice: the largest number of tokens to keep, or texts whose tokens to keep.

    Raises:
        InputError: the number is below that of the tokens that must stay, or not below that of all tokens.
    """
    if isinstance(choice, int):
        return _by_count(tokenizer, rows, padding_id, choice)
    return _by_texts(tokenizer, rows, padding_id, choice)


def _by_texts(tokenizer: Tokenizer, rows: int, padding_id: int | None, texts: Sequence[Text]) -> Trim:
    """Keeps the tokens that the texts use, which are read without a limit, and those that must stay."""
    body = json.loads(tokenizer.to_str())
    needed, parents = _needed(body, tokenizer, rows, padding_id), _parents(body)
    used: set[int] = set()
    held_out: list[set[int]] = []
    for number, ids in enumerate(_used_ids(tokenizer, texts), start=1):
        if number % HELD_OUT:
            used |= ids
        else:
            held_out.append(ids)
    without = _closed(needed | used, parents)
    changed = sum(not ids <= without for ids in held_out)
    kept = _closed(without.union(*held_out), parents)
    share = changed / len(held_out) if held_out else None
    return Trim(tuple(sorted(kept)), rows, len(texts), share)


def _by_count(tokenizer: Tokenizer, rows: int, padding_id: int | None, count: int) -> Trim:
    """Keeps the tokens that must stay, and the most useful others, at most `count` in all.

    The most useful are the first tokens of a WordPiece or BPE vocabulary, which is ordered by frequency, and
    those of the best scores of a Unigram one. A token of BPE takes along the tokens that it is merged from.
    The choice ends with the first token that does not fit.
    """
    body = json.loads(tokenizer.to_str())
    parents = _parents(body)
    kept = _closed(_needed(body, tokenizer, rows, padding_id), parents)
    if not len(kept) <= count < rows:
        raise InputError(
            f"a vocabulary of {count} tokens, expected {len(kept)} (special tokens and single characters, "
            f"which stay) to {rows - 1} (it has {rows}); give another number with "
            f"{argument('trim_vocab')}"
        )
    for index in _by_use(body, tokenizer):
        more = _closed({index}, parents) | kept
        if len(more) > count:
            break
        kept = more
    return Trim(tuple(sorted(kept)), rows)


def _used_ids(tokenizer: Tokenizer, texts: Sequence[Text]) -> Iterator[set[int]]:
    """The ids of each text, without special tokens and without a limit."""
    content = tokenizer.to_str()
    whole, body = Tokenizer.from_str(content), json.loads(content)
    whole.no_truncation()
    cuts = find_cuts(body, check_growth(body), whole)
    for text in texts:
        parts = (text,) if isinstance(text, str) else text
        pieces = (piece for part in parts for piece in cuts.pieces(part))
        yield {index for piece in pieces for index in whole.encode(piece, add_special_tokens=False).ids}


def _needed(body: Mapping[str, Any], tokenizer: Tokenizer, rows: int, padding_id: int | None) -> set[int]:
    """Special and added tokens, single characters and bytes, and ids up to the padding's."""
    model = body["model"]
    prefix = model.get("continuing_subword_prefix") or ""
    suffix = model.get("end_of_word_suffix") or ""
    ids: dict[str, int] = tokenizer.get_vocab(with_added_tokens=True)
    needed = {index for index in processor_ids(body["post_processor"]) if index < rows}  # it may name others
    if padding_id is not None and padding_id < rows:
        needed |= set(range(padding_id + 1))
    needed |= {token["id"] for token in body["added_tokens"]}
    needed |= {
        index
        for token, index in ids.items()
        if len(token.removeprefix(prefix).removesuffix(suffix)) == 1
        or (model.get("byte_fallback") and _BYTE.fullmatch(token))
    }
    if model["type"] == UNIGRAM:
        scores = [score for _, score in model["vocab"]]
        needed |= {model["unk_id"], scores.index(min(scores))}  # the unknown token's score follows from it
    elif model.get("unk_token") is not None:
        needed.add(ids[model["unk_token"]])
    return needed


def _parents(body: Mapping[str, Any]) -> Parents:
    """The tokens that each token of a BPE model is merged from, by any of its merges."""
    parents: dict[int, set[int]] = {}
    if body["model"]["type"] == BPE:
        ids = body["model"]["vocab"]
        for left, right, product in merges(body["model"]):
            parents.setdefault(ids[product], set()).update((ids[left], ids[right]))
    return parents


def _closed(ids: Set[int], parents: Parents) -> set[int]:
    """The ids, and all ids that these are merged from."""
    found, waiting = set(ids), list(ids)
    while waiting:
        new = parents.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _by_use(body: Mapping[str, Any], tokenizer: Tokenizer) -> list[int]:
    """The model's ids, the most useful first, without words that no text gives, such as BERT's [unused1]."""
    model = body["model"]
    vocabulary = model["vocab"]
    if model["type"] == UNIGRAM:
        return sorted(range(len(vocabulary)), key=lambda index: (-vocabulary[index][1], index))
    ids = sorted(vocabulary.values())
    if model["type"] == BPE:
        return ids
    inner = model.get("continuing_subword_prefix") or "##"
    words = [token for token in vocabulary if not token.startswith(inner)]
    idle = {
        vocabulary[word]
        for word, found in zip(words, _used_ids(tokenizer, words), strict=True)
        if found != {vocabulary[word]}
    }
    return [index for index in ids if index not in idle]
