"""Texts that tokenizers stumble over, and a folder whose tokenizer can be set in every way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from references import Text
from students import CASED, TOKENIZER, bert_config, bert_tensors, write_checkpoint

LIMIT = TOKENIZER["model_max_length"]
# fmt: off
ODD_TEXTS: tuple[Text, ...] = (
    "",
    " ",
    " \t\r\n\u00a0\u3000\u2003 ",
    "The FILM was Good , GOOD and good",
    "good\x00film \x07bad\x1b \x7f\u200b\u200d\u202e\ufeff\ufffd dull \x85 x \ue000",
    "\ufffd",
    "😀 good😀😀 👨‍👩‍👧 film",
    "中文 电影 good中文film 文x ㍿ 東京",
    "crème Crème creme\u0300 brûlée É é e\u0301 \u0301 naïve Ångström angstrom Straße ﬁlm İ",
    "good [SEP] bad [CLS] [MASK] [PAD] [UNK] x[SEP]x [sep] [ SEP ]",
    "[SEP]",
    "x" * 100,  # a word of up to 100 characters is cut into pieces
    "x" * 101,  # a longer one is unknown as a whole
    "good " + "x" * 200 + " film",
    "unbelievable! acting,hated;loved..good's 100% #1 (film)—bad",
    "the film was very good but dull , " * 3000,  # 100 kB
    "x" * 100_000,
    ("what is the capital ?", "paris"),
    ("", ""),
    ("", "good"),
    ("good [SEP]", ""),
    ("the film " * 60, "good"),
    ("good", "the film " * 60),
    ("the film " * 60, "not bad " * 60),
    ("the film " * 11, "bad " * 23),  # 45 tokens and 3 special ones: just within the limit
    ("the film " * 11, "bad " * 24),  # one too many, in the second text or in the first
    ("bad " * 24, "the film " * 11),
    ("the film " * 12, "not bad " * 12),
)
# fmt: on


def cased_folder(folder: Path, flags: dict[str, Any]) -> Path:
    """A BERT folder whose vocabulary knows capitals; the flags go to tokenizer_config.json."""
    config = bert_config(vocab_size=len(CASED))
    tokenizer = {"tokenizer_class": "BertTokenizer", "model_max_length": LIMIT, **flags}
    return write_checkpoint(folder, config, bert_tensors(config), tokenizer, CASED)


def edit(path: Path, changes: dict[str, Any]) -> None:
    """Sets some keys of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
