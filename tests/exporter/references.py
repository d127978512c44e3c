"""Answers of transformers and of an exported artifact, and how far apart they are.

transformers is the reference for its own families: its Auto classes load the same folder, its own
tokenizer cuts the text, and every text is answered alone, without padding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import litebert
from litebert.outputs import stacked
from litebert.tokenizer import Encoding

Text: TypeAlias = "str | tuple[str, str]"
Export: TypeAlias = Callable[..., Path]  # the fixture export_to

BACKENDS = {"onnx": "onnxruntime", "tflite": "ai-edge-litert"}

# Each engine takes float32 sums in another order, and its gelu and tanh differ from torch's by some steps of
# float32: 3e-6 is the usual worst on these two-layer students, whose logits reach 3 (1.6e-5 for sqrtsoftplus,
# whose logarithm loses digits). The nearest mistake, the tanh form of gelu for the exact one, costs 1.7e-4; a
# wrong weight or epsilon costs over 1e-3 (test_parity_power.py).
FLOAT_TOLERANCE = 5e-5


@dataclass(frozen=True)
class Answers:
    """A model's answers for some texts: ids per text, and logits [texts, outputs]."""

    input_ids: tuple[tuple[int, ...], ...]
    logits: NDArray[np.float32]


def transformers_answers(folder: Path, texts: Sequence[Text]) -> Answers:
    """The answers of transformers' own classes for a checkpoint folder."""
    import torch
    from transformers import AutoTokenizer

    model, tokenizer = transformers_model(folder), AutoTokenizer.from_pretrained(folder)
    ids, logits = [], []
    for text in texts:
        columns = [[part] for part in ((text,) if isinstance(text, str) else text)]
        inputs = tokenizer(
            *columns, truncation=True, return_tensors="pt"
        )  # a plain "" would count as no pair
        with torch.no_grad():
            logits.append(model(**inputs).logits[0].numpy())
        ids.append(tuple(inputs["input_ids"][0].tolist()))
    return Answers(tuple(ids), np.stack(logits))


def transformers_model(folder: Path) -> Any:
    """The model that transformers loads from a folder, in float32; it must find every tensor there."""
    import torch
    from transformers import AutoModelForSequenceClassification

    model, found = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True
    )
    assert not found["missing_keys"], "transformers would answer with random numbers"
    return model.eval()


def artifact_answers(artifact: Path, target: str, texts: Sequence[Text]) -> Answers:
    """The answers of one target of an artifact, one text at a time, as a user gets them."""
    with litebert.load(artifact, backend=BACKENDS[target]) as model:
        return Answers(
            tuple(model.tokenize(text).input_ids for text in texts),
            np.array([model(text).logits for text in texts], np.float32),
        )


def exit_logits(model: litebert.Model, encoding: Encoding) -> NDArray[np.float32]:
    """Logits [exits, outputs] for given ids."""
    return np.asarray(stacked(model._runner.all_exits([encoding])[0])["logits"])


def logits_of_ids(artifact: Path, target: str, encodings: Sequence[Encoding]) -> NDArray[np.float32]:
    """Logits [rows, outputs] for given ids."""
    with litebert.load(artifact, backend=BACKENDS[target]) as model:
        return np.stack([exit_logits(model, encoding)[-1] for encoding in encodings])


def assert_parity(
    artifact: Path,
    target: str,
    texts: Sequence[Text],
    expected: Answers,
    tolerance: float = FLOAT_TOLERANCE,
) -> None:
    """Ids are equal, and no logit differs by more than the tolerance."""
    found = artifact_answers(artifact, target, texts)
    for text, ours, theirs in zip(texts, found.input_ids, expected.input_ids, strict=True):
        assert ours == theirs, f"other ids for {text!r:.80}"
    apart = difference(found.logits, expected.logits)
    assert apart <= tolerance, f"a logit is {apart:.3g} away, {tolerance:.3g} is allowed"


def difference(found: NDArray[np.float32], expected: NDArray[np.float32]) -> float:
    """The largest |found − expected|; NaN, which is within no tolerance, where either holds one."""
    assert found.shape == expected.shape
    return float(np.abs(found - expected).max())
