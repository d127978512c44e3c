"""One tokenizer.json that gives the ids the checkpoint was trained with.

Read: huggingface/transformers, models/bert/tokenization_bert.py (BertTokenizer.__init__).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tokenizers import Tokenizer, processors

from litebert import CheckpointError, InputError
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.text.added_tokens import BERT_NAMES, CONFIG, read_added_tokens, special_tokens
from litebert_exporter.text.byte_level import MERGES, read_byte_level
from litebert_exporter.text.casing import vocabulary_casing, with_casing
from litebert_exporter.text.form import BERT_TEXT, TextForm
from litebert_exporter.text.spiece import read_spiece
from litebert_exporter.text.texts import TEXTS
from litebert_exporter.text.tokenizer_json import (
    ALBERT_CLASSES,
    BPE,
    GENERIC_CLASSES,
    UNIGRAM,
    WORDPIECE,
    Body,
    body_ids,
    load_body,
    read_body,
    with_prefix_space,
)
from litebert_exporter.text.vocabulary import (
    add_tokens,
    check_ids,
    read_vocabulary,
    tokenizer_from_vocabulary,
)

Facts: TypeAlias = "Mapping[str, Any]"

MIN_TOKENS = 4  # a pair with its three special tokens has room for one more
_PROBE_WORDS = 512
_CLASSES = {"albert": ALBERT_CLASSES[0], "xlm-roberta": "XLMRobertaTokenizer"}
_MODELS = {
    "AlbertTokenizer": UNIGRAM,
    "BertTokenizer": WORDPIECE,
    "DistilBertTokenizer": WORDPIECE,
    "ElectraTokenizer": WORDPIECE,
    "MobileBertTokenizer": WORDPIECE,
    "RobertaTokenizer": BPE,
    "XLMRobertaTokenizer": UNIGRAM,
}
_XLM = "sentencepiece.bpe.model"


@dataclass(frozen=True)
class BuiltTokenizer:
    """A tokenizer with truncation set; `casing` says how letters are treated and where that was found.

    `pairs` is False where it cannot make of two texts what the model was trained with.
    """

    tokenizer: Tokenizer
    max_tokens: int
    casing: str
    pairs: bool


def build_tokenizer(
    checkpoint: Checkpoint,
    vocabulary_rows: int,
    positions: int,
    max_tokens: int | None,
    cased: bool | None,
    form: TextForm = BERT_TEXT,
) -> BuiltTokenizer:
    """The tokenizer of a checkpoint, from the file in which it keeps its vocabulary.

    Args:
        checkpoint: the checkpoint.
        vocabulary_rows: rows of the word embedding.
        positions: rows of the position embedding.
        max_tokens: `--max-tokens`.
        cased: `--cased` (True), `--uncased` (False) or neither.
        form: what the family's code makes of texts; unless it is BERT's, tokenizer_config.json is not read.

    Raises:
        CheckpointError: the vocabulary is missing, damaged or does not fit, or a flag contradicts it.
    """
    path = checkpoint.vocabulary
    if path is None and (checkpoint.folder / _XLM).is_file():
        raise CheckpointError(
            f"{checkpoint.folder}: of vocabularies only {_XLM} in it, which is not read; save a "
            "tokenizer.json there: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
    if path is None:
        raise CheckpointError(
            f"{checkpoint.folder}: no vocabulary in it, expected tokenizer.json, vocab.txt, vocab.json with "
            "merges.txt, or spiece.model; give the model's own with --vocab FILE"
        )
    config = checkpoint.tokenizer_config if form == BERT_TEXT else {}
    if path.suffix not in (".json", ".model"):
        tokenizer, casing = _from_vocabulary(checkpoint, path, config, vocabulary_rows, cased, form)
    elif form == BERT_TEXT:
        tokenizer, casing = _from_body(checkpoint, path, config, vocabulary_rows, cased)
    else:
        raise CheckpointError(
            f"{path}: expected vocab.txt, the only vocabulary that the model's own code reads; "
            "give it with --vocab FILE"
        )
    check_ids(path, tokenizer.get_vocab(with_added_tokens=True), vocabulary_rows)
    if not _gives_types(config):
        tokenizer = _without_types(tokenizer)
    limit = _resolve_limit(config, positions, max_tokens, form.max_tokens)
    stored = tokenizer.truncation or {}
    direction = config.get("truncation_side", stored.get("direction", "right"))
    if direction not in ("left", "right"):
        raise CheckpointError(
            f"{CONFIG}: truncation_side is {direction!r:.40}, expected left or right; correct it"
        )
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit, stride=0, strategy="longest_first", direction=direction)
    _check_encodings(path, tokenizer, vocabulary_rows, limit)
    return BuiltTokenizer(tokenizer, limit, casing, pairs=form.pair is not None)


def _from_vocabulary(
    checkpoint: Checkpoint, path: Path, config: Facts, rows: int, cased: bool | None, form: TextForm
) -> tuple[Tokenizer, str]:
    """The tokenizer of a vocab.txt, and how it treats letters."""
    tokens = read_vocabulary(path, rows)
    facts = checkpoint.tokenizer_config
    special = special_tokens(config, BERT_NAMES).values()
    added = read_added_tokens(checkpoint.folder, config, len(tokens))
    marks = {*special, *(token.content for token in added.values())}
    words = [token for token in tokens if token not in marks]
    lowercase, casing = vocabulary_casing(path, words, facts, cased, form.lowercase)
    tokenizer = tokenizer_from_vocabulary(path, tokens, config, lowercase, form)
    add_tokens(path, tokenizer, added, rows)
    return tokenizer, casing


def _from_body(
    checkpoint: Checkpoint, path: Path, config: Facts, rows: int, cased: bool | None
) -> tuple[Tokenizer, str]:
    """The tokenizer of a tokenizer.json, a vocab.json or a spiece.model, and how it treats letters."""
    kind, whole, casing = _tokenizer_class(checkpoint), False, ""
    if path.suffix == ".model":
        body, kind = read_spiece(path, config), _albert_class(path, kind)
        words = [piece.removeprefix("▁") for piece, _ in body["model"]["vocab"]]
        lowercase, casing = vocabulary_casing(path, words, config, cased)
        config, cased = {**config, "do_lower_case": lowercase}, None
    else:
        body = read_body(path)
        whole = not _is_bare(body)
        body = body if whole else read_byte_level(path, body, config)
    check_ids(path, body_ids(path, body), rows)  # before the library makes a table as long as the largest
    model = body["model"]["type"]
    if model != _MODELS.get(kind.removesuffix("Fast"), model):
        raise CheckpointError(
            f"{path}: a {model} vocabulary, but the checkpoint's tokenizer is {kind:.40}; "
            "give the model's own with --vocab FILE"
        )
    body, line = with_casing(path, with_prefix_space(path, body, config, kind), config, kind, cased)
    tokenizer = load_body(path, body)
    if not whole:
        size = tokenizer.get_vocab_size()
        add_tokens(path, tokenizer, read_added_tokens(checkpoint.folder, config, size), rows)
    return tokenizer, casing or line


def vocabulary_files(path: Path) -> Mapping[str, Path]:
    """The files that hold a vocabulary, by the names under which they are found beside a checkpoint."""
    if path.suffix == ".model":
        return {"spiece.model": path}
    if path.suffix != ".json":
        return {"vocab.txt": path}
    if _is_bare(read_body(path)):
        return {"vocab.json": path, MERGES: path.parent / MERGES}
    return {"tokenizer.json": path}


def _is_bare(body: Body) -> bool:
    """Whether a JSON object is a table of tokens and their ids, and no tokenizer."""
    return bool(body) and all(isinstance(value, int) for value in body.values())


def _albert_class(path: Path, kind: str) -> str:
    if kind and kind not in (*ALBERT_CLASSES, *GENERIC_CLASSES):
        raise CheckpointError(
            f"{path}: read as ALBERT's, but the checkpoint's tokenizer is {kind:.40}; "
            "give its tokenizer.json with --vocab FILE"
        )
    return ALBERT_CLASSES[0]


def _tokenizer_class(checkpoint: Checkpoint) -> str:
    """The class in which transformers would load the tokenizer."""
    for config in (checkpoint.tokenizer_config, checkpoint.config):
        if config.get("tokenizer_class") is not None:
            return str(config["tokenizer_class"])
    return _CLASSES.get(str(checkpoint.config.get("model_type")), "")


def _gives_types(config: Facts) -> bool:
    """Whether the second text of a pair has type 1; else transformers feeds no types, which means 0."""
    inputs = config.get("model_input_names")
    if isinstance(inputs, list):
        return "token_type_ids" in inputs
    name = str(config.get("tokenizer_class"))
    if name == "AlbertTokenizer" and "backend" in config:  # saved by transformers 5, which feeds it none
        return False
    return not name.startswith("DistilBertTokenizer")


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
    """Raises CheckpointError unless texts become ids, types and lengths that the model can take."""
    words = "a " * min(limit, _PROBE_WORDS)
    probes = [
        ("",),
        (words,),
        (words, words),
        *((text,) if isinstance(text, str) else text for text in TEXTS),
    ]
    try:
        encodings = [tokenizer.encode(*texts) for texts in probes]
        letter = tokenizer.encode("a", add_special_tokens=False).ids
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library's panics are no Exceptions
        raise CheckpointError(f"{path}: cannot read text ({str(error)[:200]}); replace it") from error
    if not letter:  # byte-level BPE without an unknown token drops what it does not know
        raise CheckpointError(f"{path}: makes no token of the letter a; replace it")
    for encoding in encodings:
        ids, types = encoding.ids, encoding.type_ids
        if not ids or len(ids) > limit or max(ids) >= rows or max(types) > 1:
            raise CheckpointError(
                f"{path}: makes {len(ids)} tokens with ids to {max(ids, default=-1)} and types to "
                f"{max(types, default=-1)}, expected 1 to {limit} tokens, ids below {rows}, types 0 and 1; "
                "replace it"
            )


def _resolve_limit(config: Facts, positions: int, given: int | None, default: int | None) -> int:
    """The longest input: `--max-tokens`, else `default`, model_max_length (10^30 means none) or positions."""
    stored = config.get("model_max_length")
    limit, source = positions, "the position embedding"
    if stored is not None:
        sound = isinstance(stored, int | float) and not isinstance(stored, bool) and stored >= MIN_TOKENS
        if not sound or (stored < positions and stored != int(stored)):
            raise CheckpointError(
                f"{CONFIG}: model_max_length is {stored!r:.40}, expected a whole number from {MIN_TOKENS}; "
                "correct it"
            )
        if stored < positions:
            limit, source = int(stored), f"model_max_length in {CONFIG}"
    if given is not None and given > limit:
        raise CheckpointError(
            f"--max-tokens {given} contradicts {source}, which ends at {limit}; give a smaller one or none, "
            "as the longest of --lengths too"
        )
    wanted = min(limit, default or limit) if given is None else given
    if wanted < MIN_TOKENS:
        raise InputError(
            f"a limit of {wanted} tokens leaves no room for text; expected {MIN_TOKENS} or more; "
            "give one with --max-tokens"
        )
    return wanted
