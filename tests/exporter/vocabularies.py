"""Small byte-level BPE and Unigram vocabularies, made by hand, in the files in which they are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from students import WORDS
from tokenizers.pre_tokenizers import ByteLevel

from litebert.tokenizer import TextTokenizer, load_tokenizer
from litebert_exporter.checkpoint import Checkpoint
from litebert_exporter.checkpoint_reader import find_vocabulary
from litebert_exporter.families import FAMILIES
from litebert_exporter.text.built_tokenizer import build_tokenizer
from litebert_exporter.text.form import BERT_TEXT

SPIECE = Path(__file__).parents[1] / "cases/albert-tokenizer/spiece.model"  # of ALBERT
LIMIT = 48
ROBERTA_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
ALBERT_SPECIAL = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")


def byte_level() -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Vocabulary and merges as RoBERTa has them: every byte, and every word with a space before it."""
    tokens = dict.fromkeys([*ROBERTA_SPECIAL, *sorted(ByteLevel.alphabet())])
    merges: dict[tuple[str, str], None] = {}
    for word in (*WORDS, "Good", "film film"):
        ((start, _), *_) = ByteLevel(add_prefix_space=True).pre_tokenize_str(word)
        known = start[0]
        for symbol in start[1:]:
            merges[known, symbol] = None
            known += symbol
            tokens[known] = None
    ids = {token: index for index, token in enumerate([*tokens, "<mask>"])}
    return ids, list(merges)


def write_byte_level(folder: Path) -> Path:
    """vocab.json and merges.txt, as older RoBERTa folders have them."""
    ids, merges = byte_level()
    lines = ["#version: 0.2", *map(" ".join, merges)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def unigram() -> list[tuple[str, float]]:
    """Pieces and scores as ALBERT has them: words with `▁` before them, stems, characters."""
    scores = dict.fromkeys(ALBERT_SPECIAL, 0.0)
    for index, word in enumerate(WORDS):
        scores["▁" + word] = -3 - index / 8
    for index, word in enumerate(WORDS):
        scores.setdefault(word.removeprefix("##"), -5 - index / 8)
    for index, character in enumerate(sorted(set("▁" + "".join(WORDS)))):
        scores.setdefault(character, -12 - index / 8)
    return list(scores.items())


def roberta_tokenizer(**options: Any) -> Any:
    """The class in transformers with the vocabulary of `byte_level`."""
    from transformers import RobertaTokenizer

    ids, merges = byte_level()
    return RobertaTokenizer(vocab=ids, merges=merges, **options)


def xlm_roberta_tokenizer(**options: Any) -> Any:
    """The class in transformers with the pieces of `unigram`, special tokens named as RoBERTa's."""
    from transformers import XLMRobertaTokenizer

    names = dict(zip(ALBERT_SPECIAL, ("<s>", "<pad>", "</s>", "<unk>", "<mask>"), strict=True))
    pieces = [(names.get(piece, piece), score) for piece, score in unigram()]
    return XLMRobertaTokenizer(vocab=pieces, **options)


def read_tokenizer(folder: Path, rows: int = 600, cased: bool | None = None, **config: Any) -> TextTokenizer:
    """The tokenizer of an artifact made of a folder, by way of a file as the runtime reads it."""
    stored = folder / "tokenizer_config.json"
    checkpoint = Checkpoint(
        path=folder,
        weights_files=(),
        tensors={},
        config=config,
        tokenizer_config=json.loads(stored.read_text()) if stored.exists() else {},
        cross_encoder={},
        vocabulary_file=find_vocabulary(None, folder),
    )
    kind = config.get("model_type")
    forms = (each.text_form(checkpoint) for each in FAMILIES.values() if kind in each.model_types)
    built = build_tokenizer(checkpoint, rows, LIMIT, None, cased, next(forms, BERT_TEXT))
    written = folder / "written.json"
    written.write_text(built.tokenizer.to_str(), encoding="utf-8")
    return load_tokenizer(written, built.pairs)
