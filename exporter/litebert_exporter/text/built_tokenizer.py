"""The one tokenizer.json of an artifact, which gives the ids that the checkpoint was trained with.

Read: huggingface/transformers, models/bert/tokenization_bert.py (BertTokenizer.__init__).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tokenizers import Tokenizer, processors

from litebert import CheckpointError, InputError
from litebert.arguments import argument
from litebert.errors import raised_as
from litebert.growth import check_growth
from litebert.tokenizer import NO_PAIRS, TextTokenizer, parse_tokenizer
from litebert.tokenizer_check import file_problems
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.cures import own_vocabulary
from litebert_exporter.text.added_tokens import check_added, check_ids, with_added_tokens
from litebert_exporter.text.beside import check_beside
from litebert_exporter.text.byte_level import MERGES, read_byte_level
from litebert_exporter.text.casing import vocabulary_casing, with_casing
from litebert_exporter.text.classes import ALBERT, BERT, ROBERTA, gives_types, known_kind
from litebert_exporter.text.form import BERT_TEXT, TextForm
from litebert_exporter.text.limits import Limits, read_limits
from litebert_exporter.text.processor import with_pre_tokenizer, with_processor
from litebert_exporter.text.spiece import read_spiece
from litebert_exporter.text.texts import TEXTS
from litebert_exporter.text.tokenizer_facts import TokenizerFacts, form_facts, read_facts
from litebert_exporter.text.tokenizer_json import (
    ALBERT_CLASSES,
    CONFIG,
    Body,
    body_ids,
    load_body,
    read_body,
    with_prefix_space,
)
from litebert_exporter.text.vocabulary import read_vocabulary, wordpiece_body

_PROBE_WORDS = 512
_XLM = "sentencepiece.bpe.model"


@dataclass(frozen=True)
class BuiltTokenizer:
    """A checkpoint's tokenizer, ready for use.

    Attributes:
        tokenizer: the library's object, with truncation set.
        max_tokens: the limit, special tokens included.
        casing: a line that says how letters are treated, and the file or flag that says so.
        pairs: the way to cut two texts to the limit, one of `litebert.tokenizer.PAIRS`.
        limits: the limits that it may have.
    """

    tokenizer: Tokenizer
    max_tokens: int
    casing: str
    pairs: str
    limits: Limits

    def with_limit(self, given: int | None) -> BuiltTokenizer:
        """The same tokenizer cut at another limit; at the checkpoint's own for None.

        Raises:
            InputError, CheckpointError: as `Limits.resolve`.
        """
        limit = self.limits.resolve(given)
        tokenizer = Tokenizer.from_str(self.tokenizer.to_str())
        _truncate(tokenizer, limit, (tokenizer.truncation or {})["direction"])
        _check_room(tokenizer, limit, self.pairs)
        return replace(self, tokenizer=tokenizer, max_tokens=limit)

    def text_tokenizer(self, path: Path) -> TextTokenizer:
        """The runtime's tokenizer, which gives the same ids; its errors name the path."""
        return parse_tokenizer(self.tokenizer.to_str().encode("utf-8"), path, self.pairs)


def build_tokenizer(
    checkpoint: Checkpoint,
    rows: int,
    positions: int,
    max_tokens: int | None,
    cased: bool | None,
    form: TextForm = BERT_TEXT,
    usual: int | None = None,
) -> BuiltTokenizer:
    """The tokenizer of a checkpoint, from the file in which it keeps its vocabulary.

    Args:
        checkpoint: the checkpoint.
        rows: rows of the word embedding.
        positions: rows of the position embedding.
        max_tokens: `--max-tokens`.
        cased: `--cased` (True), `--uncased` (False) or neither.
        form: the family's facts about texts.
        usual: the limit that the task's files state; the family's own for None.

    Raises:
        CheckpointError: the vocabulary is missing, damaged or does not fit, or a flag contradicts it.
    """
    path = checkpoint.vocabulary_file
    if path is None and (checkpoint.folder / _XLM).is_file():
        raise CheckpointError(
            f"{checkpoint.folder}: of vocabularies only {_XLM} in it, which is not read; save a "
            "tokenizer.json there: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
    if path is None:
        raise CheckpointError(
            f"{checkpoint.folder}: no vocabulary in it, expected tokenizer.json, vocab.txt, vocab.json with "
            f"merges.txt, or spiece.model; {own_vocabulary()}"
        )
    if path.suffix not in (".json", ".model"):
        body, facts, casing = _from_vocabulary(checkpoint, path, rows, cased, form)
    elif not form.is_of_code:
        body, facts, casing = _from_body(checkpoint, path, rows, cased, form.tokenizer_class)
    else:
        raise CheckpointError(
            f"{path}: expected vocab.txt, the only vocabulary that the model's own code reads; "
            f"{own_vocabulary()}"
        )
    body = with_processor(path, with_added_tokens(path, body, facts, rows), facts)
    tokenizer = load_body(path, body)
    check_added(path, tokenizer, body)
    check_ids(path, tokenizer.get_vocab(with_added_tokens=True), rows)
    if not gives_types(facts.class_name, facts.config):
        tokenizer = _without_types(tokenizer)
    config = facts.config
    limits = read_limits(config, positions, usual or form.max_tokens)
    limit = limits.resolve(max_tokens)
    stored = tokenizer.truncation or {}
    direction = config.get("truncation_side", stored.get("direction", "right"))
    if direction not in ("left", "right"):
        raise CheckpointError(
            f"{CONFIG}: truncation_side is {direction!r:.40}, expected left or right; correct it"
        )
    tokenizer.no_padding()
    _truncate(tokenizer, limit, direction)
    _check_encodings(path, tokenizer, rows, limit)
    _check_room(tokenizer, limit, form.pairs)
    return BuiltTokenizer(tokenizer, limit, casing, form.pairs, limits)


def _truncate(tokenizer: Tokenizer, limit: int, direction: str) -> None:
    tokenizer.enable_truncation(limit, stride=0, strategy="longest_first", direction=direction)


def _check_room(tokenizer: Tokenizer, limit: int, pairs: str) -> None:
    """Raises InputError where special tokens alone fill the limit."""
    special = tokenizer.num_special_tokens_to_add(is_pair=pairs != NO_PAIRS)
    if limit <= special:
        raise InputError(
            f"a limit of {limit} tokens leaves no room for text beside {special} special tokens; "
            f"give a larger one with {argument('max_tokens')}"
        )


def _from_vocabulary(
    checkpoint: Checkpoint, path: Path, rows: int, cased: bool | None, form: TextForm
) -> tuple[Body, TokenizerFacts, str]:
    """The content of a tokenizer.json for a vocab.txt, the facts beside it, and the line on letters."""
    ids = read_vocabulary(path)
    facts = form_facts(form, ids) if form.is_of_code else read_facts(checkpoint, path, BERT, "")
    marks = facts.contents()
    words = [token for token in ids if token not in marks]
    lowercase, casing = vocabulary_casing(path, words, checkpoint.tokenizer_config, cased, form.lowercase)
    body = wordpiece_body(path, ids, facts, lowercase, form, rows)
    return body, facts, casing


def _from_body(
    checkpoint: Checkpoint, path: Path, rows: int, cased: bool | None, usual: str
) -> tuple[Body, TokenizerFacts, str]:
    """The same three for a tokenizer.json, a vocab.json or a spiece.model."""
    casing = ""
    if path.suffix == ".model":
        facts, body = read_facts(checkpoint, path, ALBERT, usual), read_spiece(path)
        words = [piece.removeprefix("▁") for piece, _ in body["model"]["vocab"]]
        lowercase, casing = vocabulary_casing(path, words, facts.config, cased)
        facts, cased = replace(facts, config={**facts.config, "do_lower_case": lowercase}), None
    else:
        body = read_body(path)
        if _is_bare(body):
            facts, body = read_facts(checkpoint, path, ROBERTA, usual), read_byte_level(path, body)
        else:
            facts = read_facts(checkpoint, path, None, usual)
            check_ids(path, body_ids(path, body), rows)
            check_beside(path, body)
    model, kind = body["model"]["type"], known_kind(facts.class_name)
    if kind is not None and model != kind.model:
        raise CheckpointError(
            f"{path}: a {model} vocabulary, but the checkpoint's tokenizer is {facts.class_name:.40}; "
            f"{own_vocabulary()}"
        )
    class_name = ALBERT_CLASSES[0] if path.suffix == ".model" else facts.class_name
    body = with_prefix_space(path, with_pre_tokenizer(path, body, facts), facts.config, class_name)
    body, line = with_casing(path, body, facts.config, class_name, cased)
    return body, facts, casing or line


def vocabulary_files(path: Path) -> Mapping[str, Path]:
    """The files that hold a vocabulary, by the names that they have beside a checkpoint."""
    if path.suffix == ".model":
        return {"spiece.model": path}
    if path.suffix != ".json":
        return {"vocab.txt": path}
    if _is_bare(read_body(path)):
        return {"vocab.json": path, MERGES: path.parent / MERGES}
    return {"tokenizer.json": path}


def _is_bare(body: Body) -> bool:
    """Whether a JSON object is a mere table of tokens and their ids."""
    return bool(body) and all(isinstance(value, int) for value in body.values())


def _without_types(tokenizer: Tokenizer) -> Tokenizer:
    """The same tokenizer with type 0 throughout."""
    body = json.loads(tokenizer.to_str())
    processor = body["post_processor"] or {}
    if processor.get("type") == "BertProcessing":  # whose types are not in the file
        (cls, cls_id), (sep, sep_id) = processor["cls"], processor["sep"]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{cls}:0 $A:0 {sep}:0",
            pair=f"{cls}:0 $A:0 {sep}:0 $B:0 {sep}:0",
            special_tokens=[(cls, cls_id), (sep, sep_id)],
        )
        return tokenizer
    for part in processor.get("processors", [processor]):
        for piece in (*part.get("single", ()), *part.get("pair", ())):
            for facts in piece.values():
                facts["type_id"] = 0
    return Tokenizer.from_str(json.dumps(body))


def _check_encodings(path: Path, tokenizer: Tokenizer, rows: int, limit: int) -> None:
    """Raises CheckpointError unless texts get ids, types and lengths that the model takes."""
    body = json.loads(tokenizer.to_str())
    problems = file_problems(body, rows)
    if problems:
        raise CheckpointError(f"{path}: {'; '.join(problems)}; replace it")
    words = "a " * min(limit, _PROBE_WORDS)
    probes = [
        ("",),
        (words,),
        (words, words),
        *((text,) if isinstance(text, str) else text for text in TEXTS),
    ]
    with raised_as(CheckpointError, f"{path}: cannot read text", "replace it"):
        check_growth(body)  # with the tokens that other files have added
        encodings = [tokenizer.encode(*texts) for texts in probes]
        letter = tokenizer.encode("a", add_special_tokens=False).ids
    if not letter:  # byte-level BPE without an unknown token drops characters that it does not know
        raise CheckpointError(f"{path}: makes no token of the letter a; replace it")
    for encoding in encodings:
        ids, types = encoding.ids, encoding.type_ids
        if not ids or len(ids) > limit or max(ids) >= rows or max(types) > 1:
            raise CheckpointError(
                f"{path}: makes {len(ids)} tokens with ids to {max(ids, default=-1)} and types to "
                f"{max(types, default=-1)}, expected 1 to {limit} tokens, ids below {rows}, types 0 and 1; "
                "replace it"
            )
