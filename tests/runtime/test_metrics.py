"""Metrics by hand-computed values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from litebert.tasks.sequence_classification import Prediction, Task, predict
from litebert.tools.data import Example
from litebert.tools.metrics import FEW_TEXTS, agreement, influences, little_proof, measure, standard_error

SINGLE = Task("single-label", ("a", "b"), "softmax", "longest-first")
MULTI = Task("multi-label", ("a", "b", "c"), "sigmoid", "longest-first")
VALUE = Task("regression", ("value",), "identity", "longest-first")


def _multi(*logits: float) -> Prediction:
    return predict(MULTI, logits, 3, False)


def _value(value: float) -> Prediction:
    return predict(VALUE, (value,), 3, False)


def test_accuracy() -> None:
    predictions = [predict(SINGLE, logits, 3, False) for logits in ((1.0, 2.0), (3.0, 2.0))]
    examples = [Example("x", frozenset({1})), Example("y", frozenset({1}))]
    assert measure("single-label", ("a", "b"), predictions, examples) == {"accuracy": 0.5}


def test_micro_f1_and_exact_match() -> None:
    predictions = [_multi(1.0, 1.0, -1.0), _multi(-1.0, -1.0, -1.0), _multi(-1.0, -1.0, 0.0)]
    wanted = [frozenset({0}), frozenset[int](), frozenset({1, 2})]
    examples = [Example("x", labels) for labels in wanted]
    # 2 hits among 3 found and 3 wanted; only the second row is exact
    assert measure("multi-label", ("a", "b", "c"), predictions, examples) == {
        "micro_f1": pytest.approx(2 * 2 / 6),
        "exact_match": pytest.approx(1 / 3),
    }
    nothing = [Example("x", frozenset())]
    assert measure("multi-label", ("a", "b", "c"), [_multi(-1.0, -1.0, -1.0)], nothing)["micro_f1"] == 1


def test_pearson() -> None:
    examples = [Example("x", frozenset(), value) for value in (1.0, 2.0, 3.0)]
    found = measure("regression", ("value",), [_value(value) for value in (2.0, 4.0, 6.0)], examples)
    assert found == {"pearson": pytest.approx(1), "mean_absolute_error": pytest.approx(2)}
    for value in (1.0, 0.1):  # three times 0.1 have another mean
        constant = measure("regression", ("value",), [_value(value)] * 3, examples)
        assert math.isnan(constant["pearson"])
    assert math.isnan(measure("regression", ("value",), [_value(1.0)], examples[:1])["pearson"])


def test_agreement() -> None:
    one, other = (
        [_multi(1.0, 1.0, -1.0), _multi(1.0, 2.0, 3.0)],
        [_multi(1.0, -1.0, -1.0), _multi(1.5, 2.0, 3.0)],
    )
    assert agreement(one, other) == (0.5, 2.0)
    assert agreement([_value(1.0), _value(2.0)], [_value(1.0005), _value(2.1)])[0] == 0.5


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
    task: Task, predictions: list[Prediction], examples: list[Example]
) -> tuple[dict[str, float], int]:
    """The standard errors by the jackknife (Efron 1982), which knows nothing of influences."""
    n = len(examples)
    without = [
        measure(
            task.problem_type, task.labels, *([*each[:i], *each[i + 1 :]] for each in (predictions, examples))
        )
        for i in range(n)
    ]
    spread = {name: np.var([each[name] for each in without]) for name in without[0]}
    return {name: float(np.sqrt((n - 1) * value)) for name, value in spread.items()}, n


@pytest.mark.parametrize("task", [SINGLE, MULTI, VALUE])
def test_influences_give_the_standard_errors_of_leaving_one_out(task: Task) -> None:
    random = np.random.default_rng(0)
    predictions, examples = [], []
    for _ in range(120):
        logits = random.normal(size=len(task.labels))
        noisy = logits + random.normal(size=len(logits))
        wanted = [int(noisy.argmax())] if task is SINGLE else np.flatnonzero(noisy > 0).tolist()
        predictions.append(predict(task, tuple(logits.tolist()), 3, False))
        examples.append(Example("x", frozenset(wanted), float(noisy[0])))
    found = influences(task.problem_type, task.labels, predictions, examples)
    expected, n = _left_out(task, predictions, examples)
    for name, pull in found.items():
        assert pull.sum() == pytest.approx(0, abs=1e-9)
        assert np.sqrt(np.square(pull).sum()) / n == pytest.approx(expected[name], rel=0.06)
