"""Tensors beside a network that are left out, and others that are not: no possible layer goes silently."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from bad_inputs import Refuse, change_tensors
from numpy.typing import NDArray

from litebert import CheckpointError
from litebert_exporter.export_cli import main
from litebert_exporter.families import FAMILIES
from litebert_exporter.leftovers import belongs_to_no_layer

pytest_plugins = ("bad_fixtures",)

VECTOR, MATRIX = np.ones(2, np.float32), np.ones((2, 2), np.float32)
COUNTS = np.ones((3, 3), np.int64)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("loss_fct.weight", VECTOR),
        ("model.loss_fn.pos_weight", VECTOR.astype(np.float64)),
        ("criterion.weight", VECTOR),
        ("CrossEntropyLoss.weight", VECTOR),
        ("class_weights", VECTOR),
        ("normalized_focal_loss.alpha", VECTOR),
        ("train_acc.tp", np.ones(3, np.int64)),
        ("val_confmat.confmat", COUNTS),
        ("metrics.f1.total", np.ones((), np.float32)),
        ("best_score", np.ones((), np.float64)),
        ("n_averaged", np.array(7)),
        ("steps", np.array(7)),
        ("embeddings.position_ids", np.arange(3)[None]),
    ],
)
def test_left_out(name: str, values: NDArray[np.generic]) -> None:
    assert belongs_to_no_layer(name, values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("loss_fct.weight", MATRIX),  # of ArcFace: the classifier itself
        ("accuracy_head.weight", MATRIX),
        ("adapter.down.weight", MATRIX),
        ("x", VECTOR),
        ("position_ids", VECTOR),
        ("temperature", np.ones((), np.float32)),
        ("step_scale", np.ones((), np.float32)),
        ("id_map", np.arange(9)),
        ("fc.qweight", COUNTS.astype(np.int32)),
        ("glossary.bias", VECTOR),
        ("loss_norm.weight", VECTOR),
        ("metric_norm.weight", VECTOR),
        ("loss_gate.bias", VECTOR),
        ("recall_gate", VECTOR),
    ],
)
def test_not_left_out(name: str, values: NDArray[np.generic]) -> None:
    assert not belongs_to_no_layer(name, values)


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("bert", "cls.predictions.transform.LayerNorm.weight"),
        ("bert", "cls.seq_relationship.bias"),
        ("distilbert", "vocab_layer_norm.bias"),
        ("electra", "generator_predictions.dense.weight"),
        ("electra", "generator_lm_head.bias"),
        ("mobilebert", "cls/predictions/output_bias"),
    ],
)
def test_heads_of_pretraining_may_be_left_over(family: str, name: str) -> None:
    assert any(re.fullmatch(pattern, name) for pattern in FAMILIES[family].ignored)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_called_cls_may_not(family: str) -> None:
    assert not any(re.fullmatch(pattern, "cls.weight") for pattern in FAMILIES[family].ignored)


def test_a_head_called_cls_is_a_likely_one(student: Path, refuse_export: Refuse) -> None:
    change_tensors(student, cls__weight=np.ones((2, 24), np.float32), classifier__weight=None)
    assert "--classifier cls:pooler" in refuse_export(CheckpointError, "student")


def test_the_command_says_what_it_left_out(student: Path, capfd: pytest.CaptureFixture[str]) -> None:
    change_tensors(student, loss_fct__weight=np.ones(2), train_acc__tp=np.ones(2, np.int64))
    arguments = [str(student), "-o", "out", "--target", "onnx", "--json"]
    assert main(arguments) == 0
    shown = capfd.readouterr()
    note = "left out loss_fct.weight, train_acc.tp"
    assert f"read: {note}\n" in shown.err and f'"{note}"' in shown.out


def test_a_layer_of_a_loss_is_no_buffer(student: Path, refuse_export: Refuse) -> None:
    change_tensors(student, loss_fct__weight=MATRIX)
    assert "1 left over (loss_fct.weight)" in refuse_export(CheckpointError, "student")
