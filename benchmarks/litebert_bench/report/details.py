"""The tables of details behind a model's main ones: percentiles, lengths, sizes, shares of the time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from litebert.targets import UNQUANTIZED_NAME, precision
from litebert_bench.measure.records import Instructions
from litebert_bench.report.cells import (
    NONE,
    ReportRow,
    ReportTable,
    megabytes,
    metric_text,
    ms,
    percent,
    row,
    table,
    threads_text,
    way_text,
)
from litebert_bench.report.summary import Group, Times
from litebert_bench.report.tables import quality_cells, quality_header, ranked, ratio_cell, share_of


def ways_table(group: Group) -> ReportTable:
    """Full depth with other threads and batches."""
    header = ("", "way", "ms per text", share_of(group), *quality_header(group))
    rows = [
        row(
            numbered,
            way_text(pace.threads, pace.batch),
            ms(pace.text_ms),
            ratio_cell(group, numbered[1], pace),
            *quality_cells(group, numbered[1], pace.quality),
        )
        for numbered in ranked(group)
        for pace in numbered[1].paces
        if not pace.setting and len(group.ways) > 1
    ]
    note = "ms per text is a mean; the baseline has the same threads and batch. Answers are those of batch 1."
    return table("Threads and batches, full depth", header, rows, note)


def latency_table(group: Group) -> ReportTable:
    """Tokenizing, model and total apart, in percentiles."""
    header = (
        "",
        "way",
        "tokens p50",
        "model p50",
        "p90",
        "p99",
        "mean",
        "total p50",
        "p90",
        "p99",
        "mean",
        "CPU",
        *quality_header(group),
    )
    rows = [
        row(
            numbered,
            ", ".join(filter(None, (pace.setting, way_text(pace.threads, pace.batch)))),
            ms(pace.tokenize.p50_ms if pace.tokenize else None),
            *_times(pace.model),
            *_times(pace.total),
            NONE if pace.cpu_share is None else f"{pace.cpu_share:.2f}",
            *quality_cells(group, numbered[1], pace.quality),
        )
        for numbered in ranked(group)
        for pace in numbered[1].paces
    ]
    note = "Milliseconds of a call: text to tokens, tokens to logits (model), text to answer (total). CPU is"
    return table("Latency", header, rows, f"{note} the CPU time of all threads over wall time.")


def engines_table(group: Group) -> ReportTable:
    """Each subject's engine with its version, recipe, layout and int8 sums."""
    rows = [
        row(numbered, one.engine or NONE, precision(one.recipe), one.layout or NONE, one.arithmetic)
        for numbered in ranked(group)
        if (one := numbered[1].subject).problem is None
    ]
    return table("Engines", ("", "engine", "recipe", "layout", "sums"), rows)


def answers_table(group: Group) -> ReportTable:
    """The quality of the answers at every setting, whether it was timed or not."""
    metrics = list(
        dict.fromkeys(name for each in group.subjects for one in each.qualities for name in one.metrics)
    )
    rows = [
        row(
            numbered,
            quality.setting or "full depth",
            str(quality.examples),
            *(metric_text(name, quality.metrics.get(name)) for name in metrics),
            percent(quality.agreement, 2),
            NONE if quality.max_logit_difference is None else f"{quality.max_logit_difference:.2g}",
        )
        for numbered in ranked(group)
        for quality in numbered[1].qualities
    ]
    header = ("", "setting", "texts", *metrics, "agreement", "largest logit difference")
    return table("Answers", header, rows, "Agreement and logits are against the reference, at batch 1.")


def lengths_table(group: Group) -> ReportTable:
    """The median milliseconds by length."""
    tokens = sorted({at for _, each in ranked(group) for times in each.lengths.values() for at in times})
    rows = [
        row(numbered, str(threads), *(ms(times.get(at)) for at in tokens))
        for numbered in ranked(group)
        for threads, times in numbered[1].lengths.items()
    ]
    header = ("", "threads", *(f"{each} tokens" for each in tokens))
    return table("Milliseconds by length", header, rows, "p50 at full depth, batch 1.")


def footprint_table(group: Group) -> ReportTable:
    """Sizes, memory above the bare interpreter, and the first answer of a fresh process."""
    header = (
        "",
        "files",
        "resident MB",
        "peak MB",
        "anonymous MB",
        "import ms",
        "open ms",
        "first answer ms",
        "process ms",
    )
    rows = []
    for numbered in ranked(group):
        each = numbered[1]
        files = (f"{name} {megabytes(size)} MB" for name, size in sorted(each.subject.files.items()))
        use, cold = each.memory, each.cold
        sizes = (use.rss_bytes, use.peak_bytes, use.anonymous_bytes) if use else (None,) * 3
        times = (cold.import_ms, cold.open_ms, cold.answer_ms, cold.process_ms) if cold else (None,) * 4
        if each.subject.files or use or cold:
            cells = (", ".join(files) or NONE, *map(megabytes, sizes), *map(ms, times))
            rows.append(row(numbered, *cells))
    note = "Medians. Memory is above a bare interpreter; the process holds import, open and first answer."
    return table("Sizes, memory and cold start", header, rows, note)


def segments_table(group: Group) -> ReportTable:
    """The time of each graph in an answer at full depth."""
    rows = []
    for numbered in ranked(group):
        for segments in numbered[1].segments:
            where = f"{segments.tokens} tokens, {threads_text(segments.threads)}"
            medians = [float(np.median(samples)) for samples in segments.model_ms]
            for name, time in zip(segments.segments, medians, strict=True):
                rows.append(row(numbered, where, name, ms(time), _part(time, sum(medians))))
    return table("Segments", ("", "text", "segment", "p50 ms", "share"), rows)


def roofline_table(group: Group) -> ReportTable:
    """The share of a model's time that its matrix products take alone, on the same engine."""
    rows = [
        row(
            numbered,
            f"{reach.tokens} tokens, {threads_text(reach.threads)}",
            f"{reach.gflops:.1f}",
            ms(reach.products_ms),
            ms(reach.model_ms),
            percent(reach.share, 0),
        )
        for numbered in ranked(group)
        for reach in numbered[1].reach
    ]
    header = ("", "text", "GFLOP/s", "products ms", "model ms", "share of the model")
    note = (
        "Products are the engine's own, of the model's shapes, in graphs of nothing else; the model can "
        "hardly be faster. What is missing to 100 % goes elsewhere: see the operators."
    )
    return table("Roofline", header, rows, note)


def operators_table(group: Group) -> ReportTable:
    """The time of a model by kind of operator; or the reason why it is not known."""
    rows = []
    for numbered in ranked(group):
        for profile in numbered[1].operators:
            where = f"{profile.tokens} tokens"
            if profile.problem is not None:
                rows.append(row(numbered, where, f"no profile: {profile.problem}"))
            whole = sum(profile.operator_ms.values())
            for kind, time in sorted(profile.operator_ms.items(), key=lambda item: -item[1]):
                rows.append(row(numbered, where, kind, ms(time), _part(time, whole)))
    note = "By the engine's own profiler, which slows it down."
    return table("Operators", ("", "text", "operator", "mean ms", "share"), rows, note)


def instructions_table(found: Sequence[Instructions]) -> ReportTable:
    """Guest instructions by exit, a column per recipe."""
    recipes = sorted({each.recipe for each in found}, key=lambda recipe: (recipe != UNQUANTIZED_NAME, recipe))
    lines: dict[tuple[str, str, int, int], dict[str, int]] = {}
    for each in found:
        line = lines.setdefault((each.cpu, each.engine, each.tokens, each.exit_layer), {})
        line[each.recipe] = each.instructions
    rows = [
        ReportRow(
            (cpu, engine, str(tokens), str(layer), *(_millions(line.get(recipe)) for recipe in recipes))
        )
        for (cpu, engine, tokens, layer), line in sorted(lines.items())
    ]
    header = (
        "emulated CPU",
        "engine",
        "tokens",
        "exit layer",
        *(f"{precision(each)}, million" for each in recipes),
    )
    note = (
        "Instructions, not times: an emulator counts them and knows neither clock nor cache of these CPUs. "
        "Layers count from 0."
    )
    return table("Guest instructions", header, rows, note)


def _times(times: Times | None) -> tuple[str, ...]:
    if times is None:
        return (NONE,) * 4
    return tuple(ms(each) for each in (times.p50_ms, times.p90_ms, times.p99_ms, times.mean_ms))


def _part(part: float, whole: float) -> str:
    return percent(part / whole) if whole else NONE


def _millions(count: int | None) -> str:
    return NONE if count is None else f"{count / 1e6:,.1f}"


DETAILS = (
    engines_table,
    answers_table,
    latency_table,
    ways_table,
    lengths_table,
    footprint_table,
    segments_table,
    roofline_table,
    operators_table,
)
