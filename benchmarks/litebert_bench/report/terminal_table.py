"""A benchmark as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from litebert.tools.aligned import aligned
from litebert.tools.few_texts import few_values, little_proof
from litebert_bench.measure.records import Conditions, Record
from litebert_bench.report.collect import summarize
from litebert_bench.report.summary import Group, Measured, Pace


def table_lines(records: Sequence[Record]) -> list[str]:
    """The summary of records, line by line."""
    summary = summarize(records)
    lines: list[str] = []
    for group in summary.groups:
        lines += [*_group_lines(group), ""]
    return [*lines, *(_condition_line(each) for each in summary.conditions)]


def _group_lines(group: Group) -> Iterator[str]:
    run = group.run
    low, middle, high = np.percentile(run.tokens, [0, 50, 100]) if run.tokens else (0, 0, 0)
    yield (
        f"{group.model} on {run.device}: {len(run.tokens)} texts ({run.texts}) of {low:.0f} to {high:.0f} "
        f"tokens, median {middle:.0f}; milliseconds per call"
    )
    yield ""
    yield from aligned([_HEADER, *(_row(one, each) for one in group.subjects for each in one.paces)])
    yield ""
    if little := _little_proof(group):
        yield little
        yield ""
    yield from aligned(
        [
            ("", "files MB", "first answer", "import", "open", "answer", "memory MB", "peak", "anonymous"),
            *(_process_row(one) for one in group.subjects),
        ]
    )
    for one in group.subjects:
        for each in one.segments:
            times = [float(np.median(samples)) for samples in each.model_ms]
            shares = "  ".join(f"{name} {time:.3f}" for name, time in zip(each.segments, times, strict=True))
            yield ""
            yield f"{one.name}, {each.tokens} tokens, graph by graph: {shares}"


def _little_proof(group: Group) -> str | None:
    """The warning that the texts prove little about the quality; None where they are enough."""
    qualities = [each for one in group.subjects for each in one.qualities]
    accuracies = [each.metrics["accuracy"] for each in qualities if "accuracy" in each.metrics]
    texts = min((each.examples for each in qualities), default=0)
    if any("mean_absolute_error" in each.metrics for each in qualities):
        return few_values(texts)
    return little_proof(texts, next(iter(accuracies), None)) if texts else None


_HEADER = (
    *("", "threads", "batch", "leaving", "tokenize", "model p50", "p90", "p99", "mean", "total p50"),
    *("quality", "agreement", "answers by layer"),
)


def _row(one: Measured, pace: Pace) -> tuple[str, ...]:
    quality = pace.quality
    metric = next(iter(quality.metrics.items()), None) if quality else None
    agreement = quality.agreement if quality else None
    return (
        one.name,
        str(pace.threads),
        str(pace.batch),
        pace.setting or "full depth",
        f"{pace.tokenize.p50_ms:.2f}" if pace.tokenize else "",
        *(f"{each:.2f}" for each in (pace.model.p50_ms, pace.model.p90_ms, pace.model.p99_ms)),
        f"{pace.model.mean_ms:.2f}",
        f"{pace.total.p50_ms:.2f}" if pace.total else "",
        f"{metric[0]} {metric[1]:.4f}" if metric else "no labels",
        "reference" if agreement is None else f"{agreement:.2%}",
        " ".join(f"{layer}:{count}" for layer, count in sorted(pace.exits.items())),
    )


def _process_row(one: Measured) -> tuple[str, ...]:
    cold, memory = one.cold, one.memory
    times = (cold.process_ms, cold.import_ms, cold.open_ms, cold.answer_ms) if cold else ()
    sizes = (memory.rss_bytes, memory.peak_bytes, memory.anonymous_bytes) if memory else ()
    return (
        one.name,
        f"{one.size_bytes / 1e6:.1f}",
        *([f"{each:.0f}" for each in times] or ["unknown"] * 4),
        *(["unknown" if each is None else f"{each / 1e6:.1f}" for each in sizes] or ["unknown"] * 3),
    )


def _condition_line(found: Conditions) -> str:
    facts = [
        "" if found.governor is None else f"governor {found.governor}",
        f"{min(found.mhz):.0f} to {max(found.mhz):.0f} MHz" if found.mhz else "",
        *(f"{name} {degrees:.0f} °C" for name, degrees in found.celsius.items()),
        "" if found.load is None else f"load {found.load:.2f}",
    ]
    return f"{found.when}: {', '.join(filter(None, facts)) or 'the system shows no clock or temperature'}"
