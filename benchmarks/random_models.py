"""Checkpoints of usual shapes with random weights, for timing; their answers mean nothing.

    python benchmarks/random_models.py tinybert-4|mobilebert VOCAB OUT

The bytes are the same every time. Weights are drawn wider than in transformers, and the classifier's bias is
set so that sentences get either label about as often. So logits differ between texts by more than rounding
does, and a share of equal labels means something. VOCAB is a vocab.txt; it is filled up to 30,522 tokens.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from tokenizers import BertWordPieceTokenizer
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    MobileBertConfig,
    MobileBertForSequenceClassification,
)

from litebert_bench.bench_plan import SAMPLE

TOKENS = 30522


def main(kind: str, vocabulary: Path, out: Path) -> None:
    """Writes a checkpoint folder."""
    torch.manual_seed(0)
    model = {"tinybert-4": tinybert, "mobilebert": mobilebert}[kind]().eval()
    out.mkdir(parents=True)
    words = vocabulary.read_text(encoding="utf-8").splitlines()
    words += [f"[unused{number}]" for number in range(len(words), TOKENS)]
    (out / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    (out / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 512}\n',
        encoding="utf-8",
    )
    _balance(model, BertWordPieceTokenizer(str(out / "vocab.txt"), lowercase=True))
    model.save_pretrained(out)


def tinybert() -> Any:
    """TinyBERT-4's shape (Jiao et al. 2020, https://arxiv.org/abs/1909.10351, section 4.2)."""
    return BertForSequenceClassification(
        BertConfig(
            vocab_size=TOKENS,
            hidden_size=312,
            num_hidden_layers=4,
            num_attention_heads=12,
            intermediate_size=1200,
            initializer_range=0.1,
        )
    )


def mobilebert() -> Any:
    """MobileBERT's shape: transformers' defaults are google/mobilebert-uncased's.

    Weights of 0.02 leave nothing of a text behind 24 layers without norms; those of 0.05 grow to thousands.
    """
    return MobileBertForSequenceClassification(MobileBertConfig(vocab_size=TOKENS, initializer_range=0.04))


def _balance(model: Any, tokenizer: Any) -> None:
    """Sets the classifier's bias to the middle of the sentences' logits, and scales them to about 1."""
    texts = [line for line in SAMPLE.read_text(encoding="utf-8").splitlines() if line.strip()]
    with torch.inference_mode():
        rows = [model(torch.tensor([tokenizer.encode(text).ids])).logits[0] for text in texts]
    logits = torch.stack(rows)
    spread = (logits[:, 1] - logits[:, 0]).std()
    with torch.no_grad():
        model.classifier.weight /= spread
        model.classifier.bias.copy_(-(logits / spread).median(dim=0).values)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
