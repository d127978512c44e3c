"""The comparison of Java with Python finds every kind of difference."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

ANSWER = {
    "label": "good",
    "score": 0.75,
    "logits": (0.5, 1.6),
    "tokens": 4,
    "truncated": False,
    "value": None,
    "exit_layer": 2,
    "uncertainty": 0.9,
}


def _problems(java: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "android_demo"))
    import parity

    found = parity.Found()
    parity._compare_answers(found, parity._Case(None, None, "x", 0.01), ANSWER, java)
    return found.problems


def test_other_digits_are_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    java = {**ANSWER, "score": 0.7501, "logits": [0.5, 1.6001], "input_ids": [2, 3]}
    assert _problems(java, monkeypatch) == []


@pytest.mark.parametrize(
    "change",
    [
        {"label": "bad"},
        {"score": math.nan},
        {"score": 1},
        {"logits": [0.5, 1.7]},
        {"logits": [math.nan, 1.6]},
        {"logits": [0.5, math.inf]},
        {"logits": [0.5, 1.6, 0.0]},
        {"tokens": 5},
        {"truncated": True},
        {"value": 0.0},
        {"exit_layer": 1},
        {"uncertainty": None},
    ],
    ids=str,
)
def test_a_difference_is_found(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(_problems({**ANSWER, "logits": [0.5, 1.6], **change}, monkeypatch)) == 1


def test_a_missing_field_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    java = {key: value for key, value in ANSWER.items() if key != "score"}
    assert len(_problems(java, monkeypatch)) == 1
