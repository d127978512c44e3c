"""BERT and DistilBERT folders give transformers' numbers, with any config."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from references import (
    BACKENDS,
    FLOAT_TOLERANCE,
    Answers,
    Export,
    artifact_answers,
    assert_parity,
    difference,
    transformers_answers,
    transformers_model,
)
from students import (
    TEXTS,
    Tensors,
    bert_config,
    bert_tensors,
    distilbert_config,
    distilbert_tensors,
    write_checkpoint,
)

import litebert
from litebert_exporter import export
from litebert_exporter.blocks.nonlinearities import ACTIVATIONS

TARGETS = ("onnx", "tflite")
SINGLES = tuple(text for text in TEXTS if isinstance(text, str))

SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "one layer, one head": {"num_hidden_layers": 1, "num_attention_heads": 1},
    "three layers, odd head size": {"num_hidden_layers": 3, "hidden_size": 21, "num_attention_heads": 3},
    "narrow feed-forward": {"intermediate_size": 8},
    "many heads": {"num_attention_heads": 12},
    "no layer_norm_eps": {"layer_norm_eps": None},
    "no hidden_act": {"hidden_act": None},
    "no id2label": {"id2label": None, "label2id": None},
    "three token types": {"type_vocab_size": 3},
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", SHAPES)
def test_bert_of_any_shape(name: str, target: str, tmp_path: Path, export_to: Export) -> None:
    config = bert_config(**SHAPES[name])
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    assert_parity(export_to(folder, target), target, TEXTS, transformers_answers(folder, TEXTS))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("changes", [{}, {"n_layers": 1, "n_heads": 1}, {"dim": 26, "n_heads": 2}])
def test_distilbert(changes: dict[str, Any], target: str, tmp_path: Path, export_to: Export) -> None:
    config = distilbert_config(**changes)
    folder = write_checkpoint(tmp_path / "m", config, distilbert_tensors(config))
    assert_parity(export_to(folder, target), target, TEXTS, transformers_answers(folder, TEXTS))


@pytest.mark.parametrize("target", TARGETS)
def test_a_single_token_type_serves_texts_and_pairs(target: str, tmp_path: Path, export_to: Export) -> None:
    """Transformers itself fails on a pair then, unless its types are all set to the only one there is."""
    config = bert_config(type_vocab_size=1)
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    artifact = export_to(folder, target)
    assert_parity(artifact, target, SINGLES, transformers_answers(folder, SINGLES))
    pair = ("what is the film ?", "good")
    found = artifact_answers(artifact, target, [pair])
    ids = torch.tensor(found.input_ids)
    with torch.no_grad():
        expected = transformers_model(folder)(ids, token_type_ids=torch.zeros_like(ids)).logits.numpy()
    assert difference(found.logits, expected) <= FLOAT_TOLERANCE


def test_an_activation_of_no_encoder_is_refused(tmp_path: Path) -> None:
    config = bert_config(hidden_act="mish")
    folder = write_checkpoint(tmp_path / "m", config, bert_tensors(config))
    with pytest.raises(litebert.CheckpointError, match="hidden_act is 'mish', expected one of gelu, "):
        export(folder, targets=["onnx"], out=tmp_path / "a")


def _with_large_inner(tensors: Tensors, suffix: str) -> Tensors:
    """Feed-forward inputs of ±1 to ±20, so that activations differ well."""
    sizes = np.linspace(0.5, 8, 40, dtype=np.float32)[:, None]
    return {name: values * sizes if name.endswith(suffix) else values for name, values in tensors.items()}


@pytest.fixture(scope="module")
def activation_answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Answers]]:
    """Returns for each activation a BERT folder and what transformers answers with it."""
    answers = {}
    for name in ACTIVATIONS:
        config = bert_config(hidden_act=name)
        tensors = _with_large_inner(bert_tensors(config), "intermediate.dense.weight")
        folder = write_checkpoint(tmp_path_factory.mktemp(name) / "m", config, tensors)
        answers[name] = folder, transformers_answers(folder, SINGLES)
    return answers


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation(
    name: str, target: str, activation_answers: dict[str, tuple[Path, Answers]], export_to: Export
) -> None:
    folder, expected = activation_answers[name]
    assert_parity(export_to(folder, target), target, SINGLES, expected)


def test_a_confused_activation_would_show(activation_answers: dict[str, tuple[Path, Answers]]) -> None:
    """Names for the same function share their logits; any two others are well beyond the tolerance."""
    kin = {name: _gelu_kind(name) for name in ACTIVATIONS}
    for one, (_, ours) in activation_answers.items():
        for other, (_, theirs) in activation_answers.items():
            gap = difference(ours.logits, theirs.logits)
            if kin[one] == kin[other]:
                assert gap <= FLOAT_TOLERANCE / 10, (one, other)
            else:
                assert gap > 2 * FLOAT_TOLERANCE, (one, other)


def _gelu_kind(name: str) -> str:
    if name in ("gelu_accurate", "gelu_fast", "gelu_new", "gelu_python_tanh", "gelu_pytorch_tanh"):
        return "gelu_tanh"
    return {"gelu_python": "gelu", "swish": "silu"}.get(name, name)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["relu", "gelu_new", "silu"])
def test_distilbert_activations(name: str, target: str, tmp_path: Path, export_to: Export) -> None:
    config = distilbert_config(activation=name)
    tensors = _with_large_inner(distilbert_tensors(config), "lin1.weight")
    folder = write_checkpoint(tmp_path / "m", config, tensors)
    assert_parity(export_to(folder, target), target, SINGLES, transformers_answers(folder, SINGLES))


EPSILONS = (1e-12, 1e-5, 1e-3)


def _with_small_embeddings(tensors: Tensors) -> Tensors:
    """Embeddings as small as BERT's own (0.02), which is where the epsilon under the root is felt."""
    return {
        name: values * np.float32(0.04 if "_embeddings" in name else 1) for name, values in tensors.items()
    }


@pytest.fixture(scope="module")
def epsilon_answers(tmp_path_factory: pytest.TempPathFactory) -> dict[float | None, tuple[Path, Answers]]:
    """Returns for each layer_norm_eps, and for none in the config, a folder and its answers."""
    answers: dict[float | None, tuple[Path, Answers]] = {}
    for epsilon in (*EPSILONS, None):
        config = bert_config(layer_norm_eps=epsilon)
        tensors = _with_small_embeddings(bert_tensors(config))
        folder = write_checkpoint(tmp_path_factory.mktemp("epsilon") / "m", config, tensors)
        answers[epsilon] = folder, transformers_answers(folder, TEXTS)
    return answers


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("epsilon", [*EPSILONS, None])
def test_layer_norm_eps(
    epsilon: float | None,
    target: str,
    epsilon_answers: dict[float | None, tuple[Path, Answers]],
    export_to: Export,
) -> None:
    folder, expected = epsilon_answers[epsilon]
    assert_parity(export_to(folder, target), target, TEXTS, expected)


def test_a_wrong_epsilon_would_show(epsilon_answers: dict[float | None, tuple[Path, Answers]]) -> None:
    """Also where the config has none, which means 1e-12."""
    smallest, middle, largest, silent = (answers.logits for _, answers in epsilon_answers.values())
    assert difference(smallest, middle) > 10 * FLOAT_TOLERANCE
    assert difference(middle, largest) > 10 * FLOAT_TOLERANCE
    assert difference(smallest, silent) <= FLOAT_TOLERANCE / 10


@pytest.mark.parametrize("target", TARGETS)
def test_the_epsilon_of_distilbert(target: str, tmp_path: Path, export_to: Export) -> None:
    """1e-12, fixed in its code; its folders may carry a layer_norm_eps that nothing reads."""
    config = distilbert_config(layer_norm_eps=1e-3)
    tensors = _with_small_embeddings(distilbert_tensors(config))
    folder = write_checkpoint(tmp_path / "m", config, tensors)
    assert_parity(export_to(folder, target), target, TEXTS, transformers_answers(folder, TEXTS))


TASKS: dict[str, tuple[dict[str, Any], int]] = {
    "single-label": ({"id2label": {"0": "a", "1": "b", "2": "c"}}, 3),
    "single-label by name": (
        {"id2label": {"0": "a", "1": "b"}, "problem_type": "single_label_classification"},
        2,
    ),
    "multi-label": (
        {
            "id2label": {"0": "a", "1": "b", "2": "c", "3": "d"},
            "problem_type": "multi_label_classification",
        },
        4,
    ),
    "regression": ({"id2label": {"0": "LABEL_0"}}, 1),
    "regression by name": ({"id2label": {"0": "score"}, "problem_type": "regression"}, 1),
}


@pytest.mark.parametrize("family", ["bert", "distilbert"])
@pytest.mark.parametrize("name", TASKS)
def test_every_task(name: str, family: str, tmp_path: Path, export_to: Export) -> None:
    changes, outputs = TASKS[name]
    make_config, make_tensors = {
        "bert": (bert_config, bert_tensors),
        "distilbert": (distilbert_config, distilbert_tensors),
    }[family]
    config = make_config(label2id=None, **changes)
    folder = write_checkpoint(tmp_path / "m", config, make_tensors(config, outputs))
    artifact = export_to(folder, "onnx")
    expected = transformers_answers(folder, TEXTS)
    assert_parity(artifact, "onnx", TEXTS, expected)
    logits = torch.from_numpy(expected.logits)
    labels = tuple(changes["id2label"].values())
    with litebert.load(artifact, backend=BACKENDS["onnx"]) as model:
        for row, text in enumerate(TEXTS):
            found = model(text)
            if name.startswith("regression"):
                assert found.value == pytest.approx(logits[row, 0].item(), abs=FLOAT_TOLERANCE)
                assert (found.label, found.score, found.probs, found.labels) == (None, None, None, None)
                continue
            single = name.startswith("single-label")
            probs = (logits[row].softmax(-1) if single else logits[row].sigmoid()).tolist()
            assert found.probs == pytest.approx(probs, abs=FLOAT_TOLERANCE)
            assert found.label == labels[int(np.argmax(probs))]
            assert found.score == found.probs[int(np.argmax(probs))]
            chosen = tuple(label for label, prob in zip(labels, probs, strict=True) if prob >= 0.5)
            assert found.labels == (None if single else chosen)
            assert not single or math.isclose(sum(found.probs), 1.0)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("prefix", ["bert.", ""])
def test_old_names_of_layer_norm(prefix: str, target: str, tmp_path: Path, export_to: Export) -> None:
    """The dialect of checkpoints converted from TensorFlow, with the buffers of transformers 4 beside it."""
    config = bert_config(layer_norm_eps=None)
    tensors = {
        name.removeprefix("bert.").replace("LayerNorm.weight", "LayerNorm.gamma")
        if not prefix
        else name.replace("LayerNorm.weight", "LayerNorm.gamma"): values
        for name, values in bert_tensors(config).items()
    }
    tensors = {name.replace("LayerNorm.bias", "LayerNorm.beta"): values for name, values in tensors.items()}
    tensors[f"{prefix}embeddings.position_ids"] = np.arange(48)[None]
    folder = write_checkpoint(tmp_path / "m", config, tensors)
    expected = transformers_answers(folder, TEXTS)
    modern = write_checkpoint(tmp_path / "modern", config, bert_tensors(config))
    assert difference(expected.logits, transformers_answers(modern, TEXTS).logits) <= FLOAT_TOLERANCE / 10
    assert_parity(export_to(folder, target), target, TEXTS, expected)


@pytest.mark.parametrize(("target", "recipe"), [("onnx", "int8"), ("onnx", "int8-fast"), ("tflite", "int8")])
@pytest.mark.parametrize("family", ["bert", "distilbert"])
def test_int8_stays_near_float32(
    family: str, target: str, recipe: str, tmp_path: Path, export_to: Export
) -> None:
    """int8 is held tightly against its emulation inside the export; here against the truth.

    Eight bits leave each weight and activation with an error of up to 1/254 of the largest in its row; over
    twelve seeds the largest difference was 0.055 of the largest logit. A slip, such as another row's scale or
    a lost zero point, costs as much as the logit itself.
    """
    config = bert_config() if family == "bert" else distilbert_config()
    tensors = (bert_tensors if family == "bert" else distilbert_tensors)(config, seed=1)
    folder = write_checkpoint(tmp_path / "m", config, tensors)
    expected = transformers_answers(folder, TEXTS)
    found = artifact_answers(export_to(folder, target, quantize=recipe), target, TEXTS)
    assert found.input_ids == expected.input_ids
    assert 1e-4 < difference(found.logits, expected.logits) < 0.1 * np.abs(expected.logits).max()
