"""RoBERTa's vocab.json and the merges.txt beside it.

Read: huggingface/transformers, models/roberta/tokenization_roberta.py (RobertaTokenizer.__init__);
huggingface/tokenizers, src/models/bpe/model.rs (BpeBuilder, BPE::read_file).
"""

from __future__ import annotations

from pathlib import Path

from litebert import CheckpointError
from litebert_exporter.text.classes import ROBERTA
from litebert_exporter.text.tokenizer_json import BPE, LIMIT_BYTES, Body
from litebert_exporter.text_files import read_text

MERGES = "merges.txt"


def read_byte_level(path: Path, vocabulary: Body) -> Body:
    """The same vocabulary as the content of a tokenizer.json.

    Args:
        path: vocab.json.
        vocabulary: the object in it.

    Raises:
        CheckpointError: merges.txt is absent, damaged or empty.
    """
    merges = path.parent / MERGES
    if not merges.is_file():
        raise CheckpointError(f"{path}: no {MERGES} beside it, expected both; put the model's own there")
    step = ROBERTA.pre_tokenizer
    model = {"type": BPE, "vocab": vocabulary, "merges": read_merges(merges)}
    return {"version": "1.0", "model": model, "pre_tokenizer": step, "decoder": step}


def read_merges(path: Path) -> list[str]:
    """The merges of a merges.txt in their order, each as two tokens with a space between them.

    Raises:
        CheckpointError: the file is no text, or holds no merges.
    """
    lines = (line.removesuffix("\r") for line in read_text(path, LIMIT_BYTES).split("\n"))
    found = [line for line in lines if line and not line.startswith("#version")]
    if not found:  # every word would fall apart into bytes
        raise CheckpointError(f"{path}: no merges in it; put the model's own there")
    return found
