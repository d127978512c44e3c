"""Tables of text, and the forms of figures in their cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from litebert_bench.report.ratios import Ratio
from litebert_bench.report.summary import Measured

NONE = "–"  # shown where there is no figure
_SHARES = ("accuracy", "exact_match", "nearest_accuracy")  # metrics of tasks that are shares of texts


@dataclass(frozen=True)
class ReportRow:
    """A line of a table; the last cell of one with fewer cells than the header spans the rest.

    Attributes:
        cells: text, a name first.
        number: the subject's number in plots; None without one.
        ours: whether LiteBERT runs it.
    """

    cells: tuple[str, ...]
    number: int | None = None
    ours: bool = False


@dataclass(frozen=True)
class ReportTable:
    """A table with a note about it."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[ReportRow, ...]
    note: str = ""


def row(numbered: tuple[int, Measured], *cells: str) -> ReportRow:
    """A line about a subject; its name comes first."""
    number, measured = numbered
    return ReportRow((measured.name, *cells), number, measured.ours)


def table(caption: str, header: tuple[str, ...], rows: Sequence[ReportRow], note: str = "") -> ReportTable:
    """A table without the columns in which no row has a figure."""
    full = [each for each in rows if len(each.cells) == len(header)]
    if not full:
        return ReportTable(caption, header, tuple(rows), note)
    kept = [at for at in range(len(header)) if any(each.cells[at] not in (NONE, "") for each in full)]
    cut = [
        ReportRow(tuple(each.cells[at] for at in kept), each.number, each.ours) if each in full else each
        for each in rows
    ]
    return ReportTable(caption, tuple(header[at] for at in kept), tuple(cut), note)


def ms(value: float | None) -> str:
    """Milliseconds with three significant digits."""
    if value is None:
        return NONE
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2 if value >= 0.9995 else 3
    return f"{value:,.{digits}f}"


def megabytes(size: float | None) -> str:
    """A size in millions of bytes."""
    return NONE if size is None else f"{size / 1e6:,.{1 if size >= 1e6 else 3}f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share, 0 to 1, in percent."""
    return NONE if share is None else f"{100 * share:.{digits}f} %"


def is_share(metric: str) -> bool:
    """Whether a metric is a share of texts, which records do not say; others are shown as plain numbers."""
    return metric in _SHARES


def metric_text(metric: str, value: float | None) -> str:
    """A metric: shares of texts in percent, others as plain numbers."""
    if value is None:
        return NONE
    return percent(value, 2) if is_share(metric) else f"{value:.4f}"


def ratio_text(ratio: Ratio | None) -> str:
    """A ratio with its spread."""
    if ratio is None:
        return NONE
    if ratio.low is None or ratio.high is None:
        return f"{ratio.value:.3f} (no spread: rounds {ratio.rounds})"
    return f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f})"


def threads_text(threads: int) -> str:
    """A number of threads."""
    return "1 thread" if threads == 1 else f"{threads} threads"


def way_text(threads: int, batch: int) -> str:
    """Threads and batch."""
    return f"{threads_text(threads)}, batch {batch}"
