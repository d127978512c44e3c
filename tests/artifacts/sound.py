"""Small sound artifacts: every family, layout, task, exit rule and arithmetic at least once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from damage import CALIBRATED, EARLY, FIXED, TINY
from encoders import write_encoder
from kin import kin_config, kin_tensors, write_kin
from original_exits import CASES, write_original
from students import (
    TEXTS,
    TOKENIZER,
    bert_config,
    bert_tensors,
    distilbert_config,
    distilbert_tensors,
    exit_tensors,
    exits_config,
    mobilebert_config,
    mobilebert_tensors,
    write_checkpoint,
)
from vocabularies import byte_level, write_byte_level

from litebert.tools.calibrate import calibrate
from litebert_exporter import export

Write: TypeAlias = "Callable[[Path], Path]"


@dataclass(frozen=True)
class Sound:
    """A row of the table.

    Attributes:
        name: of the folder.
        write: writes the checkpoint into a folder that is not there yet, and returns it.
        options: of the export.
        calibrated: whether it is calibrated afterwards.
    """

    name: str
    write: Write
    options: Mapping[str, Any] = field(default_factory=dict)
    calibrated: bool = False

    def make(self, checkpoint: Path, out: Path) -> Path:
        """Writes the checkpoint, exports it to `out`, and returns that."""
        export(self.write(checkpoint), out=out, **self.options)
        if self.calibrated:
            calibrate(out, TEXTS * 10)
        return out


def _bert(outputs: int = 2, tokenizer: Mapping[str, Any] = TOKENIZER, **changes: Any) -> Write:
    if outputs != 2:
        labels = {"id2label": {str(index): f"label {index}" for index in range(outputs)}, "label2id": None}
        changes = {**labels, **changes}
    config = bert_config(**changes)
    return lambda folder: write_checkpoint(folder, config, bert_tensors(config, outputs), tokenizer)


def _early(rule: str = "entropy-below", size: int | None = 16, outputs: int = 2) -> Write:
    config = bert_config(num_hidden_layers=4, **exits_config(size, rule))
    tensors = bert_tensors(config, outputs) | exit_tensors(4, 24, size, outputs)
    return lambda folder: write_checkpoint(folder, config, tensors)


def _kin(family: str) -> Write:
    return lambda folder: write_kin(folder, kin_config(family))


def _byte_level(folder: Path) -> Path:
    """RoBERTa with byte-level BPE."""
    config = kin_config("roberta", vocab_size=len(byte_level()[0]))
    write_checkpoint(folder, config, kin_tensors(config), None)
    (folder / "vocab.txt").unlink()
    return write_byte_level(folder)


def _unigram(folder: Path) -> Path:
    """ALBERT with the SentencePiece model of tests/cases."""
    config = kin_config("albert", vocab_size=230)
    write_checkpoint(folder, config, kin_tensors(config), {"do_lower_case": True})
    (folder / "vocab.txt").unlink()
    shutil.copy(CASES / "albert-tokenizer/spiece.model", folder)
    return folder


def _case(name: str) -> Write:
    """A checkpoint of tests/cases."""

    def write(folder: Path) -> Path:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return write_original(name, folder)

    return write


def _distilbert(folder: Path) -> Path:
    config = distilbert_config()
    return write_checkpoint(folder, config, distilbert_tensors(config))


def _mobilebert(folder: Path) -> Path:
    config = mobilebert_config()
    return write_checkpoint(folder, config, mobilebert_tensors(config))


def _cross_encoder(folder: Path) -> Path:
    stated = {"activation_fn": "torch.nn.modules.activation.Sigmoid", "model_type": "CrossEncoder"}
    _bert(1)(folder)
    (folder / "config_sentence_transformers.json").write_text(json.dumps(stated), encoding="utf-8")
    return folder


_ONNX, _TFLITE = {"targets": ["onnx"]}, {"targets": ["tflite"]}
_MULTI = {"problem_type": "multi_label_classification"}

SOUND: tuple[Sound, ...] = (
    # families, and kinds of tokenizers
    Sound(TINY, _bert()),
    Sound("distilbert", _distilbert),
    Sound("mobilebert", _mobilebert),
    *(Sound(family, _kin(family)) for family in ("albert", "electra", "roberta")),
    *(Sound(name, _case(name)) for name in ("tinybert", "theseus", "fastbert-uer", "fastbert-pypi")),
    *(Sound(name, _case(name)) for name in ("deebert", "pabee", "pabee-regression")),
    Sound("roberta-byte-level", _byte_level),
    Sound("albert-unigram", _unigram),
    Sound("bert-cut-at-the-beginning", _bert(tokenizer={**TOKENIZER, "truncation_side": "left"})),
    Sound("bert-trimmed", _bert(), {"trim_vocab": 40}),
    Sound("bert-short", _bert(), {"max_tokens": 9}),
    # layouts and lengths
    Sound(EARLY, _early()),
    Sound(CALIBRATED, _early(), calibrated=True),
    Sound("bert-split", _bert(), {"layout": "split"}),
    Sound("bert-exits-whole", _early(), {"layout": "whole"}),
    Sound("bert-exits-branched", _early(), {"layout": "branched", **_ONNX}),
    Sound("bert-exits-two-layers", _early(), {"layers_per_segment": 2}),
    Sound(FIXED, _early(), {"lengths": (16, 48), **_TFLITE}),
    # exit rules, beside those of families
    Sound("bert-exits-at-most", _early("entropy-at-most")),
    Sound("bert-exits-nats", _early("raw-entropy-below", None)),
    Sound("bert-exits-patience", _early("patience", None)),
    # tasks
    Sound("bert-multi-label", _bert(3, **_MULTI)),
    Sound("bert-three-labels", _bert(3)),
    Sound("bert-regression", _bert(1)),
    Sound("bert-for-texts", _bert(), {"inputs": "text"}),
    Sound("cross-encoder", _cross_encoder),
    Sound("embeddings", write_encoder),
    Sound("embeddings-cls", lambda folder: write_encoder(folder, pooling="cls", normalize=False)),
    Sound("embeddings-max", lambda folder: write_encoder(folder, "distilbert", "max")),
    # arithmetic
    Sound("bert-float32", _bert(), {"quantize": "none"}),
    Sound("bert-int8-fast", _bert(), {"quantize": "int8-fast", **_ONNX}),
    Sound("bert-exits-float32", _early(), {"quantize": "none"}),
)
