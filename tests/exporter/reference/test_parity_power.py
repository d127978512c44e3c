"""The parity tests can fail: each of these makes a mistake and sees the comparison refuse it."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from kin import KIN, kin_config, write_kin
from references import FLOAT_TOLERANCE, Answers, Export, assert_parity, difference, transformers_answers
from students import (
    CASED,
    TEXTS,
    bert_config,
    bert_tensors,
    distilbert_config,
    distilbert_tensors,
    mobilebert_config,
    mobilebert_tensors,
    write_checkpoint,
)
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from litebert import ParityError
from litebert.outputs import Output
from litebert.tokenizer import load_tokenizer
from litebert_exporter.parity import check_target
from litebert_exporter.quantize.recipe import UNQUANTIZED
from litebert_exporter.segments import Plan
from litebert_exporter.targets import TARGETS
from litebert_exporter.text.texts import TEXTS as PARITY_TEXTS

BERT = bert_config()
BERT_TENSORS, DISTILBERT_TENSORS = bert_tensors(BERT), distilbert_tensors(distilbert_config())
MOBILEBERT = mobilebert_config()
UNSEEN = ("key.bias", "k_lin.bias")  # adds the same to every score of a softmax, which does not notice


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Returns a folder for each family."""
    base = tmp_path_factory.mktemp("power")
    return {
        "bert": write_checkpoint(base / "bert", BERT, BERT_TENSORS),
        "distilbert": write_checkpoint(base / "distilbert", distilbert_config(), DISTILBERT_TENSORS),
        "mobilebert": write_checkpoint(base / "mobilebert", MOBILEBERT, mobilebert_tensors(MOBILEBERT)),
        # Rows in reversed order show in a table of types only if it has two.
        **{family: write_kin(base / family, kin_config(family, type_vocab_size=2)) for family in KIN},
    }


@pytest.mark.parametrize("family", ["bert", "distilbert", "mobilebert", *KIN])
def test_every_tensor_matters_to_the_logits(family: str, folders: dict[str, Path]) -> None:
    """A tensor whose rows come in reversed order shows in the answers, so none is wired wrongly unseen."""
    model = AutoModelForSequenceClassification.from_pretrained(folders[family]).eval()
    tokenizer = AutoTokenizer.from_pretrained(folders[family])
    inputs = [
        tokenizer(*((t,) if isinstance(t, str) else t), truncation=True, return_tensors="pt") for t in TEXTS
    ]
    with torch.no_grad():
        right = torch.cat([model(**one).logits for one in inputs]).numpy()
        for name, parameter in model.named_parameters():
            original = parameter.clone()
            parameter.copy_(original.flip(0))
            wrong = torch.cat([model(**one).logits for one in inputs]).numpy()
            parameter.copy_(original)
            if name.endswith(UNSEEN):
                assert difference(wrong, right) <= FLOAT_TOLERANCE
            else:
                assert difference(wrong, right) > 20 * FLOAT_TOLERANCE, name


@pytest.fixture(scope="module")
def expected(folders: dict[str, Path]) -> Answers:
    """Returns what transformers answers for the BERT."""
    return transformers_answers(folders["bert"], TEXTS)


@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_one_transposed_weight_is_seen(
    target: str, tmp_path: Path, expected: Answers, export_to: Export
) -> None:
    name = "bert.encoder.layer.1.attention.output.dense.weight"
    tensors = {**BERT_TENSORS, name: np.ascontiguousarray(BERT_TENSORS[name].T)}
    artifact = export_to(write_checkpoint(tmp_path / "m", BERT, tensors), target)
    with pytest.raises(AssertionError):
        assert_parity(artifact, target, TEXTS, expected)


def test_swapped_query_and_key_are_seen(tmp_path: Path, expected: Answers, export_to: Export) -> None:
    """Scores would be transposed: shapes cannot tell."""
    swap = {"query": "key", "key": "query"}
    tensors = {}
    for name, values in BERT_TENSORS.items():
        parts = [swap.get(part, part) for part in name.split(".")]
        tensors[".".join(parts)] = values
    artifact = export_to(write_checkpoint(tmp_path / "m", BERT, tensors), "onnx")
    with pytest.raises(AssertionError):
        assert_parity(artifact, "onnx", TEXTS, expected)


@pytest.mark.parametrize("heads", [2, 4])
def test_another_number_of_heads_is_seen(
    heads: int, tmp_path: Path, expected: Answers, export_to: Export
) -> None:
    config = bert_config(num_attention_heads=heads)
    artifact = export_to(write_checkpoint(tmp_path / "m", config, BERT_TENSORS), "onnx")
    with pytest.raises(AssertionError):
        assert_parity(artifact, "onnx", TEXTS, expected)


def test_other_ids_are_seen(tmp_path: Path, folders: dict[str, Path], export_to: Export) -> None:
    """A vocabulary in which two words changed places gives other ids, even where logits are alike."""
    vocabulary = [*CASED[: BERT["vocab_size"]]]
    one, other = vocabulary.index("good"), vocabulary.index("bad")
    vocabulary[one], vocabulary[other] = vocabulary[other], vocabulary[one]
    folder = write_checkpoint(tmp_path / "m", BERT, BERT_TENSORS, vocabulary=vocabulary)
    right = transformers_answers(folders["bert"], TEXTS[:1])
    with pytest.raises(AssertionError, match="other ids"):
        assert_parity(export_to(folder, "onnx"), "onnx", TEXTS[:1], right)


def test_nan_is_within_no_tolerance(folders: dict[str, Path], expected: Answers, export_to: Export) -> None:
    logits = expected.logits.copy()
    logits[2, 1] = np.nan
    artifact = export_to(folders["bert"], "onnx")
    with pytest.raises(AssertionError):
        assert_parity(artifact, "onnx", TEXTS, dataclasses.replace(expected, logits=logits))


class _Answering:
    """Stands for reference and network: logits of 1000 for texts of `loud` tokens, of 1 for others."""

    def __init__(self, loud: int, error: float = 0.0, unsteady: float = 0.0) -> None:
        self._loud, self._error, self._unsteady = loud, error, unsteady

    def outputs(self, layers: Any, recipe: Any, scheme: Any, inputs: Any, jitter: float = 0.0) -> Any:
        return [{"logits": self._logits(inputs) * np.float32(1 + self._unsteady * jitter)}]

    def all_exits(self, inputs: Any) -> Any:
        return [[{"logits": row}] for row in self._logits(inputs)]

    def _logits(self, inputs: Any) -> Any:
        tokens = inputs["attention_mask"].sum(axis=1)[:, None]
        sizes = np.where(tokens == self._loud, 1000, 1) * np.array([1.0, -1.0])
        return (sizes + np.where(tokens == self._loud, 0, self._error)).astype(np.float32)


@pytest.mark.parametrize(
    ("error", "unsteady", "passes"),
    [(1e-4, 0.0, True), (0.01, 0.0, False), (0.01, 3e3, True), (0.05, 3e3, False), (0.05, 3e6, False)],
)
def test_every_text_is_held_to_its_own_size(
    error: float, unsteady: float, passes: bool, folders: dict[str, Path], export_to: Export
) -> None:
    """Huge logits of one text do not let another off; that the model itself is unsure does, within 1 %."""
    artifact = export_to(folders["bert"], "onnx")
    tokenizer = load_tokenizer(artifact / "tokenizer.json")
    loud = len(tokenizer.encode(PARITY_TEXTS[0]).input_ids)
    plan, outputs = Plan("whole", (), ()), (Output("logits", ("batch", 2)),)
    reference, network = _Answering(loud, unsteady=unsteady), _Answering(loud, error)
    check = partial(
        check_target, reference, UNQUANTIZED, TARGETS["onnx"], plan, network, outputs, 1.0, tokenizer
    )
    if passes:
        largest = {one.name: one for one in check().checks}["texts, one by one"]
        assert largest.difference == pytest.approx(error, rel=0.01) and largest.tolerance < 0.03
    else:
        with pytest.raises(ParityError):
            check()
