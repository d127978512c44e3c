"""Records as Markdown: the tables of the page, without its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable

from litebert.visible import visible
from litebert_bench.measure.records import Record
from litebert_bench.report import details, tables
from litebert_bench.report.cells import ReportTable
from litebert_bench.report.collect import summarize
from litebert_bench.report.headline import headline
from litebert_bench.report.run_facts import METHOD, conditions_table, run_table
from litebert_bench.report.summary import group_name, run_name

_TABLES = (tables.main_table, tables.exits_table, *details.DETAILS)


def markdown(records: Iterable[Record]) -> str:
    """The report in Markdown.

    Raises:
        InputError: as in collect.summarize.
    """
    summary = summarize(records)
    parts = ["# LiteBERT benchmark"]
    for group in summary.groups:
        parts += [f"## {plain(group_name(summary, group))}", plain(headline(group))]
        found = [make(group) for make in _TABLES]
        parts += [f"### {each.caption}\n\n{markdown_table(each)}" for each in found if each.rows]
    if summary.instructions:
        counted = details.instructions_table(summary.instructions)
        parts.append(f"## Emulated ARM\n\n{markdown_table(counted)}")
    for run in summary.runs:
        parts.append(f"## Run: {plain(run_name(summary, run))}\n\n{markdown_table(run_table(run))}")
        conditions = conditions_table(summary, run)
        if conditions.rows:
            parts.append(markdown_table(conditions))
    parts.append("## How to read it\n\n" + "\n\n".join(METHOD))
    return "\n\n".join(parts) + "\n"


def markdown_table(table: ReportTable) -> str:
    """A table with its note below; cells that span others leave these empty."""
    columns = len(table.header)
    lines = [tuple(map(plain, table.header)), ("---",) * columns]
    for row in table.rows:
        name, *cells = row.cells
        label = f"**{plain(name)}**" if row.ours else plain(name)
        lines.append((label, *map(plain, cells), *("",) * (columns - len(row.cells))))
    note = f"\n\n{plain(table.note)}" if table.note else ""
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + note


def plain(text: str) -> str:
    """Text on one line, with the escapes that make Markdown show it literally."""
    escaped = re.sub(r"([\\`*\[\]|#])", r"\\\1", visible(" ".join(text.split())))
    return escaped.replace("&", "&amp;").replace("<", "&lt;")
