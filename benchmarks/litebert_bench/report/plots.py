"""The pictures of a report, each of one model in one run; empty text where there is nothing to draw.

Colour shows the engine. A filled mark or an unbroken line is LiteBERT's. The shape shows the arithmetic. The
numbers are those of tables.ranked. Bars begin at 0 and are never on a logarithmic scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from litebert.tools.svg import (
    WIDTH,
    Axis,
    axis,
    axis_from_zero,
    box,
    grid,
    line,
    mark,
    narrow_axis,
    number_labels,
    path,
    picture,
    shortened,
    spread_out,
    text,
)
from litebert_bench.report.cells import is_share, megabytes, metric_text, ms, percent
from litebert_bench.report.summary import Group, Measured, Pace
from litebert_bench.report.tables import main_pace, metric_name, quality_value, ranked, way_name

SHAPES = {"float": "circle", "exact": "square", "default": "triangle"}

_UP = (250, 26)  # the ends of the vertical axes

Hues = Mapping[str, int]
"""The number of a colour, by the name of an engine."""


@dataclass(frozen=True)
class StackedBar:
    """A bar of parts behind one another, with the texts above and behind it."""

    heading: str
    parts: tuple[tuple[str, float, float], ...]  # name, value, opacity
    value: str
    kind: str


def engine_name(measured: Measured) -> str:
    """The engine of a subject, without its version."""
    return " ".join(measured.subject.engine.split()[:1]) or "unknown"


def mark_class(measured: Measured, hues: Hues) -> str:
    """The CSS classes of a subject's marks."""
    return f"hue{hues[engine_name(measured)]} {'ours' if measured.ours else 'theirs'}"


def quality_plot(group: Group, hues: Hues) -> str:
    """The metric, or agreement where texts are unlabelled, against the mean time of a text."""
    metric = metric_name(group)
    labelled = any(quality.metrics for each in group.subjects for quality in each.qualities)
    found = [
        (number, each, pace, value)
        for number, each in ranked(group)
        for pace in each.paces
        if (pace.threads, pace.batch) == group.ways[0]
        and (value := quality_value(group, each, pace.quality)) is not None
        and pace.text_ms > 0
    ]
    if not found:
        return ""
    scale = 100 if not labelled or is_share(metric) else 1
    across = axis([pace.text_ms for _, _, pace, _ in found], 42, WIDTH - 10)
    up = narrow_axis([scale * value for *_, value in found], scale / 100, *_UP)
    name = f"{metric.replace('_', ' ') if labelled else 'agreement'}{', %' if scale == 100 else ''}"
    parts = grid(across, up, "mean ms per text", name)
    labels, dots = [], []
    for number, each in ranked(group):
        own = [(pace, value) for other, _, pace, value in found if other == number]
        places = [(across.at(pace.text_ms), up.at(scale * value)) for pace, value in own]
        kind = mark_class(each, hues)
        if len(own) > 1:
            parts.append(path(sorted(places), f"{kind} curve"))
        for (pace, value), (x, y) in zip(own, places, strict=True):
            shown = metric_text(metric, value) if labelled else percent(value)
            tip = f"{number} {each.name}, {way_name(group, pace)}: {ms(pace.text_ms)} ms, {shown}"
            if pace.setting:
                dots.append((x, y))
                parts.append(mark(x, y, "circle", kind, tip, 2.4))
            else:
                labels.append((x, y, str(number), kind))
                parts.append(mark(x, y, SHAPES.get(each.subject.arithmetic, "circle"), kind, tip))
    return picture(f"{name} against mean time, {group.model}", 284, [*parts, *number_labels(labels, dots)])


def length_plot(group: Group, hues: Hues) -> str:
    """Time against length, a line per subject, with the fewest threads."""
    found = []
    for number, each in ranked(group):
        times = each.lengths[min(each.lengths)] if each.lengths else {}
        if len(times) > 1 and min(times.values()) > 0:
            found.append((number, each, times))
    if not found:
        return ""
    up = axis([time for *_, times in found for time in times.values()], *_UP)
    return _lines(hues, found, up, f"Milliseconds by length, {group.model}", "p50 ms")


def reach_plot(group: Group, hues: Hues) -> str:
    """The share of the model's time that its matrix products take, against length."""
    found = []
    for number, each in ranked(group):
        fewest = [reach for reach in each.reach if reach.threads == each.reach[0].threads]
        if len(fewest) > 1:
            found.append((number, each, {reach.tokens: 100 * reach.share for reach in fewest}))
    if not found:
        return ""
    up = axis_from_zero(max(100.0, *(share for *_, shares in found for share in shares.values())), *_UP)
    return _lines(hues, found, up, f"Matrix products, {group.model}", "% of the model's time")


def _lines(
    hues: Hues, found: Sequence[tuple[int, Measured, Mapping[int, float]]], up: Axis, title: str, y_label: str
) -> str:
    """A line per subject, against tokens, with its number at the end."""
    across = axis([tokens for *_, values in found for tokens in values], 42, WIDTH - 24)
    parts = grid(across, up, "tokens", f"{y_label}, log scale" if up.log else y_label)
    ends = [up.at(values[max(values)]) for *_, values in found]
    for (number, each, values), end in zip(found, spread_out(ends, 9.5, 22, 256), strict=True):
        kind = mark_class(each, hues)
        places = [(across.at(tokens), up.at(value)) for tokens, value in values.items()]
        parts.append(path(places, f"{kind} curve"))
        for (tokens, value), (x, y) in zip(values.items(), places, strict=True):
            tip = f"{number} {each.name}, {tokens} tokens: {ms(value)} {y_label}"
            parts.append(mark(x, y, SHAPES.get(each.subject.arithmetic, "circle"), kind, tip, 2.4))
        parts.append(line(*places[-1], across.end + 8, end, "lead"))
        parts.append(text(across.end + 10, end + 3.5, str(number), f"number {kind}"))
    return picture(title, 284, parts)


def footprint_plot(group: Group, hues: Hues) -> str:
    """Files and peak memory of every subject."""
    bars = []
    for number, each in ranked(group):
        kind = mark_class(each, hues)
        found = [("files", float(each.size_bytes), 1.0)] if each.subject.files else []
        found += [("peak", each.memory.peak_bytes, 0.45)] if each.memory else []
        for at, part in enumerate(found):
            heading = "" if at else f"{number} {each.name}"
            bars.append(StackedBar(heading, (part,), f"{megabytes(part[1])} {part[0]}", kind))
    return _bars(f"Files and memory, {group.model}", bars, "MB: files, and memory at its peak (pale)", 1e6)


def cold_plot(group: Group, hues: Hues) -> str:
    """The parts of a first answer in a fresh process."""
    bars = []
    for number, each in ranked(group):
        if each.cold:
            named = {"import": each.cold.import_ms, "open": each.cold.open_ms, "answer": each.cold.answer_ms}
            rest = max(0.0, each.cold.process_ms - sum(named.values()))
            values = (("Python", rest, 0.15), *zip(named, named.values(), (0.4, 0.7, 1.0), strict=True))
            shown = f"{ms(each.cold.process_ms)} ms"
            bars.append(StackedBar(f"{number} {each.name}", values, shown, mark_class(each, hues)))
    return _bars(f"Cold start, {group.model}", bars, "ms: Python, import, open, first answer", 1)


def exits_plot(group: Group, hues: Hues) -> str:
    """The texts that leave behind each layer, setting by setting; subjects with equal numbers share a bar."""
    alike: dict[tuple[str, str], list[tuple[int, Measured, Pace]]] = {}
    for number, each in ranked(group):
        for pace in each.paces:
            if pace.setting and sum(pace.exits.values()):
                alike.setdefault((way_name(group, pace), str(pace.exits)), []).append((number, each, pace))
    layers = 1 + max((max(same[0][2].exits) for same in alike.values()), default=0)
    bars = []
    for (way, _), same in sorted(alike.items(), key=lambda item: item[0][0]):
        (number, first, pace), whole = same[0], sum(same[0][2].exits.values())
        parts = tuple(
            (f"layer {layer}", 100 * count / whole, 0.2 + 0.8 * (layer + 1) / layers)
            for layer, count in pace.exits.items()
        )
        depth = sum((layer + 1) * count for layer, count in pace.exits.items()) / whole
        who = ", ".join(str(each) for each, *_ in same) if len(same) > 1 else f"{number} {first.name}"
        bars.append(StackedBar(f"{way}: {who}", parts, f"{depth:.2f} layers", mark_class(first, hues)))
    return _bars(f"Exits, {group.model}", bars, "% of texts, by layer from 0 (lightest) on", 1)


def _bars(title: str, bars: Sequence[StackedBar], unit: str, divisor: float) -> str:
    if not bars:
        return ""
    longest = max(sum(value for _, value, _ in each.parts) for each in bars) / divisor
    across = axis_from_zero(longest, 8, WIDTH - 84)
    parts, y = [], 8.0
    for each in bars:
        if each.heading:
            y += 15
            parts.append(text(8, y - 3, shortened(each.heading), f"name {each.kind}"))
        start = across.start
        for name, value, opacity in each.parts:
            end = start + across.at(value / divisor) - across.start
            tip = f"{each.heading} {name}: {value / divisor:,.4g} {unit.partition(':')[0]}".strip()
            parts.append(box(start, y, end - start, 9, f"bar {each.kind}", tip, opacity))
            start = end
        parts.append(text(start + 4, y + 8, each.value, "tick"))
        y += 11
    below = y + 4
    for tick in across.ticks:
        parts.insert(0, line(across.at(tick), 8, across.at(tick), below, "grid"))
        parts.append(text(across.at(tick), below + 11, f"{tick:g}", "tick", "middle"))
    parts.append(text((across.start + across.end) / 2, below + 25, unit, "label", "middle"))
    return picture(title, below + 32, parts)


def spread_plot(group: Group, hues: Hues) -> str:
    """The times p50, p90 and p99 of every subject at full depth."""
    found = [(number, each, pace) for number, each in ranked(group) if (pace := main_pace(group, each))]
    found = [one for one in found if one[2].model.p50_ms > 0]
    if not found:
        return ""
    values = [at for *_, pace in found for at in (pace.model.p50_ms, pace.model.p99_ms)]
    across = axis(values, 12, WIDTH - 12)
    parts, y = [], 8.0
    for number, each, pace in found:
        kind, times = mark_class(each, hues), pace.model
        places = [across.at(at) for at in (times.p50_ms, times.p90_ms, times.p99_ms)]
        shown = " / ".join(map(ms, (times.p50_ms, times.p90_ms, times.p99_ms)))
        parts.append(text(12, y + 11, shortened(f"{number} {each.name}"), f"name {kind}"))
        parts.append(text(WIDTH - 12, y + 11, shown, "tick", "end"))
        parts.append(line(places[0], y + 19, places[2], y + 19, f"{kind} curve"))
        for at, name, size in zip(places, ("p50", "p90", "p99"), (4.0, 2.4, 2.4), strict=True):
            parts.append(mark(at, y + 19, "circle", kind, f"{each.name} {name}: {shown} ms", size))
        y += 26
    for tick in across.ticks:
        parts.insert(0, line(across.at(tick), 8, across.at(tick), y + 4, "grid"))
        parts.append(text(across.at(tick), y + 15, f"{tick:g}", "tick", "middle"))
    note = "ms of a text, p50 / p90 / p99"
    parts.append(text(WIDTH / 2, y + 29, f"{note}, log scale" if across.log else note, "label", "middle"))
    return picture(f"Spread of latency, {group.model}", y + 36, parts)


def tokens_plot(tokens: Sequence[int]) -> str:
    """The number of texts by length."""
    if not tokens:
        return ""
    width = max(1, -(-max(tokens) // 24))
    counts = [sum(low <= each < low + width for each in tokens) for low in range(0, max(tokens) + 1, width)]
    across, up = axis_from_zero(len(counts) * width, 42, WIDTH - 10), axis_from_zero(max(counts), 110, 26)
    parts = grid(across, up, "tokens, special ones included", "texts")
    for number, count in enumerate(counts):
        low, high = number * width, (number + 1) * width
        left, top = across.at(low), up.at(count)
        tip = f"{low} to {high - 1} tokens: {count} texts"
        parts.append(box(left, top, across.at(high) - left - 0.6, up.start - top, "bar plain", tip))
    return picture("Lengths of the texts", 144, parts)
