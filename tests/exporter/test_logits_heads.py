"""Heads that give other outputs than logits have no number of classes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from litebert import UnsupportedModelError
from litebert.outputs import BATCH, Output
from litebert_exporter.heads.logits import class_count_of

LOGITS = Output("logits", (BATCH, 3))


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ((Output("vector", (BATCH, 3)),), r"vector \[batch, 3\]"),
        ((Output("logits", (BATCH, "tokens", 3)),), r"logits \[batch, tokens, 3\]"),
        ((LOGITS, Output("vector", (BATCH, 3))), r"logits \[batch, 3\], vector \[batch, 3\]"),
    ],
)
def test_the_number_of_classes(outputs: tuple[Output, ...], words: str) -> None:
    sound: Any = SimpleNamespace(outputs=(LOGITS,))
    assert class_count_of(sound) == 3
    other: Any = SimpleNamespace(outputs=outputs)
    with pytest.raises(UnsupportedModelError, match=f"a head that gives {words}, expected logits"):
        class_count_of(other)
