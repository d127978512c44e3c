"""The facts about a tokenizer in the files beside its vocabulary.

Read: huggingface/transformers, tokenization_utils_base.py (PreTrainedTokenizerBase._from_pretrained), which
passes over some of these files where others are there. Here each file counts, and two that differ are an
error.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from litebert import CheckpointError, UnsupportedModelError
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.text.classes import BERT, TokenizerKind, tokenizer_class
from litebert_exporter.text.form import TextForm
from litebert_exporter.text.tokenizer_json import CONFIG
from litebert_exporter.text_files import read_json

ADDED_TOKENS, SPECIAL_TOKENS = "added_tokens.json", "special_tokens_map.json"
FLAGS = ("lstrip", "rstrip", "single_word", "normalized")

_KEYS = ("bos", "eos", "unk", "sep", "pad", "cls", "mask")  # transformers adds them in this order
_NEEDED = ("unk", "sep", "cls")
_LISTS = ("additional_special_tokens", "extra_special_tokens")
# Facts that change the ids of a text; each is refused with any other value than this one.
_FOLLOWED: Mapping[str, Any] = {
    "clean_text": True,
    "do_basic_tokenize": True,
    "fast_tokenizer_files": ["tokenizer.json"],
    "remove_space": True,
    "split_special_tokens": False,
    "wordpieces_prefix": "##",
}


@dataclass(frozen=True)
class Said:
    """The statement of one place on one token.

    Attributes:
        where: the place, for messages.
        content: the token.
        index: its id; None where the place does not say it.
        flags: those of `FLAGS` that the place says.
        special: whether the place calls it special.
        default: whether the place is only the tokenizer's class, and no file.
    """

    where: str
    content: str
    index: int | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)
    special: bool = True
    default: bool = False


@dataclass(frozen=True)
class TokenizerFacts:
    """The facts in these files.

    Attributes:
        class_name: the tokenizer's class in transformers, "" where no file and no family gives one.
        kind: the facts of that class; None where a tokenizer.json alone counts.
        config: tokenizer_config.json, for its flags.
        names: the statement on each of `cls`, `sep` and the like.
        tokens: every statement on a token but those of `lists`.
        lists: lists of further special tokens, one per place; those without an id follow behind all others.
    """

    class_name: str
    kind: TokenizerKind | None
    config: Mapping[str, Any]
    names: Mapping[str, Said]
    tokens: tuple[Said, ...]
    lists: tuple[tuple[Said, ...], ...]

    def contents(self) -> set[str]:
        """Every token that a file or the class names."""
        return {said.content for said in (*self.tokens, *(each for tokens in self.lists for each in tokens))}


def read_facts(checkpoint: Checkpoint, path: Path, own: TokenizerKind | None, usual: str) -> TokenizerFacts:
    """The facts in tokenizer_config.json, special_tokens_map.json, added_tokens.json and config.json.

    Args:
        checkpoint: the checkpoint.
        path: its vocabulary.
        own: the kind that such a vocabulary implies by itself; None for a tokenizer.json.
        usual: the class of the family, for files that name none.

    Raises:
        CheckpointError: an entry is not of the expected form, or two files contradict each other.
        UnsupportedModelError: they name a class whose code no file holds.
    """
    class_name, kind = tokenizer_class(checkpoint, path, own, usual)
    config = checkpoint.tokenizer_config
    special = checkpoint.folder / SPECIAL_TOKENS
    files = {CONFIG: config, SPECIAL_TOKENS: read_json(special) if special.is_file() else {}}
    named = {key: tuple(_named(files, key)) or _default(files, key, kind) for key in _KEYS}
    names = {key: said[0] for key, said in named.items() if said}
    return TokenizerFacts(
        class_name=class_name,
        kind=kind,
        config=config,
        names=names,
        tokens=(*_placed(checkpoint.folder, config), *(each for said in named.values() for each in said)),
        lists=tuple(_lists(files)),
    )


def form_facts(form: TextForm, vocabulary: Collection[str]) -> TokenizerFacts:
    """The facts in a family's own code, which reads no file but its vocabulary."""
    kind = replace(BERT, single=form.single, pair=form.pair)
    flags = {"single_word": form.special_words}
    names = {
        key: Said("the model's own code", token, flags=flags, default=True)
        for key, token in kind.names.items()
    }
    tokens = tuple(said for said in names.values() if said.content in vocabulary)
    return TokenizerFacts("", kind, {}, names, tokens, ())


def contradiction(fact: str, first: object, there: str, second: object, here: str) -> CheckpointError:
    """The error about a fact that two places state differently."""
    return CheckpointError(
        f"{fact} is {first!r:.60} in {there} and {second!r:.60} in {here}, expected one answer; "
        "correct the wrong one"
    )


def check_followed(config: Mapping[str, Any], added: Set[str]) -> None:
    """Raises UnsupportedModelError for flags that only some classes of transformers follow, mostly old ones.

    Args:
        config: tokenizer_config.json.
        added: special and added tokens. A list of tokens that are never split may name them.
    """
    found = [
        f"{key} is {config[key]!r:.60}"
        for key, value in _FOLLOWED.items()
        if config.get(key, value) not in (None, value)
    ]
    unsplit = config.get("never_split") or []
    if not isinstance(unsplit, list) or not {*map(str, unsplit)} <= added:
        found.append(f"never_split is {unsplit!r:.60}")
    if found:
        raise UnsupportedModelError(
            f"{CONFIG}: {', '.join(found)}, which only transformers' own program can follow; correct it, or "
            "export a model that does without"
        )


def _named(files: Mapping[str, Mapping[str, Any]], key: str) -> Iterator[Said]:
    """Each file's statement on cls_token or the like; all must name the same token."""
    first = None
    for file, content in files.items():
        value = content.get(f"{key}_token")
        if value is None:
            continue
        said = _said(
            f"{key}_token in {file}", value, f"{file}: {key}_token is {value!r:.60}, expected a token"
        )
        first = first or said
        if said.content != first.content:
            where = first.where.removeprefix(f"{key}_token in ")
            raise contradiction(f"{key}_token", first.content, where, said.content, file)
        yield said


def _default(
    files: Mapping[str, Mapping[str, Any]], key: str, kind: TokenizerKind | None
) -> tuple[Said, ...]:
    """The class's own token, unless a file says that there is none; tokens of `_NEEDED` cannot be absent."""
    none = key not in _NEEDED and any(f"{key}_token" in content for content in files.values())
    if none or kind is None or key not in kind.names:
        return ()
    return (Said("the tokenizer's class", kind.names[key], default=True),)


def _lists(files: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Said, ...]]:
    """Further special tokens, in a list or under names of their own."""
    for file, content in files.items():
        own = {
            key: value
            for key, value in content.items()
            if key.endswith("_token")
            and key.removesuffix("_token") not in _KEYS
            and (isinstance(value, str) or (isinstance(value, dict) and "content" in value))
        }
        for key, entries in {"": own, **{key: content.get(key) or [] for key in _LISTS}}.items():
            if not isinstance(entries, list | dict):
                raise CheckpointError(f"{file}: {key} is {entries!r:.60}, expected a list; correct it")
            where = f"{key} in {file}" if key else file
            yield tuple(
                _said(where, entry, f"{file}: {entry!r:.60} in {key or list(own)} is no token")
                for entry in (entries.values() if isinstance(entries, dict) else entries)
            )


def _placed(folder: Path, config: Mapping[str, Any]) -> Iterator[Said]:
    """The statements that give a token's id."""
    path = folder / ADDED_TOKENS
    for content, index in (read_json(path) if path.is_file() else {}).items():
        said = _said(ADDED_TOKENS, content, f"{ADDED_TOKENS}: {content!r:.60} is no token", special=False)
        yield _at(said, index, ADDED_TOKENS)
    key = "added_tokens_decoder"
    decoder = config.get(key) or {}
    if not isinstance(decoder, dict):
        raise CheckpointError(f"{CONFIG}: {key} is {decoder!r:.60}, expected a table; correct it")
    for index, entry in decoder.items():
        problem = f"{CONFIG}: {entry!r:.60} in {key} is no token"
        if not isinstance(entry, dict):
            raise CheckpointError(f"{problem}; correct it")
        said = _said(f"{key} in {CONFIG}", entry, problem, special=entry.get("special") is True)
        yield _at(said, index, CONFIG)


def _at(said: Said, index: Any, file: str) -> Said:
    if re.fullmatch(r"[0-9]{1,9}", str(index)) is None:
        raise CheckpointError(f"{file}: {index!r:.60} is not an id; correct it")
    return Said(said.where, said.content, int(index), said.flags, said.special)


def _said(where: str, entry: Any, problem: str, special: bool = True) -> Said:
    """The statement of an entry, which is the token's text or an object with flags."""
    content: Any = entry.get("content") if isinstance(entry, dict) else entry
    flags = (
        {flag: entry[flag] for flag in FLAGS if entry.get(flag) is not None} if content is not entry else {}
    )
    if not _is_token(content) or not all(isinstance(value, bool) for value in flags.values()):
        raise CheckpointError(f"{problem}; correct it")
    return Said(where, content, flags=flags, special=special)


def _is_token(content: Any) -> bool:
    """Whether a value is a text that is not empty and has no halves of characters."""
    return isinstance(content, str) and re.fullmatch(r"[^\ud800-\udfff]+", content) is not None
