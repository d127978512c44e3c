"""A model's measurements as tables of text, for HTML and Markdown alike."""

from __future__ import annotations

from litebert_bench.measure.records import Quality
from litebert_bench.report.cells import (
    NONE,
    ReportTable,
    megabytes,
    metric_text,
    ms,
    percent,
    ratio_text,
    row,
    table,
    way_text,
)
from litebert_bench.report.ratios import ratio_of
from litebert_bench.report.summary import Group, Measured, Pace, comparable

_ARITHMETIC = ("float", "exact", "default")


def ranked(group: Group) -> list[tuple[int, Measured]]:
    """The subjects with their numbers from 1: by arithmetic, the fastest first; failed ones last."""

    def place(measured: Measured) -> tuple[bool, bool, int, float]:
        pace = main_pace(group, measured)
        arithmetic = measured.subject.arithmetic
        order = _ARITHMETIC.index(arithmetic) if arithmetic in _ARITHMETIC else len(_ARITHMETIC)
        failed = measured.subject.problem is not None
        return failed, pace is None, order, pace.text_ms if pace else 0

    return list(enumerate(sorted(group.subjects, key=place), start=1))


def main_pace(group: Group, measured: Measured) -> Pace | None:
    """The pace at full depth, with the fewest threads and texts per call of the group; None without one."""
    return measured.pace(*group.ways[0]) if group.ways else None


def main_table(group: Group) -> ReportTable:
    """Every subject with its pace, answers and sizes; or the reason why it was not measured."""
    header = (
        "",
        "int8 sums",
        "p50 ms",
        share_of(group),
        *quality_header(group),
        "files MB",
        "peak MB",
        "cold start ms",
    )
    rows = []
    for numbered in ranked(group):
        each = numbered[1]
        if each.subject.problem is not None:
            rows.append(row(numbered, f"not measured: {each.subject.problem}"))
            continue
        pace = main_pace(group, each)
        whole = next((one for one in each.qualities if not one.setting), None)
        cells = (
            "" if each.subject.arithmetic == "float" else each.subject.arithmetic,
            ms(pace.model.p50_ms) if pace else NONE,
            ratio_cell(group, each, pace) if pace else NONE,
            *quality_cells(group, each, whole),
            megabytes(each.size_bytes) if each.subject.files else NONE,
            megabytes(each.memory.peak_bytes) if each.memory else NONE,
            ms(each.cold.process_ms) if each.cold else NONE,
        )
        rows.append(row(numbered, *cells))
    way = way_text(*group.ways[0]) if group.ways else "not timed"
    return table(f"Full depth, {way}", header, rows, "; ".join(_notes(group)))


def exits_table(group: Group) -> ReportTable:
    """The time and quality of each setting that leaves early, beside full depth."""
    header = (
        "",
        "setting",
        "ms per text",
        share_of(group),
        "share of own full depth",
        *quality_header(group),
        "layers",
        "texts by layer",
    )
    rows = []
    for numbered in ranked(group):
        each = numbered[1]
        early = {(pace.threads, pace.batch) for pace in each.paces if pace.setting}
        for pace in (one for one in each.paces if (one.threads, one.batch) in early):
            whole = each.pace(pace.threads, pace.batch)
            own = None
            if whole is not None and pace.setting and each is not group.baseline:
                own = ratio_of(pace.rounds, whole.rounds)
            count = sum(pace.exits.values())
            layers = sum((layer + 1) * texts for layer, texts in pace.exits.items())
            cells = (
                way_name(group, pace),
                ms(pace.text_ms),
                ratio_cell(group, each, pace),
                ratio_text(own),
                *quality_cells(group, each, pace.quality),
                f"{layers / count:.2f}" if count else NONE,
                " ".join(f"{layer}: {texts}" for layer, texts in pace.exits.items() if texts) or NONE,
            )
            rows.append(row(numbered, *cells))
    return table("Leaving early", header, rows, "Layers count from 0; ms per text is a mean.")


def metric_name(group: Group) -> str:
    """The first metric that any subject of the group has; accuracy where none has one."""
    names = (name for each in group.subjects for quality in each.qualities for name in quality.metrics)
    return next(names, "accuracy")


def quality_cells(group: Group, measured: Measured, quality: Quality | None) -> tuple[str, str]:
    """The group's metric and the agreement, as cells."""
    if quality is None:
        return NONE, NONE
    metric = metric_name(group)
    agreement = "reference" if _is_reference(group, measured, quality) else percent(quality.agreement)
    return metric_text(metric, quality.metrics.get(metric)), agreement


def quality_value(group: Group, measured: Measured, quality: Quality | None) -> float | None:
    """The group's metric; for unlabelled texts the agreement, which is 1 for the reference itself."""
    if quality is None:
        return None
    if any(each.metrics for one in group.subjects for each in one.qualities):
        return quality.metrics.get(metric_name(group))
    return 1.0 if _is_reference(group, measured, quality) else quality.agreement


def _is_reference(group: Group, measured: Measured, quality: Quality) -> bool:
    """Whether others are compared with these answers."""
    references = {each.reference for one in group.subjects for each in one.qualities}
    return quality.agreement is None and not quality.setting and measured.subject.subject in references


def ratio_cell(group: Group, measured: Measured, pace: Pace) -> str:
    """A pace as a share of the baseline's, or the reason why there is none."""
    base = group.baseline
    if base is measured and not pace.setting:
        return "1" if _compares(group) else NONE
    if base is not None and not comparable(measured.subject, base.subject):
        return "other int8 sums"
    return ratio_text(group.ratio(measured, pace))


def _compares(group: Group) -> bool:
    return sum(bool(each.paces) for each in group.subjects) > 1


def way_name(group: Group, pace: Pace) -> str:
    """A setting, with threads and batch where they are not the group's first."""
    first = (pace.threads, pace.batch) == group.ways[0]
    way = "" if first else way_text(pace.threads, pace.batch)
    return ", ".join(filter(None, (pace.setting or "full depth", way)))


def quality_header(group: Group) -> tuple[str, str]:
    """The header of quality_cells."""
    return metric_name(group).replace("_", " "), "agreement"


def share_of(group: Group) -> str:
    """The header of ratio_cell."""
    return f"share of {group.baseline.name}" if group.baseline and _compares(group) else "share of full depth"


def _notes(group: Group) -> list[str]:
    """The notes on subjects for a reader; equal notes are given once."""
    names: dict[str, list[str]] = {}
    for _, each in ranked(group):
        for note in each.subject.notes:
            names.setdefault(note, []).append(each.name)
    everyone = len(group.subjects)
    notes = [f"{'all' if len(who) == everyone else ', '.join(who)}: {note}" for note, who in names.items()]
    references = {one.reference for each in group.subjects for one in each.qualities}
    named = [each.name for each in group.subjects if each.subject.subject in references]
    judged = {one.examples for each in group.subjects for one in each.qualities} - {len(group.run.tokens)}
    by = [f"answers are judged by {max(judged)} texts"] if judged else []
    return [*notes, *(f"agreement is with {name}" for name in named), *by]
