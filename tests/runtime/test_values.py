"""A model and a prediction as Python values: shown, pickled, copied."""

from __future__ import annotations

import copy
import dataclasses
import multiprocessing
import os
import pickle
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest
from manifests import change_sealed

import litebert
from litebert import ArtifactError, InputError, Prediction
from litebert.inputs import parse_pairs
from litebert.tasks.sequence_classification import SequenceClassification, predict
from litebert.tools.calibrate import calibrate

TEXTS: list[Any] = ["the film was good .", ("the film", "was bad"), "a dull plot"]


def _task(
    labels: tuple[str, ...], kind: str = "single-label", activation: str = "softmax"
) -> SequenceClassification:
    threshold = 0.5 if kind == "multi-label" else None
    return SequenceClassification(kind, labels, activation, threshold)


def test_a_model_says_what_it_is(early_artifact: Path, float_artifact: Path) -> None:
    model = litebert.load(early_artifact, "onnxruntime", speed=0.5)
    start = "Model('early', onnx int8 split, onnxruntime, labels=('negative', 'positive'), "
    assert repr(model) == f"{start}Setting(speed=0.5))"
    model.close()
    assert repr(model) == f"{start}Setting(speed=0.5), closed)"
    with litebert.load(float_artifact, "litert") as model:
        shown = "Model('tiny', tflite float32 whole, ai-edge-litert, labels=('negative', 'positive'))"
        assert repr(model) == str(model) == shown
        model.labels = tuple(f"name {number}" for number in range(150))
        assert "labels=('name 0', 'name 1', 'name 2', 'name 3', ... 150 in all)" in repr(model)
        model.labels = ("x" * 1000, "\u202e\n")
        assert len(repr(model)) < 150 and "\\u202e\\n" in repr(model)


@pytest.mark.parametrize(
    ("task", "logits", "shown"),
    [
        (_task(("bad", "good")), (0.0, 1.0), "Prediction(label='good', score=0.7311, tokens=9)"),
        (
            _task(("joy", "fear", "awe"), "multi-label", "sigmoid"),
            (1.0, 0.0, -1.0),
            "Prediction(labels=('joy', 'fear'), label='joy', score=0.7311, tokens=9)",
        ),
        (_task(("score",), "regression", "identity"), (1.25,), "Prediction(value=1.2500, tokens=9)"),
    ],
)
def test_a_prediction_shows_what_is_asked_first(
    task: SequenceClassification, logits: tuple[float, ...], shown: str
) -> None:
    answer = predict(task, logits, 9, truncated=False)
    assert repr(answer) == str(answer) == shown
    expected = {} if answer.probs is None else dict(zip(task.labels, answer.probs, strict=True))
    assert answer.scores == expected and list(answer.scores) == [*expected]
    left = dataclasses.replace(answer, exit_layer=2, truncated=True)
    assert repr(left).endswith("exit_layer=2, tokens=9, truncated=True)") and left.scores == expected


def test_a_prediction_stays_the_value_it_was() -> None:
    answer = predict(_task(("bad", "good")), (0.0, 1.0), 9, truncated=False)
    assert answer.probs is not None
    by_hand = Prediction("good", answer.score, tuple(answer.probs), (0.0, 1.0), 9, truncated=False)
    assert answer == by_hand and hash(answer) == hash(by_hand) and by_hand.scores == {}
    assert dataclasses.asdict(answer) == dataclasses.asdict(by_hand)
    for other in (pickle.loads(pickle.dumps(answer)), copy.copy(answer), copy.deepcopy(answer)):
        assert other == answer and other.scores == answer.scores


def test_a_pickled_model_opens_its_artifact_again(
    early_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(early_artifact.parent)
    with litebert.load("early.litebert", "litert", speed=[0.9, 0.0, 0.5], preload=True) as model:
        monkeypatch.chdir(tmp_path)
        for other in (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)):
            assert other is not model and repr(other) == repr(model) and other.setting == model.setting
            assert other(TEXTS) == model(TEXTS)
        other.close()
        assert model(TEXTS)  # which lost nothing
    with pytest.raises(InputError, match="was closed"):
        pickle.dumps(model)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_model_goes_to_other_processes(artifact: Path) -> None:
    with litebert.load(artifact) as model:
        for method in ("spawn", "fork"):
            with multiprocessing.get_context(method).Pool(1) as pool:
                assert pool.map(model, TEXTS) == model(TEXTS), method


def test_a_pickled_model_refuses_another_artifact(
    artifact: Path, float_artifact: Path, tmp_path: Path
) -> None:
    path = tmp_path / "model"
    shutil.copytree(artifact, path)
    with litebert.load(path) as model:
        pickled = pickle.dumps(model)
    shutil.rmtree(path)
    with pytest.raises(InputError, match="no such folder"):
        pickle.loads(pickled)
    shutil.copytree(float_artifact, path)
    with pytest.raises(ArtifactError, match="after the model was pickled"):
        pickle.loads(pickled)
    shutil.rmtree(path)
    shutil.copytree(artifact, path)
    change_sealed(path, "manifest.json", lambda body: body["task"].update(labels=["bad", "good"]))
    with pytest.raises(ArtifactError, match="after the model was pickled"):
        pickle.loads(pickled)


def test_a_pickled_model_takes_its_artifact_calibrated_since(early_artifact: Path, tmp_path: Path) -> None:
    """A calibration changes no answer at a setting."""
    path = shutil.copytree(early_artifact, tmp_path / "model")
    with litebert.load(path, speed=0.5) as model:
        pickled = pickle.dumps(model)
        calibrate(path, [*TEXTS])
        with pickle.loads(pickled) as other:
            assert other(TEXTS) == model(TEXTS)


def _stating(model: litebert.Model, inputs: str) -> litebert.Model:
    """The model as if its manifest had said what it was made for."""
    model.__dict__["inputs"] = inputs
    model.__dict__["_odd"] = {"text": tuple, "pair": str}[inputs]
    return model


@pytest.mark.parametrize(("inputs", "text", "pair"), [("text", 0, 1), ("pair", 1, 0)])
def test_what_a_model_was_not_made_for_is_questioned_once(
    artifact: Path, inputs: str, text: int, pair: int
) -> None:
    for given, expected in (("good", text), (("good", "film"), pair)):
        with litebert.load(artifact) as plain, litebert.load(artifact) as model:
            _stating(model, inputs)
            with warnings.catch_warnings(record=True, action="always") as seen:
                assert model(given) == plain(given) and model([given]) == [plain(given)]
                assert list(model.stream([given])) == [plain(given)]
            assert [each.category for each in seen] == [UserWarning] * expected
            assert all(each.filename == __file__ for each in seen)


def test_the_manifest_may_say_what_a_model_was_made_for() -> None:
    assert parse_pairs({"pairs": "none"}) == ("none", None)
    assert parse_pairs({"pairs": "none", "inputs": "text"}) == ("none", "text")
    assert parse_pairs({"pairs": "joined", "inputs": "pair"}) == ("joined", "pair")
    with pytest.raises(ArtifactError, match="inputs is pair, but pairs is none"):
        parse_pairs({"pairs": "none", "inputs": "pair"})
    for wrong in ("texts", 1, ["text"]):
        with pytest.raises(ArtifactError, match=r"inputs is .*, expected one of text, pair"):
            parse_pairs({"pairs": "none", "inputs": wrong})
