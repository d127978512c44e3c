"""Outputs of any axes side by side: padding is cut, each output has its own scale, and NaN is never close."""

from __future__ import annotations

import numpy as np
import pytest

from litebert.outputs import Output
from litebert_exporter.differences import apart, cut, not_finite

LOGITS, STATES = Output("logits", ("batch", 2)), Output("states", ("batch", "tokens", 1))
MASK = {"attention_mask": np.array([[1, 1, 0], [1, 1, 1]], np.int32)}


def test_rows_lose_their_padding_and_exits_are_stacked() -> None:
    states = np.arange(6, dtype=np.float32).reshape(2, 3, 1)
    rows = cut((LOGITS, STATES), MASK, [[{"logits": np.ones(2), "states": each}] * 2 for each in states])
    assert [row["states"].shape for row in rows] == [(2, 2, 1), (2, 3, 1)]
    assert [row["logits"].shape for row in rows] == [(2, 2), (2, 2)]
    assert rows[0]["states"][1].tolist() == [[0], [1]]


def test_each_output_is_held_to_its_own_scale() -> None:
    expected = [{"large": np.array([[100.0, 0]]), "small": np.array([[0.1, 0]])}]
    found = [{"large": np.array([[100.5, 0]]), "small": np.array([[0.1, 0.05]])}]
    check = apart(found, expected, floor=0).check("onnx", "texts", 0.2)
    assert (check.output, check.difference) == ("small", 0.05)
    assert check.tolerance == pytest.approx(0.02)
    check = apart(found, expected, floor=1).check("onnx", "texts", 0.2)
    assert (check.output, check.tolerance) == ("small", pytest.approx(0.22))


def test_outputs_of_zeros_agree_and_nan_agrees_with_nothing() -> None:
    zeros, wrong = {"logits": np.zeros((1, 2))}, {"logits": np.array([[np.nan, 0]])}
    assert apart([zeros], [zeros], floor=0).worst == 0
    assert np.isnan(apart([zeros, wrong], [zeros, zeros], floor=1).worst)
    assert not apart([wrong], [zeros], floor=1).check("onnx", "texts", 1).difference <= 1
    assert not_finite(zeros) is None
    assert not_finite({"vector": np.array([np.inf])}) == (
        "the model's vectors are not finite: its weights overflow float32; correct them"
    )
