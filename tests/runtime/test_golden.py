"""Golden cases: outputs of every exit by name, and the answer that the task reads in the last one's."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from litebert.artifact import open_artifact
from litebert.golden import decoded, read_golden, same
from litebert.tools.cli import main


def test_an_answer_is_what_the_command_prints(
    early_artifact: Path, artifact: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in (artifact, early_artifact):
        for case in read_golden(open_artifact(folder))["onnx"]:
            text = case["text"]
            words = [text] if isinstance(text, str) else ["--pair", "\t".join(text)]
            assert main(["run", str(folder), "--json", "--backend", "onnxruntime", *words]) == 0
            printed = json.loads(capsys.readouterr().out)
            logits = printed.pop("logits")
            assert case["outputs"].keys() == {"logits"}
            assert case["outputs"]["logits"][-1] == pytest.approx(logits, abs=case["tolerance"])
            printed = {name: value for name, value in printed.items() if name in case["answer"]}
            assert same(printed, case["answer"])
            assert (len(case["outputs"]["logits"]) == 4) == (printed["exit_layer"] == 3)


@dataclasses.dataclass(frozen=True)
class _Answer:
    tokens: int
    vector: tuple[float, ...]
    spans: tuple[Any, ...]


def test_outputs_are_left_out_and_values_are_jsons() -> None:
    answer = _Answer(3, (1.0, 2.0), ({"start": 1, "words": ("a", "b")},))
    expected = {"tokens": 3, "spans": [{"start": 1, "words": ["a", "b"]}]}
    assert decoded(answer, {"vector": None}) == expected == json.loads(json.dumps(expected))


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (1.0, 1.0 + 5e-7, True),
        (1.0, 1.0 + 5e-6, False),
        (0.0, 1e-12, True),
        (1e-3, 1.1e-3, False),
        (1, 1.0, True),
        (1, True, False),
        (None, None, True),
        (None, 0, False),
        ("a", "a", True),
        ("a", "b", False),
        ([1.0, 2.0], [1.0, 2.0], True),
        ([1.0, 2.0], [1.0], False),
        ({"a": [1.0]}, {"a": [1.0 + 1e-9]}, True),
        ({"a": 1}, {"b": 1}, False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        (float("nan"), float("nan"), False),
    ],
)
def test_same(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal and same(other, one) is equal
