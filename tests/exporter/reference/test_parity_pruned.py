"""Pruned students answer as whole ones whose lost heads and neurons are set to zero.

transformers 5 cannot load the pruned ones: it has no pruned_heads any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bad_inputs import Refuse, change_json, change_tensors
from kin import kin_config, kin_tensors
from references import BACKENDS, Export, artifact_answers, assert_parity, difference, transformers_answers
from safetensors.numpy import load_file
from students import TEXTS, UNCASED, Tensors, bert_config, bert_tensors, exit_tensors, exits_config
from students import write_checkpoint as write

import litebert
from litebert import CheckpointError, UnsupportedModelError

pytest_plugins = ("bad_fixtures",)

HEADS = {0: (1,), 1: (), 2: (0, 2)}
NEURONS = {0: range(8), 1: range(3, 20), 2: ()}
EVEN = dict.fromkeys(range(3), range(10))
TARGETS = ("onnx", "tflite")
Lost = Mapping[int, Sequence[int]]


def _prune(tensors: Tensors, heads: Lost, neurons: Lost) -> tuple[Tensors, Tensors]:
    """The tensors without some heads of size 8 and some neurons, and all of them with zeros there."""
    pruned, zeroed = dict(tensors), dict(tensors)
    for name, values in tensors.items():
        if ".layer." not in name:
            continue
        layer = int(name.split(".layer.")[1].split(".")[0])
        gone_heads = [8 * head + row for head in heads[layer] for row in range(8)]
        if ".attention.self." in name:
            pruned[name] = np.delete(values, gone_heads, axis=0)
        elif ".intermediate.dense." in name:
            pruned[name] = np.delete(values, list(neurons[layer]), axis=0)
        elif name.endswith("output.dense.weight"):
            gone = gone_heads if ".attention." in name else list(neurons[layer])
            pruned[name] = np.ascontiguousarray(np.delete(values, gone, axis=1))
            zeroed[name] = values.copy()
            zeroed[name][:, gone] = 0
    return pruned, zeroed


def _student(family: str, **changes: Any) -> tuple[dict[str, Any], Tensors]:
    if family == "bert":
        config = bert_config(num_hidden_layers=3, **changes)
        return config, bert_tensors(config)
    config = kin_config(family, num_hidden_layers=3, type_vocab_size=2, **changes)
    return config, kin_tensors(config)


def _facts(heads: Lost, **facts: Any) -> dict[str, Any]:
    return {"pruned_heads": {str(layer): list(lost) for layer, lost in heads.items()}, **facts}


NOTHING: Lost = {0: (), 1: (), 2: ()}
CASES: dict[str, tuple[Lost, Lost, dict[str, Any]]] = {
    "heads and even neurons": (HEADS, EVEN, _facts(HEADS, intermediate_size=30)),
    "heads and uneven neurons": (HEADS, NEURONS, _facts(HEADS)),
    "heads of some layers": (HEADS, NOTHING, {"pruned_heads": {"2": [2, 0], "0": [1]}}),
    "as many heads everywhere": ({0: (1,), 1: (0,), 2: (2,)}, NOTHING, _facts({0: (1,), 1: (0,), 2: (2,)})),
    "uneven, and a config that does not know": (HEADS, NEURONS, {}),
    "neurons alone": (NOTHING, NEURONS, {"pruned_heads": {}}),
}


@pytest.mark.parametrize("family", ["bert", "electra", "roberta"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_left_answers_alike(name: str, family: str, tmp_path: Path, export_to: Export) -> None:
    heads, neurons, facts = CASES[name]
    config, tensors = _student(family)
    pruned, zeroed = _prune(tensors, heads, neurons)
    expected = transformers_answers(write(tmp_path / "zeroed", config, zeroed), TEXTS)
    folder = write(tmp_path / "pruned", {**config, **facts}, pruned)
    whole = transformers_answers(write(tmp_path / "whole", config, tensors), TEXTS)
    assert difference(expected.logits, whole.logits) > 0.1
    for target in TARGETS:
        assert_parity(export_to(folder, target), target, TEXTS, expected)


def test_a_folder_as_textpruner_saves_it(tmp_path: Path, export_to: Export) -> None:
    """A state dict, config.json and the vocabulary that is left, one token a line."""
    config, tensors = _student("bert")
    kept = [*range(40), 63, 65]
    words = "bert.embeddings.word_embeddings.weight"
    tensors[words] = tensors[words][kept]
    trimmed = {**config, "vocab_size": len(kept)}
    vocabulary = [UNCASED[index] for index in kept]
    pruned, zeroed = _prune(tensors, HEADS, EVEN)
    expected = transformers_answers(write(tmp_path / "z", trimmed, zeroed, vocabulary=vocabulary), TEXTS)
    facts = _facts(HEADS, intermediate_size=30)
    folder = write(tmp_path / "p", {**trimmed, **facts}, pruned, None, vocabulary)
    (folder / "model.safetensors").unlink()
    state = {name: torch.from_numpy(values) for name, values in pruned.items()}
    torch.save(state, folder / "pytorch_model.bin")
    assert_parity(export_to(folder, "tflite", cased=False), "tflite", TEXTS, expected)


@pytest.mark.parametrize("quantize", ["none", "int8"])
def test_pruned_layers_in_every_layout(quantize: str, tmp_path: Path, export_to: Export) -> None:
    config, tensors = _student("bert")
    pruned, zeroed = _prune(tensors, HEADS, NEURONS)
    truth = transformers_answers(write(tmp_path / "z", config, zeroed), TEXTS)
    folder = write(
        tmp_path / "p", {**config, **_facts(HEADS), **exits_config()}, pruned | exit_tensors(3, 24)
    )
    for target in TARGETS:
        whole = export_to(folder, target, quantize=quantize, layout="whole")
        split = litebert.load(export_to(folder, target, quantize=quantize), BACKENDS[target])
        found = artifact_answers(whole, target, TEXTS)
        limit = 5e-5 if quantize == "none" else 0.1 * np.abs(truth.logits).max()
        assert difference(found.logits, truth.logits) <= limit
        for text, logits in zip(TEXTS, found.logits, strict=True):
            np.testing.assert_allclose(split.all_exits(text)[-1], logits, rtol=0, atol=1e-6)
    branched = litebert.load(export_to(folder, "onnx", quantize=quantize, layout="branched"))
    split = litebert.load(export_to(folder, "onnx", quantize=quantize))
    for speed in ([0, 0], [0, 1], [1, 0], 0.5, 0.8):
        for one, other in zip(
            split(list(TEXTS), speed=speed), branched(list(TEXTS), speed=speed), strict=True
        ):
            assert one.exit_layer == other.exit_layer
            assert one.logits == pytest.approx(other.logits, abs=1e-6)


LAYER = "bert.encoder.layer.0."
QUERY, OUTPUT = f"{LAYER}attention.self.query", f"{LAYER}attention.output.dense"


@pytest.mark.parametrize(
    "found",
    [
        *([1], "0", 3, {"2": [0]}, {"0": [3]}, {"0": [0, 0]}, {"0": "1"}, {"0": [True]}, {"0": [0.0]}),
        *({"-1": []}, {"0": None}, {"0": [[0]]}, {"00": [0]}, {"0": [-1]}, {"0": list(range(10**5))}),
    ],
)
def test_pruned_heads_that_are_none(found: object, student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", pruned_heads=found)
    line = refuse_export(CheckpointError, "student")
    assert "config.json: pruned_heads is " in line and "lists of heads 0 to 2; correct it" in line


def test_a_layer_without_heads(student: Path, refuse_export: Refuse) -> None:
    change_json(student / "config.json", pruned_heads={"1": [2, 0, 1]})
    assert "layer 1 has lost all its heads" in refuse_export(UnsupportedModelError, "student")


def _cut(rows: int, *names: str, axis: int = 0) -> dict[str, Any]:
    return {name: (rows, axis) for name in names}


ATTENTION = [
    f"{LAYER}attention.self.{part}.{kind}"
    for part in ("query", "key", "value")
    for kind in ("weight", "bias")
]
DAMAGED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "heads lost in the config alone": (
        {"pruned_heads": {"0": [1]}},
        {},
        f"{QUERY}.weight is [24, 24], expected [16",
    ),
    "another number of heads than the config says": (
        {"pruned_heads": {"0": [0, 1]}},
        _cut(16, *ATTENTION) | _cut(16, f"{OUTPUT}.weight", axis=1),
        f"{QUERY}.weight is [16, 24], expected [8, 24]",
    ),
    "half a head": (
        {},
        _cut(20, *ATTENTION) | _cut(20, f"{OUTPUT}.weight", axis=1),
        "is [20, 24], expected [24",
    ),
    "rows of the query alone": (
        {},
        _cut(16, f"{QUERY}.weight"),
        f"1 wrongly shaped ({QUERY}.weight is [16, 24]",
    ),
    "query, key and value without the output": ({}, _cut(16, *ATTENTION), "6 wrongly shaped"),
    "rows of the feed-forward alone": (
        {},
        _cut(32, f"{LAYER}intermediate.dense.weight"),
        f"1 wrongly shaped ({LAYER}intermediate.dense.weight is [32, 24], expected [40, 24])",
    ),
    "all neurons": (
        {},
        _cut(0, f"{LAYER}intermediate.dense.weight", f"{LAYER}intermediate.dense.bias")
        | _cut(0, f"{LAYER}output.dense.weight", axis=1),
        "is [0, 24], expected [40, 24]",
    ),
    "a bias that kept its neurons": (
        {},
        _cut(32, f"{LAYER}intermediate.dense.weight") | _cut(32, f"{LAYER}output.dense.weight", axis=1),
        f"1 wrongly shaped ({LAYER}intermediate.dense.bias is [40], expected [32])",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_is_not_pruned(name: str, student: Path, refuse_export: Refuse) -> None:
    facts, cuts, words = DAMAGED[name]
    change_json(student / "config.json", **facts)
    tensors = load_file(student / "model.safetensors")
    changes = {
        key.replace(".", "__"): tensors[key].take(range(rows), axis=axis)
        for key, (rows, axis) in cuts.items()
    }
    change_tensors(student, **changes)
    assert words in refuse_export(CheckpointError, "student")
