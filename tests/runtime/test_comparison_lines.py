"""A comparison as lines: figures that do not exist."""

from __future__ import annotations

from litebert.tasks.sequence_classification import SequenceClassification
from litebert.tools.comparison import ComparisonRow, MetricFigure
from litebert.tools.comparison_lines import comparison_lines

NAN = float("nan")


def test_a_correlation_of_equal_values_is_undefined() -> None:
    words = SequenceClassification("regression", ("value",), "identity").measures.words
    metrics = {
        "pearson": MetricFigure(NAN, None, NAN, None),
        "mean_absolute_error": MetricFigure(0.25, None, 0.125, None),
    }
    rows = [
        ComparisonRow(name, "onnx", "int8", 3, 0, metrics, 1.0, {"score": 0.5}, None, words)
        for name in ("one", "two")
    ]
    _, first, second, *_ = comparison_lines(rows)
    assert first.split() == ["one", "onnx", "int8", "undefined", "0.2500"]
    assert second.split()[:5] == ["two", "onnx", "int8", "undefined", "0.2500"] and "+0.1250" in second
    assert "nan" not in second
