"""ALBERT, ELECTRA and RoBERTa folders give transformers' numbers, with any config."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from kin import KIN, kin_config, write_kin
from odd_texts import ODD_TEXTS, edit
from references import (
    BACKENDS,
    FLOAT_TOLERANCE,
    Export,
    artifact_answers,
    assert_parity,
    difference,
    transformers_answers,
)
from students import TEXTS, exit_tensors, exits_config
from transformers import AlbertTokenizer
from vocabularies import LIMIT, roberta_tokenizer, unigram, xlm_roberta_tokenizer

import litebert

TARGETS = ("onnx", "tflite")
ROWS = list(TEXTS)
ODD = (*TEXTS, "good [PAD] film [PAD] [PAD] bad", "[PAD]", "[SEP] good [MASK]")

OWN_TEXTS = (*ODD_TEXTS, "Good <mask> film</s><s> <pad>x <pad> <MASK>", "<pad>", ("x <pad>", " <pad> film"))
PAIRS = (("good film", "bad"), ("what is it ?", "the film"))

SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "albert": ("albert", {}),
    "albert, another activation": ("albert", {"hidden_act": "relu"}),
    "albert, no activation, groups or inner layers": (
        "albert",
        {"hidden_act": None, "num_hidden_groups": None, "inner_group_num": None},
    ),
    "albert, groups": ("albert", {"num_hidden_layers": 5, "num_hidden_groups": 3}),
    "albert, inner layers": (
        "albert",
        {"num_hidden_layers": 3, "num_hidden_groups": 2, "inner_group_num": 2},
    ),
    "albert, embeddings as wide as the layers": ("albert", {"embedding_size": 24}),
    "albert, embeddings of 128": ("albert", {"embedding_size": None}),
    "electra": ("electra", {}),
    "electra, another activation": ("electra", {"hidden_act": "relu"}),
    "electra, no projection": ("electra", {"embedding_size": 24}),
    "electra, embeddings of 128": ("electra", {"embedding_size": None}),
    "electra, one layer, one head": ("electra", {"num_hidden_layers": 1, "num_attention_heads": 1}),
    "roberta": ("roberta", {}),
    "roberta, padding is 1": ("roberta", {"pad_token_id": None, "max_position_embeddings": 50}),
    "roberta, padding is a word": ("roberta", {"pad_token_id": 7, "max_position_embeddings": 56}),
    "roberta, two types": ("roberta", {"type_vocab_size": 2}),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape(name: str, tmp_path: Path, export_to: Export) -> None:
    family, changes = SHAPES[name]
    folder = write_kin(tmp_path / "m", kin_config(family, **changes))
    expected = transformers_answers(folder, ODD)
    for target in TARGETS:
        assert_parity(export_to(folder, target), target, ODD, expected)


def _own_tokenizer(kind: str) -> Any:
    if kind == "albert":
        return AlbertTokenizer(vocab=unigram(), model_max_length=LIMIT)
    if kind == "roberta":
        return roberta_tokenizer(model_max_length=LIMIT)
    return xlm_roberta_tokenizer(model_max_length=LIMIT)


@pytest.mark.parametrize("kind", ["albert", "roberta", "xlm-roberta"])
def test_odd_texts_with_their_own_tokenizers(kind: str, tmp_path: Path, export_to: Export) -> None:
    """A literal <pad> among them, which RoBERTa does not count."""
    tokenizer = _own_tokenizer(kind)
    rows = LIMIT if kind == "albert" else LIMIT + tokenizer.pad_token_id + 1
    config = kin_config(
        "albert" if kind == "albert" else "roberta",
        architectures=None,
        max_position_embeddings=rows,
        model_type=kind,
        pad_token_id=tokenizer.pad_token_id,
        vocab_size=len(tokenizer),
    )
    folder = write_kin(tmp_path / "m", config)
    for name in ("vocab.txt", "tokenizer_config.json"):
        (folder / name).unlink()
    tokenizer.save_pretrained(folder)
    if kind == "albert":
        _check_types_of_transformers_4(folder, export_to)
    expected = transformers_answers(folder, OWN_TEXTS)
    for target in TARGETS:
        assert_parity(export_to(folder, target), target, OWN_TEXTS, expected)
    assert any(tokenizer.pad_token_id in ids for ids in expected.input_ids)


def _check_types_of_transformers_4(folder: Path, export_to: Export) -> None:
    """It fed ALBERT the types of pairs, which transformers 5 does only if the files ask for them."""
    path = folder / "tokenizer_config.json"
    saved = path.read_text(encoding="utf-8")
    edit(path, {"model_input_names": ["input_ids", "token_type_ids", "attention_mask"]})
    expected = transformers_answers(folder, PAIRS)
    old = {key: value for key, value in json.loads(saved).items() if key != "backend"}
    path.write_text(json.dumps(old), encoding="utf-8")
    assert_parity(export_to(folder, "onnx"), "onnx", PAIRS, expected)
    path.write_text(saved, encoding="utf-8")
    assert difference(transformers_answers(folder, PAIRS).logits, expected.logits) > 0.1


@pytest.mark.parametrize("family", KIN)
def test_other_tasks_in_half_precision(family: str, tmp_path: Path, export_to: Export) -> None:
    """Regression and multi-label; leftovers of pretraining are ignored."""
    leftovers = {
        "albert": ("predictions.bias", "sop_classifier.classifier.bias"),
        "electra": ("discriminator_predictions.dense.bias",),
        "roberta": ("roberta.pooler.dense.bias", "lm_head.bias"),
    }[family]
    added = {name: np.zeros(24, np.float32) for name in leftovers}
    added[f"{family}.embeddings.position_ids"] = np.arange(48)[None]
    for outputs, problem in ((1, "regression"), (3, "multi_label_classification")):
        names = {str(index): f"c{index}" for index in range(outputs)}
        config = kin_config(family, id2label=names, label2id=None, problem_type=problem)
        folder = write_kin(tmp_path / problem, config, added, dtype=np.float16)
        expected = transformers_answers(folder, TEXTS)
        assert expected.logits.shape[1] == outputs
        assert_parity(export_to(folder, "onnx"), "onnx", TEXTS, expected)


@pytest.mark.parametrize(("target", "recipe"), [("onnx", "int8"), ("onnx", "int8-fast"), ("tflite", "int8")])
@pytest.mark.parametrize("family", KIN)
def test_int8_stays_near_float32(
    family: str, target: str, recipe: str, tmp_path: Path, export_to: Export
) -> None:
    """As for BERT (test_parity_bert.py); the export itself holds int8 tightly against its emulation."""
    folder = write_kin(tmp_path / "m", kin_config(family), seed=1)
    expected = transformers_answers(folder, TEXTS)
    found = artifact_answers(export_to(folder, target, quantize=recipe), target, TEXTS)
    assert found.input_ids == expected.input_ids
    assert 1e-4 < difference(found.logits, expected.logits) < 0.1 * np.abs(expected.logits).max()


@pytest.mark.parametrize("quantize", ["none", "int8"])
@pytest.mark.parametrize("family", KIN)
def test_every_layout_answers_alike(family: str, quantize: str, tmp_path: Path, export_to: Export) -> None:
    """Exits behind all layers, ALBERT's repeated one too; the last layer's logits are transformers'."""
    config = kin_config(family, num_hidden_layers=3, **exits_config())
    folder = write_kin(tmp_path / "m", config, exit_tensors(3, 24))
    expected = transformers_answers(folder, TEXTS).logits
    for target in TARGETS:
        whole = litebert.load(export_to(folder, target, quantize=quantize, layout="whole"), BACKENDS[target])
        split = litebert.load(export_to(folder, target, quantize=quantize), BACKENDS[target])
        for text, logits in zip(TEXTS, expected, strict=True):
            every = whole.all_exits(text)
            assert every.shape == (3, 2)
            np.testing.assert_allclose(split.all_exits(text), every, rtol=0, atol=1e-6)
            if quantize == "none":
                assert difference(every[-1], logits) <= FLOAT_TOLERANCE
    split = litebert.load(export_to(folder, "onnx", quantize=quantize))
    branched = litebert.load(export_to(folder, "onnx", quantize=quantize, layout="branched"))
    left = set()
    for speed in ([0, 0], [0, 1], [1, 0], *np.linspace(0.1, 0.9, 9).tolist()):
        for one, other in zip(split(ROWS, speed=speed), branched(ROWS, speed=speed), strict=True):
            assert one.exit_layer == other.exit_layer
            assert one.logits == pytest.approx(other.logits, abs=1e-6)
            left.add(one.exit_layer)
    assert left == {0, 1, 2}


@pytest.mark.parametrize("quantize", ["none", "int8"])
def test_albert_stores_its_layer_once(quantize: str, tmp_path: Path, export_to: Export) -> None:
    """Whatever the number of layers and the layout: in one file for ONNX, in one buffer for TFLite."""
    sizes: dict[str, set[int]] = {target: set() for target in TARGETS}
    for layers in (2, 6):
        config = kin_config("albert", hidden_size=48, num_hidden_layers=layers)
        folder = write_kin(tmp_path / f"plain{layers}", config)
        for target in TARGETS:
            sizes[target].add(_stored_bytes(export_to(folder, target, quantize=quantize), target))
    assert all(len(each) == 1 for each in sizes.values())

    config = kin_config("albert", hidden_size=48, num_hidden_layers=6, **exits_config())
    folder = write_kin(tmp_path / "exits", config, exit_tensors(6, 48))
    layouts = {target: ("whole", "split") for target in TARGETS} | {"onnx": ("whole", "split", "branched")}
    for target in TARGETS:
        stored = {
            _stored_bytes(export_to(folder, target, quantize=quantize, layout=layout), target)
            for layout in layouts[target]
        }
        assert len(stored) == 1


def _stored_bytes(artifact: Path, target: str) -> int:
    """The size of the file of large tensors, or of all buffers of as large tensors."""
    if target == "onnx":
        return (artifact / "onnx" / "weights.bin").stat().st_size
    content = (artifact / "tflite" / "model.tflite").read_bytes()
    buffers = schema.ModelT.InitFromPackedBuf(bytearray(content), 0).buffers
    return sum(len(each.data) for each in buffers if each.data is not None and len(each.data) >= 1024)
