"""A mask in the form that pooling needs; in that of attention every parity test reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from graphs import run_ops

from litebert_exporter.mask import mask_of
from litebert_exporter.quantize.recipe import RECIPES
from litebert_exporter.targets.reference import ReferenceOps


@pytest.mark.parametrize("target", ["onnx", "tflite"])
def test_keep_is_exactly_one_on_text_and_zero_on_padding(target: str, tmp_path: Path) -> None:
    ids = np.array([[1, 0, 1], [0, 0, 0]], np.int32)
    ops = ReferenceOps({}, RECIPES["none"], target, {}, {}, jitter=0.0)
    assert mask_of(ops, ids).keep(ops).tolist() == [[[1], [0], [1]], [[0], [0], [0]]]
    for row in ([0, 1], [1, 0]):
        folder = tmp_path / str(row[0])
        first = run_ops(target, "none", {}, lambda ops, ids: mask_of(ops, ids).keep(ops), row, folder)
        assert first.tolist() == [[row[0]]]
