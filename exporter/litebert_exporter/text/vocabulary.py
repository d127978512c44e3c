"""A WordPiece tokenizer out of a vocab.txt.

Read: huggingface/transformers, models/bert/tokenization_bert.py (BertTokenizer.__init__).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from litebert import CheckpointError
from litebert_exporter.config import boolean
from litebert_exporter.files import read_text
from litebert_exporter.text.added_tokens import BERT_NAMES, CONFIG, special_tokens
from litebert_exporter.text.form import TextForm
from litebert_exporter.text.tokenizer_json import LIMIT_BYTES, WORDPIECE

_REQUIRED = ("unk", "cls", "sep")


def read_vocabulary(path: Path, rows: int) -> list[str]:
    """The tokens of a vocab.txt by id.

    Raises:
        CheckpointError: the file is no text, has a token twice, or more tokens than the embedding rows.
    """
    tokens = [token.removesuffix("\r") for token in read_text(path, LIMIT_BYTES).split("\n")]
    while tokens and not tokens[-1]:
        tokens.pop()
    if len(tokens) > rows:
        raise _too_long(path, len(tokens), len(tokens) - 1, rows)
    twice = [token for token, count in Counter(tokens).items() if count > 1]
    if twice:
        shown = ", ".join(f"{token!r:.40}" for token in twice[:6])
        raise CheckpointError(f"{path}: {len(twice)} tokens stand in it twice ({shown}); replace it")
    return tokens


def tokenizer_from_vocabulary(
    path: Path, tokens: list[str], config: Mapping[str, Any], lowercase: bool, form: TextForm
) -> Tokenizer:
    """BERT's tokenizer on a vocabulary, as tokenizer_config.json and the family's code want it.

    Raises:
        CheckpointError: a special token is not in the vocabulary or not at its place there, or a fact is of a
            wrong type.
    """
    names = special_tokens(config, BERT_NAMES)
    ids = {token: index for index, token in enumerate(tokens)}
    missing = [names[key] for key in _REQUIRED if names[key] not in ids]
    if missing:
        shown = ", ".join(f"{token!r:.40}" for token in missing)
        raise CheckpointError(
            f"{path}: {shown} not in it, expected a {WORDPIECE} vocabulary; "
            "give the model's own with --vocab FILE"
        )
    misplaced = [
        f"{token} is {ids[token]}, not {index}"
        for token, index in form.special_ids.items()
        if ids[token] != index
    ]
    if misplaced:
        raise CheckpointError(
            f"{path}: the id of {', of '.join(misplaced)}, which the model's own code writes whatever the "
            "vocabulary; expected the vocabulary it was trained with: give it with --vocab FILE"
        )
    cls, sep = names["cls"], names["sep"]
    chinese = boolean(config, "tokenize_chinese_chars", CONFIG)
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token=names["unk"], max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=True,
        handle_chinese_chars=chinese is not False,
        strip_accents=boolean(config, "strip_accents", CONFIG),
        lowercase=lowercase,
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(prefix="##")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=form.single.format(cls=cls, sep=sep),
        pair=(form.pair or "$A:0 $B:1").format(cls=cls, sep=sep),
        special_tokens=[(cls, ids[cls]), (sep, ids[sep])],
    )
    present = [token for token in names.values() if token in ids]
    tokenizer.add_special_tokens(
        [
            AddedToken(token, normalized=False, special=True, single_word=form.special_words)
            for token in present
        ]
    )
    return tokenizer


def add_tokens(path: Path, tokenizer: Tokenizer, added: Mapping[int, AddedToken], rows: int) -> None:
    """Appends tokens behind the vocabulary, each at its own id, in one call: a call takes long."""
    size = tokenizer.get_vocab_size()
    new: dict[str, int] = {}
    for index, token in sorted(added.items()):
        if tokenizer.token_to_id(token.content) is None:
            new.setdefault(token.content, index)
    if size + len(new) > rows:
        raise _too_long(path, size + len(new), max(new.values()), rows)
    for expected, (content, index) in enumerate(new.items(), start=size):
        if index != expected:
            raise CheckpointError(
                f"{path}: ends at id {expected - 1}, but the added token {content!r:.40} has id {index}; "
                "give the model's own with --vocab FILE"
            )
    tokenizer.add_tokens([token for _, token in sorted(added.items())])


def check_ids(path: Path, ids: Mapping[str, int], rows: int) -> None:
    """Raises CheckpointError unless every token has an id of its own and the embedding a row for it."""
    if len(set(ids.values())) != len(ids):
        raise CheckpointError(f"{path}: several tokens share an id; replace it")
    if not ids or max(ids.values()) >= rows:
        raise _too_long(path, len(ids), max(ids.values(), default=-1), rows)


def _too_long(path: Path, tokens: int, largest: int, rows: int) -> CheckpointError:
    return CheckpointError(
        f"{path}: {tokens} tokens, ids up to {largest}, but the word embedding has {rows} rows; "
        "expected this very model's vocabulary: give it with --vocab FILE"
    )
