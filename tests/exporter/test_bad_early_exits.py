"""FastBERT, DeeBERT and PABEE checkpoints that are incomplete, contradictory, or of another kind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_inputs import change_json, change_tensors
from original_exits import write_original
from safetensors.numpy import load_file, save_file

import litebert
from litebert import CheckpointError, InputError, LiteBertError, UnsupportedModelError
from litebert_exporter import export

LAST, SEGMENTS = "classifiers.1.output_layer_2.weight", "embedding.segment_embedding.weight"


def as_it_is(folder: Path) -> None:
    """No change."""


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """Returns a function that exports a changed original and returns the line of its error."""

    def run(
        name: str,
        error: type[LiteBertError],
        change: Callable[[Path], None] = as_it_is,
        target: str = "onnx",
        **options: Any,
    ) -> str:
        folder = write_original(name, tmp_path / "m")
        change(folder)
        before = sorted(path.name for path in tmp_path.iterdir())
        with pytest.raises(error) as raised:
            export(folder, targets=(target,), out=tmp_path / "out", **options)
        assert type(raised.value) is error and "\n" not in str(raised.value)
        assert sorted(path.name for path in tmp_path.iterdir()) == before
        return str(raised.value)

    return run


def tensors(**changes: Any) -> Callable[[Path], None]:
    return lambda folder: change_tensors(folder, **changes)


def config(**changes: Any) -> Callable[[Path], None]:
    """Changes to config.json; None removes a key."""

    def change(folder: Path) -> None:
        change_json(folder / "config.json", **changes)
        body = json.loads((folder / "config.json").read_text())
        kept = {key: value for key, value in body.items() if value is not None}
        (folder / "config.json").write_text(json.dumps(kept))

    return change


def only(words: str) -> Callable[[Path], None]:
    """Keeps the tensors whose names hold none of these words."""

    def change(folder: Path) -> None:
        path = folder / "model.safetensors"
        save_file({key: value for key, value in load_file(path).items() if words not in key}, path)

    return change


FASTBERT: dict[str, tuple[Callable[[Path], None], dict[str, Any], str]] = {
    "no heads_num": (config(heads_num=None), {}, "no heads_num in it; give the number of attention heads"),
    "heads that do not divide": (config(heads_num=5), {}, "5 heads do not divide the hidden size 24"),
    "--heads against the config": (as_it_is, {"heads": 4}, "heads=4 contradicts heads_num 3"),
    "too few layers": (config(layers_num=1), {}, "left over (classifiers.1."),
    "too many layers": (config(layers_num=3), {}, "no classifiers.2.output_layer_2.weight"),
    "no layers_num": (config(layers_num=None), {}, "no layers_num in it; give the model's own with config="),
    "no config": (lambda folder: (folder / "config.json").unlink(), {}, "no hidden_size in it"),
    "another width": (config(hidden_size=48, emb_size=48), {}, "expected [162, 48]"),
    "a narrow embedding": (config(emb_size=12), {}, "emb_size is 12"),
    "no last classifier": (tensors(**{LAST: None}), {}, "no classifiers.1.output_layer_2.weight"),
    "no first classifier": (only("classifiers.0."), {}, "14 missing (classifiers.0.output_layer_0.weight"),
    "pre-trained only": (only("classifiers."), {}, "fine-tune the encoder first"),
    "another tensor": (tensors(extra=np.zeros(3, np.float32)), {}, "1 left over (extra)"),
    "two segments": (tensors(**{SEGMENTS: np.zeros((2, 24), np.float32)}), {}, "[2, 24], expected 3 rows"),
    "no segments": (only("segment_embedding"), {}, "1 missing (embedding.segment_embedding.weight)"),
    "another encoder": (only("self_attn"), {}, "missing (encoder.transformer.0.self_attn"),
    "a norm of integers": (
        tensors(**{"embedding.layer_norm.gamma": np.ones(24, np.int32)}),
        {},
        "1 of integers, not floats (embedding.layer_norm.weight)",
    ),
    "a word that is no number": (
        tensors(**{"embedding.word_embedding.weight": np.full((162, 24), np.nan, np.float32)}),
        {},
        "1 not finite (embedding.word_embedding.weight)",
    ),
    "a table of one axis": (
        tensors(**{"embedding.position_embedding.weight": np.zeros(24, np.float32)}),
        {},
        "embedding.position_embedding.weight is [24], expected [1, 24]",
    ),
    "BERT's config": (config(model_type="bert"), {}, "tensors are those of fastbert"),
    "--family bert": (
        as_it_is,
        {"family": "bert"},
        "family='bert' contradicts the checkpoint, which is fastbert",
    ),
    "--cased": (as_it_is, {"cased": True}, "cased=True contradicts the model's own code"),
    "a cased tokenizer_config.json": (
        lambda folder: (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}'),
        {},
        "do_lower_case in tokenizer_config.json contradicts the model's own code, which says uncased",
    ),
    "too many tokens": (as_it_is, {"max_tokens": 600}, "max_tokens=600 contradicts the position embedding"),
    "other special ids": (
        lambda folder: (folder / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n"),
        {},
        "the id of [CLS] is 2, not 101, of [SEP] is 3, not 102",
    ),
}


@pytest.mark.parametrize("what", FASTBERT)
def test_fastbert(what: str, refused: Callable[..., str]) -> None:
    change, options, words = FASTBERT[what]
    assert words in refused("fastbert-uer", CheckpointError, change, **options)


@pytest.mark.parametrize("pooling", ["mean", "max", "last", 1])
def test_fastbert_with_another_pooling(pooling: Any, refused: Callable[..., str]) -> None:
    line = refused("fastbert-pypi", UnsupportedModelError, config(pooling=pooling))
    assert f"pooling {pooling!r}, only 'first' is supported" in line


@pytest.mark.parametrize(("key", "value"), [("embedding", "word"), ("encoder", "lstm")])
def test_fastbert_of_another_architecture(key: str, value: str, refused: Callable[..., str]) -> None:
    assert f"{key} '{value}'" in refused("fastbert-pypi", UnsupportedModelError, config(**{key: value}))


def test_fastbert_reads_vocab_txt_only(refused: Callable[..., str]) -> None:
    def change(folder: Path) -> None:
        (folder / "tokenizer.json").write_text("{}")

    assert "expected vocab.txt" in refused("fastbert-uer", CheckpointError, change)


HIGHWAY = "bert.encoder.highway"
DEEBERT: dict[str, tuple[Callable[[Path], None], dict[str, Any], str]] = {
    "a highway is missing": (only(f"{HIGHWAY}.1."), {}, f"4 missing ({HIGHWAY}.1.pooler.dense.weight"),
    "a highway too many": (
        tensors(**{f"{HIGHWAY}.7.classifier.bias": np.zeros(3, np.float32)}),
        {},
        f"1 left over ({HIGHWAY}.7.classifier.bias)",
    ),
    "PABEE's classifiers as well": (
        tensors(**{"classifiers.0.weight": np.zeros((3, 12), np.float32)}),
        {},
        "could be deebert or pabee",
    ),
    "no heads": (config(num_attention_heads=None), {}, "no num_attention_heads in it"),
    "no classifier": (
        tensors(**{"classifier.weight": None}),
        {},
        "no classifier.weight [classes, hidden] in it",
    ),
    "--heads against the config": (as_it_is, {"heads": 2}, "heads=2 contradicts"),
    "--family bert": (as_it_is, {"family": "bert"}, "which is deebert"),
    "--problem-type": (as_it_is, {"problem_type": "multi-label"}, "not multi-label"),
    "DistilBERT's config": (config(model_type="distilbert"), {}, "tensors are those of deebert"),
}


@pytest.mark.parametrize("what", DEEBERT)
def test_deebert(what: str, refused: Callable[..., str]) -> None:
    change, options, words = DEEBERT[what]
    assert words in refused("deebert", CheckpointError, change, **options)


def test_deebert_for_regression(refused: Callable[..., str]) -> None:
    def change(folder: Path) -> None:
        path = folder / "model.safetensors"
        state = load_file(path)
        save_file(
            {key: value[:1].copy() if "classifier" in key else value for key, value in state.items()}, path
        )

    line = refused("deebert", UnsupportedModelError, change)
    assert "DeeBERT with one output" in line


PABEE: dict[str, tuple[Callable[[Path], None], dict[str, Any], str]] = {
    "the last classifier is missing": (only("classifiers.4."), {}, "no classifiers.4.weight"),
    "another classifier is missing": (only("classifiers.2."), {}, "2 missing (classifiers.2.weight"),
    "a classifier too many": (
        tensors(**{"classifiers.5.bias": np.zeros(3, np.float32)}),
        {},
        "1 left over (classifiers.5.bias)",
    ),
    "a plain classifier as well": (
        tensors(**{"classifier.bias": np.zeros(3, np.float32)}),
        {},
        "1 left over (classifier.bias)",
    ),
    "a classifier of another size": (
        tensors(**{"classifiers.1.weight": np.zeros((2, 12), np.float32)}),
        {},
        "classifiers.1.weight is [2, 12], expected [3, 12]",
    ),
    "branched": (as_it_is, {"layout": "branched"}, "this student has patience; use layout='split'"),
    "--family bert": (as_it_is, {"family": "bert"}, "which is pabee"),
    "--problem-type": (as_it_is, {"problem_type": "multi-label"}, "not multi-label"),
}


@pytest.mark.parametrize("what", PABEE)
def test_pabee(what: str, refused: Callable[..., str]) -> None:
    change, options, words = PABEE[what]
    assert words in refused("pabee", CheckpointError, change, **options)


def test_the_rule_s_own_knob_is_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(write_original("pabee", tmp_path / "m"), targets=("onnx",), out=out, quantize="none")
    with litebert.load(out) as model, pytest.raises(InputError, match="which needs patience"):
        model("the film", speed=0.5)


def test_a_student_of_single_texts_was_not_made_for_pairs(refused: Callable[..., str]) -> None:
    line = refused("fastbert-pypi", CheckpointError, inputs="pair")
    assert (
        line == "inputs='pair' contradicts the fastbert student, which takes single texts only; leave it out"
    )
