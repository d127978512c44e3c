"""A comparison as a table for a terminal, with the meaning of its figures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from litebert.targets import precision
from litebert.tasks.measures import Metric
from litebert.tools.aligned import aligned
from litebert.tools.comparison import ORIGINAL, ComparisonRow, MetricFigure
from litebert.tools.few_texts import few_values, little_proof


def comparison_lines(rows: Sequence[ComparisonRow]) -> list[str]:
    """The rows of the table, the meaning of its figures, and a warning where few texts prove little."""
    first = rows[0]
    header = ["model", "graph", "weights"]
    for name in first.metrics:
        header += [first.words.metrics[name].title, "change"]
    header += [*(["agreement"] if first.words.is_exact else []), "moved by", "ms a text"]
    cells = [header, *(_cells(row, row is first) for row in rows)]
    return [f"  {line}" for line in (*aligned(cells), *_notes(rows))]


def _cells(row: ComparisonRow, is_first: bool) -> list[str]:
    """The cells of a row; the first row, from which the others differ, has no differences."""
    cells = [row.name, row.target, precision(row.recipe)]
    for name, measure in row.metrics.items():
        metric = row.words.metrics[name]
        cells += [_figure(metric, measure), "" if is_first else _change(metric, measure)]
    differences = [*([f"{row.agreement:.2%}"] if row.words.is_exact else []), f"{row.moved:.4f}"]
    cells += [""] * len(differences) if is_first else differences
    return [*cells, "" if row.latency_ms is None else f"{row.latency_ms:.2f}"]


def _notes(rows: Sequence[ComparisonRow]) -> Iterator[str]:
    first = rows[0]
    accuracy = first.metrics.get("accuracy")
    accuracy_value = None if accuracy is None else accuracy.value
    is_exact = first.words.is_exact
    few = little_proof(first.examples, accuracy_value) if is_exact else few_values(first.examples)
    if few is not None:
        yield few
    if is_exact:
        yield "agreement: the share of answers equal to the first row's"
    yield f"moved by: the largest change of {first.words.moved} from the first row"
    if first.metrics:
        yield "change: from the first row, +/- its standard error"
    elif first.words.metrics:
        yield "no labels were read, so there is no accuracy; --label-column names their column"
    for row in rows:
        if row.truncated != first.truncated:
            yield (
                f"{row.name}, {row.target}: {row.truncated} texts are longer than it reads, and were cut "
                f"({first.truncated} in the first row)"
            )
    if first.target == ORIGINAL:
        yield "original: the checkpoint itself in float32, computed by numpy and not timed"


def _figure(metric: Metric, measure: MetricFigure) -> str:
    if math.isnan(measure.value):  # a correlation where all values are the same
        return "undefined"
    if metric.is_share:
        return f"{measure.value:.2%}{_error(measure.standard_error, 100, 2)}"
    return f"{measure.value:.4f}{_error(measure.standard_error, 1, 4)}"


def _change(metric: Metric, measure: MetricFigure) -> str:
    if math.isnan(measure.change):
        return ""
    if metric.is_share:
        return f"{100 * measure.change:+.2f}{_error(measure.change_error, 100, 2)}"
    return f"{measure.change:+.4f}{_error(measure.change_error, 1, 4)}"


def _error(error: float | None, factor: int, digits: int) -> str:
    return f" +/- {factor * error:.{digits}f}" if error else ""  # 0 where all are alike, which proves nothing
