"""The facts about a run: machine, conditions before and after, versions, texts."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from litebert_bench.measure.records import Conditions, Run
from litebert_bench.report.cells import NONE, ReportRow, ReportTable
from litebert_bench.report.summary import Summary

METHOD = (
    "All subjects of a run answer the same texts in turn, so that a machine that slows down slows them all. "
    "A share is that of summed model times (from token ids to logits), round by round; given are the median "
    "over the rounds and the spread in which 95 % of further rounds are to be expected.",
    "Warm-up is not counted. p50, p90 and p99 are percentiles over all texts of all rounds, each text at its "
    "own length unless a note says otherwise.",
    "int8 sums are exact, or the engine's default, which may saturate on some x86 processors. Exact is "
    "compared with exact and default with default; float with either.",
    "Agreement is the share of texts that get the same answer as from the reference, at batch 1.",
    "Memory is what a process that answered all texts takes above a bare interpreter; MB are millions of "
    "bytes. Cold start is the time from starting Python to the first answer, of a fresh process; the files "
    "may be in the system's cache.",
)


def run_table(run: Run) -> ReportTable:
    """The facts about a run: machine, program, versions, texts, options."""
    rows = {
        "started": run.started,
        "program": run.program,
        "device": run.device,
        "system": run.platform,
        "CPU": _said(run.cpu),
        "cores": _said(run.cores),
        "packages": _said(run.packages),
        "texts": f"{run.texts}, {'labelled' if run.labelled else 'unlabelled'}: {length_text(run.tokens)}",
        "options": _said(run.options),
    }
    cells = tuple(ReportRow((name, value)) for name, value in rows.items() if value)
    return ReportTable("Machine and texts", ("", ""), cells)


def length_text(tokens: list[int]) -> str:
    """The number of texts, and their lengths."""
    if not tokens:
        return "no texts"
    low, middle, high = np.percentile(tokens, (10, 50, 90))
    spread = f"median {middle:.0f} tokens, 10 % below {low:.0f}, 10 % above {high:.0f}"
    return f"{len(tokens)} texts, {spread}, {min(tokens)} to {max(tokens)}"


def conditions_table(summary: Summary, run: Run) -> ReportTable:
    """The machine's measurements before and after; empty where it gave none."""
    found = [each for each in summary.conditions if each.run == run.run]
    names = dict.fromkeys(name for each in found for name in _conditions(each))
    rows = tuple(
        ReportRow((name, *(_conditions(each).get(name, NONE) for each in found)))
        for name in names
        if any(_conditions(each)[name] != NONE for each in found if name in _conditions(each))
    )
    return ReportTable("Conditions", ("", *(each.when for each in found)), rows)


def _conditions(found: Conditions) -> dict[str, str]:
    mhz = [f"{each:.0f}" for each in (min(found.mhz), max(found.mhz))] if found.mhz else []
    return {
        "governor": found.governor or NONE,
        "MHz": " to ".join(dict.fromkeys(mhz)) or NONE,
        **{f"{name}, °C": f"{value:.1f}" for name, value in found.celsius.items()},
        "load": NONE if found.load is None else f"{found.load:.2f}",
        "battery": _said(found.battery or {}) or NONE,
    }


def _said(values: dict[str, Any]) -> str:
    """Names and values in one line."""
    return ", ".join(f"{name.replace('_', ' ')} {_value(value)}" for name, value in values.items())


def _value(value: Any) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case dict():
            return f"({_said(value)})"
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)
