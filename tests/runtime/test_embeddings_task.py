"""The task embeddings by itself: what it refuses in answers, labels, data files and manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from litebert import ArtifactError, InputError
from litebert.outputs import BATCH, Outcome, Output
from litebert.tasks.embeddings import VECTOR, Embedding, Embeddings, parse
from litebert.tokenizer import Encoding
from litebert.tools.data import read_examples

TASK = Embeddings(3, "mean", normalized=False, similarity="cosine")
FACTS: dict[str, Any] = {"pooling": "mean", "normalized": False, "similarity": "cosine"}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_vector_that_is_not_finite(number: float) -> None:
    def answer(last: float) -> Embedding:
        vector = np.array([1, 2, last], np.float32)
        return TASK.answer(Outcome("a film", Encoding((2, 7, 3), (0, 0, 0)), {VECTOR: vector}, None))

    assert answer(3) == Embedding((1.0, 2.0, 3.0), 3, truncated=False)
    with pytest.raises(ArtifactError, match=r"gives the vector \[1.0, 2.0, .*; export the model again"):
        answer(number)


def test_labels_given_in_python() -> None:
    assert TASK.checked(iter(("a", "b")), 2) == ["a", "b"]
    wrong: tuple[Any, ...] = (["a"], ["a", "b", "a"], ["a", 1], [None, "a"])
    for labels in wrong:
        with pytest.raises(InputError, match="expected a string for each of 2 texts"):
            TASK.checked(labels, 2)


@pytest.mark.parametrize("axes", [(BATCH,), (BATCH, "tokens"), (BATCH, 3, 3)])
def test_outputs_that_are_not_one_vector(axes: tuple[str | int, ...]) -> None:
    vector = Output(VECTOR, (BATCH, 3))
    assert parse(FACTS, (vector,)) == TASK
    for outputs in ((), (Output("logits", (BATCH, 3)),), (vector, vector), (Output(VECTOR, axes),)):
        with pytest.raises(ArtifactError, match=r"outputs are .*, expected one vector \[batch, size\]"):
            parse(FACTS, outputs)


@pytest.mark.parametrize("cell", ["null", '" "', '["a"]', '{"a": 1}'])
def test_a_row_without_a_label(cell: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"text": "a", "label": " b "}}\n{{"text": "c", "label": {cell}}}\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2 has the label .*, expected one; correct the row"):
        read_examples(path, TASK)
    path.write_text('{"text": "a", "label": " b "}\n{"text": "c", "label": 1}\n', encoding="utf-8")
    assert [each.gold for each in read_examples(path, TASK)] == ["b", "1"]


def test_vectors_of_another_size_are_not_compared() -> None:
    other = Embeddings(4, "cls", normalized=True, similarity="dot")
    found = TASK.unlike(other, "it")
    assert found == "its vectors have 4 numbers, those of it 3; compare models of one size"
    assert "it gives no embeddings, as it does" in (TASK.unlike(object(), "it") or "")
    assert TASK.unlike(TASK, "it") is None
