"""A model's result in a few sentences; each time comes with its quality."""

from __future__ import annotations

from litebert_bench.measure.records import Quality
from litebert_bench.report.cells import metric_text, ms, percent, ratio_text
from litebert_bench.report.summary import Group, Measured, Pace, comparable
from litebert_bench.report.tables import main_pace, metric_name, quality_value, ranked, way_name

_LOSS = 0.005  # of accuracy or agreement, which most readers would give for a faster answer


def headline(group: Group) -> str:
    """The facts of most interest: our fastest, the baseline, the fastest of the others, early exit."""
    failed = [each for each in group.subjects if each.subject.problem is not None]
    best = best_whole(group)
    sentences = ["No latency was measured."]
    if best is not None:
        sentences = [_first(group, *best), *_other(group), *_early(group)]
    if failed:
        sentences.append(f"{len(failed)} of {len(group.subjects)} could not be measured; the table says why.")
    return " ".join(sentences)


def best_whole(group: Group) -> tuple[Measured, Pace] | None:
    """LiteBERT's fastest at full depth, else the fastest of all; exact int8 sums come before default ones."""
    timed = _timed(group)
    ours = [one for one in timed if one[0].ours] or timed
    return min(ours, key=lambda one: (one[0].subject.arithmetic == "default", one[1].text_ms), default=None)


def best_other(group: Group) -> tuple[Measured, Pace] | None:
    """The fastest that is not LiteBERT, in the arithmetic of best_whole; None where that is not LiteBERT."""
    best = best_whole(group)
    if best is None or not best[0].ours:
        return None
    others = [one for one in _timed(group) if not one[0].ours and comparable(one[0].subject, best[0].subject)]
    return min(others, key=lambda one: one[1].text_ms, default=None)


def best_early(group: Group) -> tuple[Measured, Pace] | None:
    """The fastest setting of LiteBERT that loses at most half a point against its own full depth.

    Only subjects in the arithmetic of best_whole count, timed with the fewest threads and texts in a call.
    """
    best, found = best_whole(group), []
    for each, whole in _timed(group):
        good = quality_value(group, each, whole.quality)
        if best is None or good is None or not each.ours or not comparable(each.subject, best[0].subject):
            continue
        for pace in each.paces:
            value = quality_value(group, each, pace.quality)
            early = pace.setting and (pace.threads, pace.batch) == group.ways[0]
            if early and value is not None and value >= good - _LOSS:
                found.append((each, pace))
    return min(found, key=lambda one: one[1].text_ms, default=None)


def _timed(group: Group) -> list[tuple[Measured, Pace]]:
    return [(each, pace) for _, each in ranked(group) if (pace := main_pace(group, each))]


def _first(group: Group, best: Measured, pace: Pace) -> str:
    quality = _quality(group, pace.quality)
    said = f"{best.name} answers a text in {ms(pace.model.p50_ms)} ms (p50) with {quality}"
    base, ratio = group.baseline, group.ratio(best, pace)
    if base is None or base is best or ratio is None:
        return f"{said}."
    reference = _quality(group, next((each for each in base.qualities if not each.setting), None))
    return f"{said}: {ratio_text(ratio)} of the time of {base.name}, which has {reference}."


def _other(group: Group) -> list[str]:
    """The sentence about the fastest of the others; none where it is the baseline."""
    found = best_other(group)
    if found is None or found[0] is group.baseline:
        return []
    other, pace = found
    share, quality = ratio_text(group.ratio(other, pace)), _quality(group, pace.quality)
    return [f"The fastest comparable other, {other.name}, takes {share} with {quality}."]


def _early(group: Group) -> list[str]:
    found = best_early(group)
    if found is None:
        return []
    each, pace = found
    share, quality = ratio_text(group.ratio(each, pace)), _quality(group, pace.quality)
    of = "" if each is not group.baseline else " of its own time"
    return [
        f"Leaving early, {each.name} at {way_name(group, pace)} takes {share}{of} with {quality}: the "
        "fastest of these settings that loses at most half a point here."
    ]


def _quality(group: Group, quality: Quality | None) -> str:
    metric = metric_name(group)
    if quality is not None and metric in quality.metrics:
        return f"{metric_text(metric, quality.metrics[metric])} {metric.replace('_', ' ')}"
    if quality is not None and quality.agreement is not None:
        return f"{percent(quality.agreement)} agreement"
    return "answers that were not checked"
