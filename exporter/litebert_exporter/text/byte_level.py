"""RoBERTa's vocab.json and merges.txt, which lie side by side.

Read: huggingface/transformers, models/roberta/tokenization_roberta.py (RobertaTokenizer.__init__);
huggingface/tokenizers, src/models/bpe/model.rs (BpeBuilder, BPE::read_file).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litebert import CheckpointError
from litebert_exporter.files import read_text
from litebert_exporter.text.added_tokens import Names
from litebert_exporter.text.tokenizer_json import BPE, LIMIT_BYTES, Body, Template, new_body

MERGES = "merges.txt"
_NAMES: Names = {
    "unk": "<unk>",
    "pad": "<pad>",
    "cls": "<s>",
    "sep": "</s>",
    "mask": "<mask>",
    "bos": "<s>",
    "eos": "</s>",
}
_SINGLE: Template = (("cls", 0), ("A", 0), ("sep", 0))
_PAIR: Template = (*_SINGLE, ("sep", 0), ("B", 0), ("sep", 0))
_STEP = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def read_byte_level(path: Path, vocabulary: Body, config: Mapping[str, Any]) -> Body:
    """What a tokenizer.json would hold of the same.

    Args:
        path: vocab.json.
        vocabulary: its content.
        config: tokenizer_config.json.

    Raises:
        CheckpointError: a file is absent, damaged, or without the special tokens.
    """
    merges = path.parent / MERGES
    if not merges.is_file():
        raise CheckpointError(f"{path}: no {MERGES} beside it, expected both; put the model's own there")
    lines = (line.removesuffix("\r") for line in read_text(merges, LIMIT_BYTES).split("\n"))
    found = [line for line in lines if line and not line.startswith("#version")]
    if not found:  # every word would fall apart into bytes
        raise CheckpointError(f"{merges}: no merges in it; put the model's own there")
    model = {"type": BPE, "vocab": vocabulary, "merges": found}
    body = new_body(path, model, config, _NAMES, _SINGLE, _PAIR)
    return {**body, "pre_tokenizer": _STEP, "decoder": _STEP}
