"""Checks of a tokenizer.json: every text must become ids that the model takes.

The library finds most faults only at the first text that meets them, or passes over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from litebert.growth import steps_of

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MODELS = ("WordPiece", "BPE", "Unigram")


@dataclass(frozen=True)
class Part:
    """A stretch of an encoding: a special token, or a text (`text` 0 or 1) whose ids are not known yet."""

    type_id: int
    special_id: int = 0
    text: int | None = None


def file_problems(body: Mapping[str, Any], ids: int | None) -> list[str]:
    """The faults in the content of a tokenizer.json, before the library reads it.

    Args:
        body: the content.
        ids: the number of ids that the model takes; None where it is not known.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: the content has another shape altogether.
    """
    problems = [*_truncation_problems(body.get("truncation")), *_model_problems(body["model"])]
    if body.get("padding") is not None:
        problems.append("it pads, expected padding null")
    if ids is not None:
        numbers = [*map(itemgetter(1), _all_ids(body))]
        if numbers and not 0 <= min(numbers) <= max(numbers) < ids:  # far quicker than a look at each
            token, index = next(each for each in _all_ids(body) if not 0 <= each[1] < ids)
            problems.append(f"the token {token!r:.40} has the id {index!r:.20}, expected 0 to {ids - 1}")
    for step in steps_of(body.get("post_processor"), "processors"):
        if step["type"] == "TemplateProcessing":
            for key, texts in (("single", ["A"]), ("pair", ["A", "B"])):
                found = sorted(part["Sequence"]["id"] for part in step[key] if "Sequence" in part)
                if found != texts:
                    problems.append(f"its template {key} holds the texts {found!r:.40}, expected {texts}")
    return problems


def token_problems(body: Mapping[str, Any], tokenizer: Tokenizer) -> list[str]:
    """The first added or special token to which the library does not always give the id in the file.

    A post-processor may write tokens that no vocabulary names; of those only the id counts.
    """
    tokens = body.get("added_tokens") or ()
    added = [(token["content"], token["id"]) for token in tokens]
    special: list[tuple[str, int]] = []
    for step in steps_of(body.get("post_processor"), "processors"):
        special += [tuple(step[key]) for key in ("sep", "cls") if key in step]
        for token in step.get("special_tokens", {}).values():
            special += zip(token["tokens"], token["ids"], strict=True)
    known = [each for each in special if tokenizer.token_to_id(each[0]) is not None]
    problems = [
        f"the token {token!r:.40} has the id {index}, but the tokenizers library gives it "
        f"{tokenizer.token_to_id(token)}"
        for token, index in added + known
        if tokenizer.token_to_id(token) != index
    ]
    return [*problems, *_twin_problems(tokens, tokenizer)][:1]


def _twin_problems(tokens: Sequence[Mapping[str, Any]], tokenizer: Tokenizer) -> Iterator[str]:
    """Added tokens that are one text to the library, which then takes one of them by chance."""
    contents: dict[str, str] = {}
    normalizer = tokenizer.normalizer
    for content in (token["content"] for token in tokens if normalizer is not None and token["normalized"]):
        other = contents.setdefault(normalizer.normalize_str(content), content)
        if other != content:
            yield f"the added tokens {other!r:.40} and {content!r:.40} are the same text once normalized"


def part_problems(parts: Sequence[Part], texts: int, max_tokens: int, ids: int | None) -> list[str]:
    """The faults in the special tokens around one text or two.

    Args:
        parts: the parts of an encoding of those texts.
        texts: their number.
        max_tokens: the longest encoding.
        ids: the number of ids that the model takes; None where it is not known.
    """
    problems = []
    special = [part.special_id for part in parts if part.text is None]
    if sorted(part.text for part in parts if part.text is not None) != [*range(texts)]:
        problems.append(f"the letter a is no token in it, or not all of {texts} texts are in the encoding")
    if not special:
        problems.append("its template adds no special token, so that an empty text has no tokens")
    if max_tokens <= len(special):
        problems.append(f"max_length is {max_tokens}, expected more than the {len(special)} special tokens")
    if not {part.type_id for part in parts} <= {0, 1}:
        problems.append("its template has other type ids than 0 and 1")
    if ids is not None and special and max(special) >= ids:
        problems.append(f"a special token has the id {max(special)}, expected 0 to {ids - 1}")
    return problems


def _truncation_problems(truncation: Mapping[str, Any] | None) -> Iterator[str]:
    if truncation is None:
        yield "truncation is null, expected max_length and direction"
        return
    for key, expected in (("strategy", "LongestFirst"), ("stride", 0)):
        if truncation.get(key) != expected:
            yield f"truncation has {key} {truncation.get(key)!r:.40}, expected {expected}"


def _model_problems(model: Mapping[str, Any]) -> Iterator[str]:
    kind = model.get("type")
    if kind not in _MODELS:
        yield f"its model is {kind!r:.40}, expected {', '.join(_MODELS)}"
        return
    if model.get("dropout"):
        yield f"its model has dropout {model['dropout']!r:.40}, which makes ids random; expected null"
    if kind == "Unigram":
        known = type(model.get("unk_id")) is int and 0 <= model["unk_id"] < len(model["vocab"])
        unknown = ("unk_id", model.get("unk_id"))
    else:
        known = model.get("unk_token") in model["vocab"] or (kind == "BPE" and model.get("unk_token") is None)
        unknown = ("unk_token", model.get("unk_token"))
        if len({*model["vocab"].values()}) < len(model["vocab"]):
            yield "several tokens share an id"
    if not known:
        yield f"{unknown[0]} is {unknown[1]!r:.40}, which its vocabulary lacks: unknown words have no id"
    if kind == "BPE" and model.get("continuing_subword_prefix"):
        yield from _merge_problems(model["merges"], model["continuing_subword_prefix"])


def _merge_problems(merges: Sequence[str | Sequence[str]], prefix: str) -> Iterator[str]:
    """The first merge whose second token lacks the prefix.

    The library cuts as many bytes off that token. Within a character that aborts the process.
    """
    seconds = (merge.split(" ")[-1] if isinstance(merge, str) else merge[1] for merge in merges)
    odd = next((each for each in seconds if not each.startswith(prefix)), None)
    if odd is not None:
        yield f"a merge has the second token {odd!r:.40}, expected one that starts with {prefix!r:.40}"


def _all_ids(body: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Every token with its id."""
    model = body["model"]
    own: Iterable[tuple[str, int]] = (
        model["vocab"].items()
        if model.get("type") != "Unigram"
        else ((str(piece[0]), index) for index, piece in enumerate(model["vocab"]))
    )
    return chain(own, ((token["content"], token["id"]) for token in body.get("added_tokens") or ()))
