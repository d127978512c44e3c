"""Special tokens, and tokens added to a vocabulary for fine-tuning: their ids, and their matches in texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from litebert import CheckpointError
from litebert.tokenizer_check import token_problems
from litebert_exporter.cures import own_vocabulary
from litebert_exporter.text.tokenizer_facts import FLAGS, Said, TokenizerFacts, check_followed, contradiction
from litebert_exporter.text.tokenizer_json import Body, body_ids, no_tokenizer, unknown_token


def with_added_tokens(path: Path, body: Body, facts: TokenizerFacts, rows: int) -> Body:
    """A tokenizer.json with the added tokens that it and the files beside it name.

    Tokens without an id in any file follow behind the others, as in transformers: first `cls`, `sep` and the
    like, then those of a list. A token that only the class names is left out if the model has no row for it.

    Args:
        path: the vocabulary.
        body: the content of a tokenizer.json.
        facts: the facts in the files beside it.
        rows: rows of the word embedding.

    Raises:
        CheckpointError: two places contradict each other on a token; ids have gaps, or exceed the rows.
        UnsupportedModelError: as `check_followed`.
    """
    vocabulary = body_ids(path, body)
    check_ids(path, vocabulary, rows)
    unknown, named = unknown_token(body), facts.names.get("unk")
    if unknown is not None and named is not None and not named.default and named.content != unknown:
        raise contradiction("unk_token", unknown, path.name, named.content, named.where)
    said = [*_own(path, body), *facts.tokens, *(each for tokens in facts.lists for each in tokens)]
    ids = _stated_ids(path, vocabulary, said)
    new = [*dict.fromkeys(each.content for each in facts.tokens if each.content not in ids)]
    new += _listed(facts.lists, {*ids, *new})
    stated = {each.content for each in said if not each.default}
    if len(ids) + len(new) > rows and stated.isdisjoint(new):
        new = []
    ids |= {content: index for index, content in enumerate(new, start=len(ids))}
    check_ids(path, ids, rows)
    beyond = sorted((index, content) for content, index in ids.items() if content not in vocabulary)
    for expected, (index, content) in enumerate(beyond, start=len(vocabulary)):
        if index != expected:
            raise CheckpointError(
                f"{path}: ends at id {expected - 1}, but the added token {content!r:.40} has id {index}; "
                f"{own_vocabulary()}"
            )
    by_content: dict[str, list[Said]] = {}
    for each in said:
        by_content.setdefault(each.content, []).append(each)
    check_followed(facts.config, by_content.keys())
    added = [
        {"id": ids[content], "content": content, **_flags(each)}
        for content, each in by_content.items()
        if content in ids
    ]
    return {**body, "added_tokens": sorted(added, key=lambda token: token["id"])}


def check_added(path: Path, tokenizer: Tokenizer, body: Body) -> None:
    """Raises CheckpointError unless the library gives every added token the id that the file gives it."""
    problems = token_problems(body, tokenizer)
    if problems:
        raise CheckpointError(f"{path}: {problems[0]}; correct it, or {own_vocabulary()}")


def check_ids(path: Path, ids: Mapping[str, int], rows: int) -> None:
    """Raises CheckpointError unless every token has an id of its own and the embedding a row for it."""
    if len(set(ids.values())) != len(ids):
        raise CheckpointError(f"{path}: several tokens share an id; replace it")
    largest = max(ids.values(), default=-1)
    if not ids or largest >= rows:
        raise CheckpointError(
            f"{path}: {len(ids)} tokens, ids up to {largest}, but the word embedding has {rows} rows; "
            f"expected this very model's vocabulary: {own_vocabulary()}"
        )


def _own(path: Path, body: Body) -> Iterator[Said]:
    """The statements of a tokenizer.json on added tokens."""
    try:
        for token in body.get("added_tokens") or ():
            flags = {flag: token[flag] for flag in FLAGS}
            yield Said(f"added_tokens in {path.name}", token["content"], token["id"], flags, token["special"])
    except (LookupError, TypeError) as error:
        raise no_tokenizer(path, error) from error


def _stated_ids(path: Path, vocabulary: Mapping[str, int], said: Sequence[Said]) -> dict[str, int]:
    """The ids of the vocabulary, and those that statements give to tokens."""
    ids = dict(vocabulary)
    contents = {index: content for content, index in ids.items()}
    places: dict[str, str] = {}
    for each in said:
        if each.index is None:
            continue
        content, index = each.content, each.index
        if ids.setdefault(content, index) != index:
            place = places.get(content, path.name)
            raise contradiction(f"the id of {content!r:.60}", ids[content], place, index, each.where)
        other = contents.setdefault(index, content)
        if other != content:
            place = places.get(other, path.name)
            raise contradiction(f"the token of id {index}", other, place, content, each.where)
        places.setdefault(content, each.where)
    return ids


def _listed(lists: Sequence[Sequence[Said]], known: set[str]) -> list[str]:
    """The tokens of lists that have no id. One list must have them all, or their order is unknown."""
    found: dict[tuple[str, ...], str] = {}
    for tokens in lists:
        new = tuple(dict.fromkeys(each.content for each in tokens if each.content not in known))
        if new:
            found.setdefault(new, tokens[0].where)
    if len(found) > 1:
        (first, there), (second, here), *_ = found.items()
        raise contradiction("the list of added tokens without an id", list(first), there, list(second), here)
    return [content for new in found for content in new]


def _flags(said: Sequence[Said]) -> dict[str, bool]:
    """The flags that say how a token matches in a text."""
    special = any(each.special for each in said)
    flags = {}
    for flag in FLAGS:
        stated = [each for each in said if flag in each.flags]
        if flag == "normalized":  # transformers 4 writes true beside a name, even if the token says false
            stated = [each for each in stated if each.index is not None or not each.flags[flag]] or stated
        for each in stated:
            if each.flags[flag] != stated[0].flags[flag]:
                first = stated[0]
                fact = f"{flag} of {each.content!r:.60}"
                raise contradiction(fact, first.flags[flag], first.where, each.flags[flag], each.where)
        default = flag == "normalized" and not special
        flags[flag] = stated[0].flags[flag] if stated else default
    return {**flags, "special": special}
