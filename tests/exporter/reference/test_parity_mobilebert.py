"""MobileBERT in every variant and both dialects gives transformers' numbers, and refuses what is not one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from bad_inputs import Refuse, change_json, change_tensors
from google_dialect import google_config, google_tensors
from references import (
    FLOAT_TOLERANCE,
    Answers,
    Export,
    artifact_answers,
    assert_parity,
    difference,
    transformers_answers,
    transformers_model,
)
from safetensors.numpy import save_file
from students import (
    TEXTS,
    mobilebert_config,
    mobilebert_tensors,
    write_checkpoint,
    write_facts,
)

from litebert import CheckpointError
from litebert_exporter.families import mobilebert

pytest_plugins = ("bad_fixtures",)

TARGETS = ("onnx", "tflite")
SHORT = ("good", "中 文", "!")  # three and four tokens: every trigram touches an end
SINGLES = (*(text for text in TEXTS if isinstance(text, str)), *SHORT)
VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "pooler": {"classifier_activation": True},
    "pooler by default": {"classifier_activation": True, "remove": ("classifier_activation",)},
    "layer_norm": {"normalization_type": "layer_norm", "layer_norm_eps": 0.05},
    "no trigrams": {"trigram_input": False},
    "no projection": {"trigram_input": False, "embedding_size": 28},
    "trigrams as wide as the network": {"embedding_size": 28},
    "no bottleneck": {"use_bottleneck": False, "num_attention_heads": 4},
    "no bottleneck, layer_norm": {
        "use_bottleneck": False,
        "num_attention_heads": 4,
        "normalization_type": "layer_norm",
        "layer_norm_eps": 0.05,
    },
    "tiny": {
        "use_bottleneck_attention": True,
        "key_query_shared_bottleneck": False,
        "num_feedforward_networks": 2,
    },
    "tiny, shared bottleneck left over": {"use_bottleneck_attention": True},
    "nothing shared": {
        "key_query_shared_bottleneck": False,
        "intra_bottleneck_size": 28,
        "num_attention_heads": 4,
    },
    "one feed-forward": {"num_feedforward_networks": 1},
    "gelu": {"hidden_act": "gelu"},
    "one layer, three token types": {"num_hidden_layers": 1, "type_vocab_size": 3},
}


def _write(folder: Path, changes: dict[str, Any]) -> Path:
    removed = dict.fromkeys(changes.get("remove", ()))
    full = mobilebert_config(**{key: value for key, value in changes.items() if key != "remove"})
    config = {key: value for key, value in full.items() if key not in removed}
    return write_checkpoint(folder, config, mobilebert_tensors(full))


@pytest.fixture(scope="module")
def variants(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Answers]]:
    """Returns a folder per variant and what transformers answers for it."""
    made = {}
    for name, changes in VARIANTS.items():
        folder = _write(tmp_path_factory.mktemp("variant") / "m", changes)
        made[name] = folder, transformers_answers(folder, (*TEXTS, *SHORT))
    return made


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant(
    name: str, target: str, variants: dict[str, tuple[Path, Answers]], export_to: Export
) -> None:
    folder, expected = variants[name]
    assert_parity(export_to(folder, target), target, (*TEXTS, *SHORT), expected)


def test_a_confused_variant_would_show(tmp_path: Path, variants: dict[str, tuple[Path, Answers]]) -> None:
    """Of two readings of the same tensors each is well beyond the tolerance of the other."""
    plain, shared = (variants[name][1].logits for name in ("plain", "tiny, shared bottleneck left over"))
    readings = {
        "a missing relu": {"hidden_act": "linear"},
        "another order of the trigram": {},
        "layer_norm": {"normalization_type": "layer_norm"},
        "another number of heads": {"num_attention_heads": 2},
    }
    for number, (name, changes) in enumerate(readings.items()):
        config = mobilebert_config(**changes)
        tensors = mobilebert_tensors(mobilebert_config())
        if "trigram" in name:
            projection = "mobilebert.embeddings.embedding_transformation.weight"
            following, this, previous = np.split(tensors[projection], 3, axis=1)
            tensors[projection] = np.concatenate([previous, this, following], axis=1)
        folder = write_checkpoint(tmp_path / f"m{number}", config, tensors)
        wrong = transformers_answers(folder, (*TEXTS, *SHORT)).logits
        assert difference(wrong, plain) > 100 * FLOAT_TOLERANCE, name
    assert difference(shared, plain) > 100 * FLOAT_TOLERANCE


@pytest.mark.parametrize("target", TARGETS)
def test_a_single_token_type(target: str, tmp_path: Path, export_to: Export) -> None:
    folder = _write(tmp_path / "m", {"type_vocab_size": 1})
    assert_parity(export_to(folder, target), target, SINGLES, transformers_answers(folder, SINGLES))


@pytest.mark.parametrize("target", TARGETS)
def test_states_as_large_as_trained_ones(target: str, tmp_path: Path, export_to: Export) -> None:
    """NoNorm holds nothing back: between the layers of Google's model are states of 1e7.

    The layers themselves see the same numbers as before, so the answers are those of the small states.
    """
    config, large = mobilebert_config(), np.float32(1e6)
    tensors = mobilebert_tensors(config)
    for name, values in tensors.items():
        if re.search(r"embeddings\.LayerNorm|output\.bottleneck\.(dense|LayerNorm\.bias)", name):
            tensors[name] = values * large
        elif name.endswith((".dense.weight", "value.weight", "classifier.weight")) and values.shape[1] == 28:
            tensors[name] = values / large
    folder = write_checkpoint(tmp_path / "m", config, tensors)
    expected = transformers_answers(folder, TEXTS)
    ordinary = write_checkpoint(tmp_path / "ordinary", config, mobilebert_tensors(config))
    assert difference(expected.logits, transformers_answers(ordinary, TEXTS).logits) < FLOAT_TOLERANCE
    assert_parity(export_to(folder, target), target, TEXTS, expected)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["plain", "tiny", "layer_norm", "no bottleneck", "no projection"])
def test_int8_stays_near_float32(
    name: str, target: str, variants: dict[str, tuple[Path, Answers]], export_to: Export
) -> None:
    """Its emulation is compared within the export; here the truth: distance, direction and labels."""
    folder, expected = variants[name]
    found = artifact_answers(export_to(folder, target, quantize="int8"), target, (*TEXTS, *SHORT))
    assert found.input_ids == expected.input_ids
    apart = difference(found.logits, expected.logits)
    assert 1e-4 < apart < 0.1 * np.abs(expected.logits).max()
    cosine = (found.logits * expected.logits).sum() / np.sqrt(
        np.square(found.logits).sum() * np.square(expected.logits).sum()
    )
    assert cosine > 0.998
    sure = np.abs(np.diff(expected.logits)[:, 0]) > 2 * apart
    assert sure.any()
    assert np.array_equal(found.logits.argmax(-1)[sure], expected.logits.argmax(-1)[sure])


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
@pytest.mark.parametrize("config_of", ["transformers", "google"])
def test_names_of_google(
    config_of: str,
    suffix: str,
    target: str,
    tmp_path: Path,
    variants: dict[str, tuple[Path, Answers]],
    export_to: Export,
) -> None:
    folder, expected = variants["plain"]
    config = json.loads((folder / "config.json").read_text())
    tensors = google_tensors(mobilebert_tensors(config))
    assert "bert/encoder/layer_1/ffn_layer_1/intermediate/dense/kernel" in tensors
    assert "bert/encoder/layer_0/bottleneck/attention/FakeLayerNorm/gamma" in tensors
    assert tensors["bert/encoder/layer_0/bottleneck/input/dense/kernel"].shape == (28, 18)
    write_facts(tmp_path, config if config_of == "transformers" else google_config(config))
    file = tmp_path / f"model{suffix}"
    if suffix == ".pt":
        torch.save({name: torch.from_numpy(values) for name, values in tensors.items()}, file)
    else:
        save_file(tensors, file)
    labels = {} if config_of == "transformers" else {"labels": ["negative", "positive"]}
    artifact = export_to(file, target, **labels)
    assert_parity(artifact, target, (*TEXTS, *SHORT), expected)


def test_defaults_of_google(tmp_path: Path, export_to: Export) -> None:
    """Its tiny config leaves key_query_shared_bottleneck out, which is false there and true in transformers.

    Of a config without these keys its code makes layer_norm with an epsilon of 1e-12, the tanh form of gelu,
    one feed-forward, words as wide as the network and no trigrams.
    """
    changes = {
        "use_bottleneck_attention": True,
        "key_query_shared_bottleneck": False,
        "num_feedforward_networks": 1,
        "normalization_type": "layer_norm",
        "trigram_input": False,
        "embedding_size": 28,
        "hidden_act": "gelu_new",
        "classifier_activation": True,
    }
    config = mobilebert_config(**changes)
    kept = ("use_bottleneck_attention", "use_bottleneck", "intra_bottleneck_size")
    silent = google_config(config, *(key for key in changes if key not in kept))
    tensors = mobilebert_tensors(config)
    shows_more = {"_embeddings": 0.01, "intermediate.dense": 2, "classifier": 4}  # of epsilon and gelu
    for part, factor in shows_more.items():
        for name in tensors:
            tensors[name] *= np.float32(factor if name.endswith(f"{part}.weight") else 1)
    folder = write_checkpoint(tmp_path / "transformers", config, tensors)
    own = [name for name in tensors if "embedding_transformation" in name]  # only transformers makes it
    theirs = google_tensors({name: tensors[name] for name in tensors if name not in own}, "LayerNorm")
    write_facts(tmp_path, silent)
    save_file(theirs, tmp_path / "model.safetensors")
    artifact = export_to(tmp_path, "onnx", labels=["negative", "positive"])
    found = artifact_answers(artifact, "onnx", TEXTS)
    model = transformers_model(folder)
    assert difference(found.logits, _logits(model, found.input_ids)) > 20 * FLOAT_TOLERANCE
    for module in model.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.eps = 1e-12
        if hasattr(module, "intermediate_act_fn"):
            module.intermediate_act_fn = torch.nn.GELU()
    assert difference(found.logits, _logits(model, found.input_ids)) > 4 * FLOAT_TOLERANCE
    for module in model.modules():
        if hasattr(module, "intermediate_act_fn"):
            module.intermediate_act_fn = torch.nn.GELU(approximate="tanh")
    assert difference(found.logits, _logits(model, found.input_ids)) <= FLOAT_TOLERANCE


def _logits(model: Any, rows: tuple[tuple[int, ...], ...]) -> Any:
    """Logits of rows of TEXTS, the pair's second text of the second type."""
    logits = []
    for ids in rows:
        first = ids.index(3) + 1  # behind the first [SEP]
        types = [int(place >= first) for place in range(len(ids))]
        with torch.no_grad():
            logits.append(model(torch.tensor([ids]), token_type_ids=torch.tensor([types])).logits[0].numpy())
    return np.stack(logits)


def test_linears_that_stay_in_float(
    monkeypatch: pytest.MonkeyPatch, variants: dict[str, tuple[Path, Answers]], export_to: Export
) -> None:
    """Those the family names, and what shares a product with one of them."""
    folder, _ = variants["plain"]
    known = {
        name.removeprefix("mobilebert.encoder.layer.0.").removesuffix(".weight")
        for name in mobilebert_tensors(mobilebert_config())
    }
    assert known >= mobilebert.EXACT_LINEARS
    monkeypatch.setattr(mobilebert, "EXACT_LINEARS", frozenset({"attention.self.key", "ffn.0.output.dense"}))
    graph = onnx.load(export_to(folder, "onnx", quantize="int8") / "onnx" / "whole.onnx").graph
    floats = {tensor.name for tensor in graph.initializer if tensor.name.endswith("weight")}
    layer = "mobilebert.encoder.layer.{}.{}.weight"
    expected = {layer.format(index, "ffn.0.output.dense") for index in range(2)} | {
        "+".join(layer.format(index, f"attention.self.{part}") for part in ("query", "key"))
        for index in range(2)
    }
    assert {name for name in floats if "LayerNorm" not in name and "encoder" in name} == expected


LAYER = "mobilebert.encoder.layer.1"
BAD_CONFIGS: dict[str, tuple[dict[str, Any], str]] = {
    "another norm": (
        {"normalization_type": "batch_norm"},
        "normalization_type is 'batch_norm', expected one",
    ),
    "norms that are no name": ({"normalization_type": 1}, "normalization_type is 1, expected one of no_norm"),
    "no feed-forward": ({"num_feedforward_networks": 0}, "num_feedforward_networks is 0, expected a whole"),
    "a billion feed-forwards": ({"num_feedforward_networks": 10**9}, "expected a whole number 1 to "),
    "a flag in words": ({"trigram_input": "yes"}, "trigram_input is 'yes', expected true or false"),
    "a flag in numbers": ({"use_bottleneck": 1}, "use_bottleneck is 1, expected true or false"),
    "words of no size": ({"embedding_size": 0}, "embedding_size is 0, expected a whole number"),
    "words of any size": ({"embedding_size": [10]}, "embedding_size is [10], expected a whole number"),
    "heads that do not divide": ({"num_attention_heads": 4}, "4 heads do not divide"),
    "another inner size": ({"true_hidden_size": 20}, "true_hidden_size is 20, but use_bottleneck and"),
    "an unknown activation": ({"hidden_act": "swishy"}, "hidden_act is 'swishy', expected one of"),
    "no trigrams": (
        {"trigram_input": False},
        "embeddings.embedding_transformation.weight is [28, 30], expected [28, 10]",
    ),
    "another size of words": (
        {"embedding_size": 12},
        "embeddings.embedding_transformation.weight is [28, 30], expected [28, 36]",
    ),
    "no shared bottleneck": (
        {"key_query_shared_bottleneck": False},
        "attention.self.query.weight is [18, 18], expected [18, 28]",
    ),
    "attention in the bottleneck": (
        {"use_bottleneck_attention": True},
        "attention.self.value.weight is [18, 28], expected [18, 18]",
    ),
    "more feed-forwards": ({"num_feedforward_networks": 4}, f"missing ({LAYER[:-1]}0.ffn.2."),
    "fewer feed-forwards": ({"num_feedforward_networks": 2}, f"left over ({LAYER[:-1]}0.ffn.1."),
    "a pooler": ({"classifier_activation": True}, "no mobilebert.pooler.dense.weight, which mobilebert has"),
    "another model_type": ({"model_type": "bert"}, "the tensors are those of mobilebert"),
}


@pytest.fixture(scope="module")
def checkpoint(variants: dict[str, tuple[Path, Answers]]) -> Path:
    """Returns the folder that `student` copies."""
    return variants["plain"][0]


@pytest.mark.parametrize("name", BAD_CONFIGS)
def test_a_config_that_is_wrong(name: str, student: Path, refuse_export: Refuse) -> None:
    changes, words = BAD_CONFIGS[name]
    change_json(student / "config.json", **changes)
    assert words in refuse_export(CheckpointError, "student")


BAD_TENSORS: dict[str, tuple[str, Any, str]] = {
    "missing": (f"{LAYER}.bottleneck.attention.dense.weight", None, "1 missing (%s)"),
    "not finite": (f"{LAYER}.output.bottleneck.LayerNorm.weight", np.nan, "1 not finite (%s)"),
    "of another shape": (f"{LAYER}.attention.self.value.weight", 18, "%s is [18, 18], expected [18, 28]"),
}


@pytest.mark.parametrize("dialect", ["transformers", "google"])
@pytest.mark.parametrize("name", BAD_TENSORS)
def test_a_tensor_that_is_wrong(name: str, dialect: str, student: Path, refuse_export: Refuse) -> None:
    """Told by the name that transformers has for it."""
    tensor, change, words = BAD_TENSORS[name]
    tensors = mobilebert_tensors(mobilebert_config())
    if change is None:
        del tensors[tensor]
    elif name == "not finite":
        tensors[tensor][3] = change
    else:
        tensors[tensor] = tensors[tensor][:, :change]
    save_file(
        {key: np.ascontiguousarray(values) for key, values in tensors.items()}
        if dialect == "transformers"
        else google_tensors(tensors),
        student / "model.safetensors",
    )
    assert words % tensor in refuse_export(CheckpointError, "student")


def test_both_dialects_at_once(student: Path, refuse_export: Refuse) -> None:
    tensors = mobilebert_tensors(mobilebert_config())
    save_file(tensors | google_tensors(tensors), student / "model.safetensors")
    assert "in two dialects; keep one of them" in refuse_export(CheckpointError, "student")


def test_a_flat_kernel(student: Path, refuse_export: Refuse) -> None:
    tensors = google_tensors(mobilebert_tensors(mobilebert_config()))
    tensors["bert/embeddings/embedding_transformation/kernel"] = np.zeros(840, np.float32)
    save_file(tensors, student / "model.safetensors")
    assert "embedding_transformation.weight is [840], expected [28, 30]" in refuse_export(
        CheckpointError, "student"
    )


def test_another_family_for_it(student: Path, refuse_export: Refuse) -> None:
    line = refuse_export(CheckpointError, "student", "--family", "distilbert")
    assert "--family distilbert contradicts the checkpoint, which is mobilebert" in line


def test_no_classifier(student: Path, refuse_export: Refuse) -> None:
    change_tensors(student, classifier__weight=None)
    assert "no classifier.weight" in refuse_export(CheckpointError, "student")
