"""A tiny random BERT classifier folder, and texts for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from litebert_students.bert import BertClassifier, BertShape

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDS = [
    "good",
    "bad",
    "film",
    "very",
    "the",
    "a",
    "plot",
    "##s",
    "##ly",
    "dull",
    "fine",
    "sun",
    "##ny",
    "!",
    "中",
]
VOCAB = list(dict.fromkeys([*SPECIAL, *WORDS, *LETTERS, *(f"##{letter}" for letter in LETTERS)]))
CONFIG = {
    "architectures": ["BertForSequenceClassification"],
    "hidden_act": "gelu",
    "hidden_size": 32,
    "id2label": {"0": "negative", "1": "positive"},
    "intermediate_size": 48,
    "label2id": {"negative": 0, "positive": 1},
    "max_position_embeddings": 128,
    "model_type": "bert",
    "num_attention_heads": 4,
    "num_hidden_layers": 4,
    "pad_token_id": 0,
    "type_vocab_size": 2,
    "vocab_size": len(VOCAB),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Returns a folder with a random 4-layer model; its weights are large, so that every layer matters."""
    torch.manual_seed(1)
    shape = BertShape(**{name: CONFIG[name] for name in BertShape.__annotations__ if name in CONFIG})
    tensors = BertClassifier(shape, 2).state_dict()
    for name, tensor in tensors.items():
        tensor.copy_(torch.randn(tensor.shape) * 0.2 + ("LayerNorm.weight" in name))
    path = tmp_path / "model"
    path.mkdir()
    save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
    (path / "config.json").write_text(json.dumps(CONFIG))
    (path / "tokenizer_config.json").write_text(
        json.dumps({"do_lower_case": True, "tokenizer_class": "BertTokenizer", "model_max_length": 128})
    )
    (path / "vocab.txt").write_text("".join(f"{token}\n" for token in VOCAB))
    return path


@pytest.fixture
def tsv(tmp_path: Path) -> Path:
    """Returns 24 labelled texts of unequal lengths, named labels."""
    lines = [
        f"the film{' very' * (i % 5)} {word}\t{label}"
        for i in range(12)
        for word, label in (("good", "positive"), ("bad", "negative"))
    ]
    path = tmp_path / "train.tsv"
    path.write_text("\n".join(["text\tlabel", *lines]) + "\n")
    return path
