"""Inputs that are no texts: which row it is, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import litebert
from litebert import InputError
from litebert.model import STREAM_BATCH_ROWS
from litebert.tools.calibrate import calibrate


class Column:
    """As a column of a pandas table."""

    ndim = 1

    def __init__(self, *texts: str) -> None:
        self.texts = texts

    def tolist(self) -> list[str]:  # noqa: D102
        return [*self.texts]

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


class NAType:
    """As pandas.NA, which is neither equal nor unequal to anything."""

    def __ne__(self, other: object) -> bool:
        raise TypeError("boolean value of NA is ambiguous")


@pytest.fixture(scope="module")
def model(artifact: Path) -> Iterator[litebert.Model]:
    with litebert.load(artifact) as opened:
        yield opened


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        (np.array(["a", "b"]), r"\.tolist\(\), or give it to model\.stream\(\)"),
        (Column("a", "b"), r"\.tolist\(\), or give it to model\.stream\(\)"),
        ((text for text in "ab"), r"list\(texts\), or give it to model\.stream\(\)"),
        ({"a", "b"}, r"list\(texts\), or give it to model\.stream\(\)"),
        ({"text": "a"}, r"list\(texts\.values\(\)\)"),
        (("a", "b", "c"), r"a pair is a tuple of two: for several texts give list\(texts\)"),
        (("a", None), "both halves of a pair are str"),
        (b"a", r"text\.decode\(\)"),
        (None, "leave out the rows that are missing"),
        (float("nan"), "leave out the rows that are missing"),
        (3, r"str\(number\)"),
    ],
)
def test_a_wrong_input_gets_its_cure(model: litebert.Model, given: Any, cure: str) -> None:
    for answer in (model, model.tokenize):
        with pytest.raises(InputError, match=f"^input is .*; expected a str, .*; .*{cure}"):
            answer(given)


@pytest.mark.parametrize(
    ("row", "cure"),
    [
        (None, "leave out the rows that are missing"),
        (float("nan"), "leave out the rows that are missing"),
        (NAType(), "leave out the rows that are missing"),
        (["a", "b"], r"tuple\(row\)"),
        (np.array(["a", "b"]), r"tuple\(row\.tolist\(\)\)"),
        (b"a", r"text\.decode\(\)"),
        (3, r"str\(number\)"),
        (("a", "b", "c"), "2-tuple"),
    ],
)
def test_a_wrong_row_is_named(model: litebert.Model, row: Any, cure: str) -> None:
    with pytest.raises(InputError, match=rf"^row 7 \(counted from 0\) .*{cure}"):
        model(["good"] * 7 + [row])
    far = 2 * STREAM_BATCH_ROWS + 3
    with pytest.raises(InputError, match=rf"^row {far} \(counted from 0\) .*{cure}"):
        list(model.stream(iter(["good"] * far + [row])))


def test_a_stream_takes_what_has_rows(model: litebert.Model) -> None:
    expected = model(["good", "bad"])
    for rows in (np.array(["good", "bad"]), Column("good", "bad"), (each for each in ("good", "bad"))):
        assert list(model.stream(rows)) == expected
    for wrong in ("good", b"good", None, np.array("good"), {"text": ["good"]}):
        with pytest.raises(InputError, match=r"stream\(\) got"):
            model.stream(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "labels", "words"),
    [
        ("good", None, "texts is a str, expected a list"),
        (["good", None], None, "row 1"),
        (["good", "bad"], [0, True], "2 labels, such as True, for 2 texts"),
        (["good", "bad"], [0, np.float32(1)], "such as "),
        (["good", "bad"], np.array([0, 2]), "such as "),
    ],
)
def test_a_calibration_names_what_is_wrong(early_artifact: Path, texts: Any, labels: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        calibrate(early_artifact, texts, labels)
