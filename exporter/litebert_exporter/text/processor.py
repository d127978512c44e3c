"""The facts that a tokenizer.json and its class both have: pre-tokenizer, and special tokens around texts.

Read: huggingface/transformers, tokenization_utils_tokenizers.py (TokenizersBackend.__init__),
models/{bert,roberta,albert}/tokenization_*.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litebert import CheckpointError
from litebert_exporter.cures import own_vocabulary
from litebert_exporter.text.classes import TokenizerKind
from litebert_exporter.text.tokenizer_facts import TokenizerFacts, contradiction
from litebert_exporter.text.tokenizer_json import (
    UNIGRAM,
    WORDPIECE,
    Body,
    added_ids,
    body_ids,
    load_body,
    parts,
)

_WORDPIECE = {"continuing_subword_prefix": "##", "max_input_chars_per_word": "100"}
_WRITTEN = ("cls", "sep")
_NO_PAIR = "$A:0 $B:1"
_TEXT = ("text", 2**31)  # in place of a text; no token has such an id


def with_pre_tokenizer(path: Path, body: Body, facts: TokenizerFacts) -> Body:
    """A tokenizer.json with the step that takes texts apart before the vocabulary is used.

    Args:
        path: the vocabulary.
        body: the content of a tokenizer.json.
        facts: the facts in the files beside it.

    Raises:
        CheckpointError: its class takes texts apart in another way.
    """
    kind, step = facts.kind, body.get("pre_tokenizer")
    if kind is None:
        return body
    if step is None:
        return {**body, "pre_tokenizer": kind.pre_tokenizer}
    stated, own = {"pre_tokenizer": _types(step)}, {"pre_tokenizer": _types(kind.pre_tokenizer)}
    if kind.model == WORDPIECE:
        stated |= {key: str(body["model"].get(key, value)) for key, value in _WORDPIECE.items()}
        own |= _WORDPIECE
    for key, value in stated.items():
        if value != own[key] and kind.model != UNIGRAM:  # where the classes of transformers 4 and 5 differ
            raise contradiction(key, value, path.name, own[key], f"the class {facts.class_name}")
    return body


def _types(step: Any) -> str:
    return " ".join(str(part.get("type")) for part in parts(step, "pretokenizers"))


def with_processor(path: Path, body: Body, facts: TokenizerFacts) -> Body:
    """A tokenizer.json that writes the special tokens around a text.

    Most classes of transformers 5 write their own special tokens and ignore the file; transformers 4 follows
    the file. So both must agree. A file without a post-processor gets that of the class.

    Args:
        path: the vocabulary.
        body: the content of a tokenizer.json, its added tokens complete.
        facts: the facts in the files beside it.

    Raises:
        CheckpointError: neither writes special tokens; or the file writes other tokens than the class, or
            writes them with wrong ids.
    """
    vocabulary = body_ids(path, body)
    ids = {**vocabulary, **added_ids(body)}
    names = {
        key: said.content
        for key, said in facts.names.items()
        if key in _WRITTEN and (not said.default or said.content in vocabulary)
    }
    processor = body.get("post_processor")
    if processor is None and facts.kind is not None:
        if len(names) < len(_WRITTEN):
            raise _lacking(path, facts, names)
        return {**body, "post_processor": _template(facts.kind, names, ids)}
    frames = _frames(path, processor)
    for token, index in (*frames[0], *frames[1]):
        if index != _TEXT[1] and ids.get(token, index) != index:
            raise contradiction(
                f"the id of {token!r:.60}", ids[token], path.name, index, "its post_processor"
            )
    if facts.kind is None and {*frames[0], *frames[1]} == {_TEXT}:
        raise CheckpointError(
            f"{path}: its post_processor writes no special tokens around a text, nor does "
            f"{facts.class_name[:60] or 'a tokenizer of no stated class'}, expected those that the model was "
            "trained with; write them there, or name their class as tokenizer_class in tokenizer_config.json"
        )
    if facts.kind is not None and len(names) == len(_WRITTEN):
        for frame, own in zip(frames, _frames(path, _template(facts.kind, names, ids)), strict=True):
            if frame != own:
                shown, other = (" ".join(token for token, _ in each) for each in (frame, own))
                where = f"the post_processor of {path.name}"
                raise contradiction(
                    "the frame of special tokens around texts",
                    shown,
                    where,
                    other,
                    f"the class {facts.class_name}",
                )
    return body


def _frames(path: Path, processor: Any) -> list[list[tuple[str, int]]]:
    """The tokens and ids that a post-processor gives for one text, and those for two."""
    word, index = _TEXT
    model = {"type": "WordLevel", "vocab": {word: index}, "unk_token": word}
    tokenizer = load_body(path, {"version": "1.0", "model": model, "post_processor": processor})
    text = tokenizer.encode(word, add_special_tokens=False)
    made = (tokenizer.post_process(text), tokenizer.post_process(text, text))
    return [list(zip(each.tokens, each.ids, strict=True)) for each in made]


def _template(kind: TokenizerKind, names: Mapping[str, str], ids: Mapping[str, int]) -> Body:
    """The post-processor of a class."""
    return {
        "type": "TemplateProcessing",
        "single": [_piece(part, names) for part in kind.single.split()],
        "pair": [_piece(part, names) for part in (kind.pair or _NO_PAIR).split()],
        "special_tokens": {
            token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in names.values()
        },
    }


def _piece(part: str, names: Mapping[str, str]) -> Body:
    name, type_id = part.split(":")
    if name.startswith("$"):
        return {"Sequence": {"id": name[1:], "type_id": int(type_id)}}
    return {"SpecialToken": {"id": name.format(**names), "type_id": int(type_id)}}


def _lacking(path: Path, facts: TokenizerFacts, names: Mapping[str, str]) -> CheckpointError:
    shown = ", ".join(f"{facts.names[key].content!r:.40}" for key in _WRITTEN if key not in names)
    return CheckpointError(f"{path}: {shown} not in it; {own_vocabulary()}")
