"""A WordPiece tokenizer made from a vocab.txt.

Read: huggingface/transformers, models/bert/tokenization_bert.py (BertTokenizer.__init__);
huggingface/tokenizers, src/models/wordpiece/mod.rs (WordPiece::read_file).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from litebert import CheckpointError
from litebert_exporter.config import boolean
from litebert_exporter.cures import own_vocabulary
from litebert_exporter.text.classes import BERT
from litebert_exporter.text.form import TextForm
from litebert_exporter.text.tokenizer_facts import TokenizerFacts
from litebert_exporter.text.tokenizer_json import CONFIG, LIMIT_BYTES, WORDPIECE, Body
from litebert_exporter.text_files import read_text

_REQUIRED = ("unk", "cls", "sep")


def read_vocabulary(path: Path) -> dict[str, int]:
    """The tokens of a vocab.txt and their ids, which are the numbers of their lines from 0.

    If a line is there twice, the last number counts. Blank lines are the token "", which no text gives. It
    has the id of the first blank line, so that a token added behind several of them follows without a gap, as
    in transformers.

    Raises:
        CheckpointError: the file is no text.
    """
    lines = read_text(path, LIMIT_BYTES).split("\n")
    if not lines[-1]:
        lines.pop()  # the end of the last line is no line
    ids: dict[str, int] = {}
    for index, line in enumerate(lines):
        token = line.rstrip()
        if token or token not in ids:
            ids[token] = index
    return ids


def wordpiece_body(
    path: Path, ids: Mapping[str, int], facts: TokenizerFacts, lowercase: bool, form: TextForm, rows: int
) -> Body:
    """The content of a tokenizer.json for BERT's tokenizer on a vocabulary, without its special tokens.

    Args:
        path: the vocabulary.
        ids: its tokens and their ids.
        facts: the facts in the files beside it.
        lowercase: whether texts are lowercased.
        form: the family's facts about texts.
        rows: rows of the word embedding; if some are left, a file may add [CLS] or [SEP] behind the others.

    Raises:
        CheckpointError: a special token is absent or has another id than the code writes, or a fact is of a
            wrong type.
    """
    missing = [
        said.content
        for key, said in ((key, facts.names[key]) for key in _REQUIRED)
        if said.content not in ids and (key == "unk" or said.default or len(ids) >= rows)
    ]
    if missing:
        shown = ", ".join(f"{token!r:.40}" for token in missing)
        raise CheckpointError(
            f"{path}: {shown} not in it, expected a {WORDPIECE} vocabulary; {own_vocabulary()}"
        )
    misplaced = [
        f"{token} is {ids[token]}, not {index}"
        for token, index in form.special_ids.items()
        if ids[token] != index
    ]
    if misplaced:
        raise CheckpointError(
            f"{path}: the id of {', of '.join(misplaced)}, which the model's own code fixes for every "
            f"vocabulary; expected the vocabulary it was trained with: {own_vocabulary()}"
        )
    model = {
        "type": WORDPIECE,
        "unk_token": facts.names["unk"].content,
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
        "vocab": {token: index for token, index in ids.items() if token or index < rows},
    }
    normalizer = {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": boolean(facts.config, "tokenize_chinese_chars", CONFIG) is not False,
        "strip_accents": boolean(facts.config, "strip_accents", CONFIG),
        "lowercase": lowercase,
    }
    return {
        "version": "1.0",
        "model": model,
        "normalizer": normalizer,
        "pre_tokenizer": BERT.pre_tokenizer,
        "decoder": {"type": WORDPIECE, "prefix": "##", "cleanup": True},
    }
