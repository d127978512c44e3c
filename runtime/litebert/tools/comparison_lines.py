"""A comparison as a table for a terminal, and what its figures mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from litebert.targets import precision
from litebert.tools.comparison import ORIGINAL, Measure, Row
from litebert.tools.curve import columns
from litebert.tools.metrics import few_values, little_proof

_SHARES = {"accuracy": "accuracy", "micro_f1": "micro-F1", "exact_match": "exact match"}  # in percent
_NUMBERS = {"pearson": "Pearson's r", "mean_absolute_error": "mean error"}


def comparison_lines(rows: Sequence[Row], problem_type: str) -> list[str]:
    """The table, and below it what the figures mean and how little so many texts prove."""
    value = problem_type == "regression"
    names = tuple(rows[0].metrics)
    header = ["model", "graph", "weights"]
    for name in names:
        header += [{**_SHARES, **_NUMBERS}[name], "change"]
    header += [*([] if value else ["agreement"]), "moved by", "ms a text"]
    cells = [header, *(_cells(row, names, value, row is rows[0]) for row in rows)]
    return [f"  {line}" for line in (*columns(cells), *_notes(rows, value))]


def _cells(row: Row, names: Sequence[str], value: bool, is_first: bool) -> list[str]:
    """A row, whose differences are left out where it is the one that others differ from."""
    cells = [row.name, row.target, precision(row.recipe)]
    for name in names:
        cells += [_figure(name, row.metrics[name]), "" if is_first else _change(name, row.metrics[name])]
    differences = [*([] if value else [f"{row.agreement:.2%}"]), f"{row.max_score_difference:.4f}"]
    cells += [""] * len(differences) if is_first else differences
    return [*cells, "" if row.latency_ms is None else f"{row.latency_ms:.2f}"]


def _notes(rows: Sequence[Row], value: bool) -> Iterator[str]:
    first = rows[0]
    accuracy = first.metrics.get("accuracy")
    accuracy_value = None if accuracy is None else accuracy.value
    few = few_values(first.examples) if value else little_proof(first.examples, accuracy_value)
    if few is not None:
        yield few
    if value:
        yield "moved by: the largest change of the value from the first row"
    else:
        yield "agreement: the share of answers equal to the first row's"
        yield "moved by: the largest change of a probability from the first row"
    if first.metrics:
        yield "change: from the first row, +/- its standard error"
    else:
        yield "no labels were read, so there is no accuracy; --label-column names their column"
    for row in rows:
        if row.truncated != first.truncated:
            yield (
                f"{row.name}, {row.target}: {row.truncated} texts are longer than it reads, and were cut "
                f"({first.truncated} in the first row)"
            )
    if first.target == ORIGINAL:
        yield "original: the checkpoint itself in float32, computed by numpy and not timed"


def _figure(name: str, measure: Measure) -> str:
    if math.isnan(measure.value):  # a correlation where all values are the same
        return "undefined"
    if name in _SHARES:
        return f"{measure.value:.2%}{_error(measure.standard_error, 100, 2)}"
    return f"{measure.value:.4f}{_error(measure.standard_error, 1, 4)}"


def _change(name: str, measure: Measure) -> str:
    if math.isnan(measure.change):
        return ""
    if name in _SHARES:
        return f"{100 * measure.change:+.2f}{_error(measure.change_error, 100, 2)}"
    return f"{measure.change:+.4f}{_error(measure.change_error, 1, 4)}"


def _error(error: float | None, factor: int, digits: int) -> str:
    return f" +/- {factor * error:.{digits}f}" if error else ""  # 0 where all are alike, which proves nothing
