"""A comparison as a table for a terminal, and what its figures mean."""

from __future__ import annotations

from collections.abc import Sequence

from litebert.comparison import ORIGINAL, Measure, Row
from litebert.curve import columns
from litebert.metrics import little_proof

_WEIGHTS = {"none": "float32"}  # other recipes are called what they are
_SHARES = {"accuracy": "accuracy", "micro_f1": "micro-F1", "exact_match": "exact match"}  # shown in percent
_NUMBERS = {"pearson": "Pearson's r", "mean_absolute_error": "mean error"}


def comparison_lines(rows: Sequence[Row], problem_type: str, labelled: bool) -> list[str]:
    """The table, and below it what the figures mean and how little so many texts prove."""
    value = problem_type == "regression"
    header = ["model", "graph", "weights"]
    names = tuple(rows[0].metrics)
    for name in names:
        header += [_SHARES.get(name) or _NUMBERS[name], "change"]
    header += ["moved by"] if value else ["same answers", "moved by"]
    header += ["ms a text"]
    cells = [header]
    for number, row in enumerate(rows):
        line = [row.name, row.target, _WEIGHTS.get(row.recipe, row.recipe)]
        for name in names:
            measure = row.metrics[name]
            line += [_value(name, measure), _change(name, measure) if number else ""]
        moved = f"{row.max_score_difference:.4f}"
        line += [moved] if value else [f"{row.agreement:.2%}", moved]
        if not number:
            line[-1 if value else -2 :] = [""] * (1 if value else 2)
        line += ["" if row.latency_ms is None else f"{row.latency_ms:.2f}"]
        cells.append(line)
    return [*(f"  {line}" for line in columns(cells)), *_notes(rows, value, labelled)]


def _notes(rows: Sequence[Row], value: bool, labelled: bool) -> list[str]:
    first = rows[0]
    accuracy = first.metrics.get("accuracy")
    few = little_proof(first.examples, None if accuracy is None else accuracy.value)
    lines = [] if few is None else [f"  {few}"]
    moved = "the value" if value else "a probability"
    lines.append(f"  moved by: the largest change of {moved} against the first row")
    if labelled:
        lines.append(
            "  change: against the first row; +/-: standard error, by which other texts move a figure"
        )
    else:
        lines.append("  no labels in the file: it shows what differs, and not who is right")
    for row in rows:
        if row.truncated > first.truncated:
            lines.append(
                f"  {row.name}, {row.target}: {row.truncated} texts are longer than it reads, and were cut "
                f"({first.truncated} in the first row)"
            )
    if first.target == ORIGINAL:
        lines.append(
            "  original: the checkpoint itself in float32, computed by numpy, whose time says nothing"
        )
    return lines


def _value(name: str, measure: Measure) -> str:
    if name in _SHARES:
        return f"{measure.value:.2%}{_error(measure.standard_error, 100, 2)}"
    return f"{measure.value:.4f}{_error(measure.standard_error, 1, 4)}"


def _change(name: str, measure: Measure) -> str:
    if name in _SHARES:
        return f"{100 * measure.change:+.2f}{_error(measure.change_error, 100, 2)}"
    return f"{measure.change:+.4f}{_error(measure.change_error, 1, 4)}"


def _error(error: float | None, factor: int, digits: int) -> str:
    return "" if error is None else f" +/- {factor * error:.{digits}f}"
