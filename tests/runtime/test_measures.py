"""Metrics by hand-computed values."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from litebert import InputError
from litebert.tasks.measures import agreement
from litebert.tasks.prediction import Prediction
from litebert.tasks.sequence_classification import SequenceClassification, predict
from litebert.tools.few_texts import FEW_TEXTS, little_proof, standard_error

SINGLE = SequenceClassification("single-label", ("a", "b"), "softmax")
MULTI = SequenceClassification("multi-label", ("a", "b", "c"), "sigmoid", 0.5)
VALUE = SequenceClassification("regression", ("value",), "identity")


def _multi(*logits: float) -> Prediction:
    return predict(MULTI, logits, 3, False)


def _value(value: float) -> Prediction:
    return predict(VALUE, (value,), 3, False)


def test_accuracy() -> None:
    predictions = [predict(SINGLE, logits, 3, False) for logits in ((1.0, 2.0), (3.0, 2.0))]
    assert SINGLE.measures.metrics(predictions, [1, 1]) == {"accuracy": 0.5}
    assert [SINGLE.measures.right(each, 1) for each in predictions] == [True, False]


def test_micro_f1_and_exact_match() -> None:
    predictions = [_multi(1.0, 1.0, -1.0), _multi(-1.0, -1.0, -1.0), _multi(-1.0, -1.0, 0.0)]
    wanted = [frozenset({0}), frozenset[int](), frozenset({1, 2})]
    # 2 hits among 3 found and 3 wanted; only the second row is exact
    assert MULTI.measures.metrics(predictions, wanted) == {
        "micro_f1": pytest.approx(2 * 2 / 6),
        "exact_match": pytest.approx(1 / 3),
    }
    assert MULTI.measures.metrics([_multi(-1.0, -1.0, -1.0)], [frozenset()])["micro_f1"] == 1
    assert [*map(MULTI.measures.right, predictions, wanted)] == [False, True, False]


def test_pearson() -> None:
    wanted = [1.0, 2.0, 3.0]
    found = VALUE.measures.metrics([_value(value) for value in (2.0, 4.0, 6.0)], wanted)
    assert found == {"pearson": pytest.approx(1), "mean_absolute_error": pytest.approx(2)}
    for value in (1.0, 0.1):  # three times 0.1 have another mean
        constant = VALUE.measures.metrics([_value(value)] * 3, wanted)
        assert math.isnan(constant["pearson"])
    assert math.isnan(VALUE.measures.metrics([_value(1.0)], wanted[:1])["pearson"])
    assert VALUE.measures.right(_value(1.0), 1.0) is None


def test_agreement() -> None:
    one, other = (
        [_multi(1.0, 1.0, -1.0), _multi(1.0, 2.0, 3.0)],
        [_multi(1.0, -1.0, -1.0), _multi(1.5, 2.0, 3.0)],
    )
    same, differences = agreement(MULTI.measures, one, other)
    assert (same, differences["logit"]) == (0.5, 2.0) and 0 < differences["score"] < 0.5
    values = agreement(VALUE.measures, [_value(1.0), _value(2.0)], [_value(1.0005), _value(2.1)])
    assert values == (0.5, {"logit": pytest.approx(0.1), "score": pytest.approx(0.1)})


def test_only_answers_of_one_kind_are_compared() -> None:
    assert "its task is not that of it; compare" in (SINGLE.measures.unlike(object(), "it") or "")
    assert "its problem type is multi-label, that of it single" in (
        SINGLE.measures.unlike(MULTI.measures, "it") or ""
    )
    assert SINGLE.measures.unlike(SINGLE.measures, "it") is None


def test_extreme_logits_stay_finite() -> None:
    assert predict(SINGLE, (1e4, -1e4), 3, False).probs == (1.0, 0.0)
    assert _multi(1e4, -1e4, 0.0).probs == (1.0, 0.0, 0.5)
    tie = predict(SINGLE, (1.0, 1.0), 3, False)
    assert (tie.label, tie.score) == ("a", 0.5)


def test_few_texts_say_how_little_they_prove() -> None:
    assert little_proof(60, 0.9) == (
        "60 texts prove little: one answer is 1.7 points, the standard error of the accuracy 3.9, "
        "and even if none of these answers changes, up to 4.9 % of new ones may"
    )
    assert standard_error(0.9, 60) == pytest.approx(0.0387, abs=1e-4)
    assert "standard error" not in f"{little_proof(60)}{little_proof(60, 1.0)}"
    assert (little_proof(1) or "").startswith("1 text proves little: one answer is 100.0 points")
    assert "up to 1.0 % of new" in (little_proof(FEW_TEXTS - 1) or "") and little_proof(FEW_TEXTS) is None


def _left_out(
    task: SequenceClassification, predictions: list[Prediction], golds: list[Any]
) -> tuple[dict[str, float], int]:
    """The standard errors by the jackknife (Efron 1982), which knows nothing of influences."""
    n = len(golds)
    others = [[j for j in range(n) if j != i] for i in range(n)]
    without = [
        task.measures.metrics([predictions[j] for j in kept], [golds[j] for j in kept]) for kept in others
    ]
    spread = {name: np.var([each[name] for each in without]) for name in without[0]}
    return {name: float(np.sqrt((n - 1) * value)) for name, value in spread.items()}, n


@pytest.mark.parametrize("task", [SINGLE, MULTI, VALUE])
def test_influences_give_the_standard_errors_of_leaving_one_out(task: SequenceClassification) -> None:
    random = np.random.default_rng(0)
    predictions, golds = [], []
    for _ in range(120):
        logits = random.normal(size=len(task.labels))
        noisy = logits + random.normal(size=len(logits))
        several = frozenset(np.flatnonzero(noisy > 0).tolist())
        predictions.append(predict(task, tuple(logits.tolist()), 3, False))
        golds.append({SINGLE: int(noisy.argmax()), MULTI: several, VALUE: float(noisy[0])}[task])
    found = task.measures.influences(predictions, golds)
    expected, n = _left_out(task, predictions, golds)
    for name, pull in found.items():
        assert pull.sum() == pytest.approx(0, abs=1e-9)
        assert np.sqrt(np.square(pull).sum()) / n == pytest.approx(expected[name], rel=0.06)


@pytest.mark.parametrize("task", [MULTI, VALUE])
def test_golds_in_python_are_for_single_labels(task: SequenceClassification) -> None:
    assert [*SINGLE.measures.checked([1, 0], 2)] == [1, 0]
    with pytest.raises(InputError, match=f"for single-label models, not {task.problem_type}"):
        task.measures.checked([1, 0], 2)
