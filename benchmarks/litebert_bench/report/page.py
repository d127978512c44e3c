"""Records as one HTML page in one file: no script, no network, light and dark."""

from __future__ import annotations

from collections.abc import Iterable

from litebert.tools.svg import escaped, mark
from litebert.tools.svg_style import HUES
from litebert_bench.measure.records import Record, Run
from litebert_bench.report import details, plots, tables
from litebert_bench.report.cells import NONE, ReportRow, ReportTable
from litebert_bench.report.collect import summarize
from litebert_bench.report.headline import headline
from litebert_bench.report.run_facts import METHOD, conditions_table, length_text, run_table
from litebert_bench.report.style import CSS
from litebert_bench.report.summary import Group, Summary, group_name, run_name

_PLOTS = (
    ("Answers against time", plots.quality_plot),
    ("Time against length", plots.length_plot),
    ("Spread of latency", plots.spread_plot),
    ("Files and memory", plots.footprint_plot),
    ("Cold start", plots.cold_plot),
    ("Where texts leave", plots.exits_plot),
    ("Matrix products", plots.reach_plot),
)


def page(records: Iterable[Record]) -> str:
    """The page.

    Raises:
        InputError: as in collect.summarize.
    """
    summary = summarize(records)
    engines = dict.fromkeys(plots.engine_name(each) for group in summary.groups for each in group.subjects)
    hues = {name: number % HUES for number, name in enumerate(engines)}
    models = ", ".join(dict.fromkeys(group.model for group in summary.groups))
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>LiteBERT benchmark: {escaped(models)}</title>",
            f"<style>{CSS}</style>",
            "</head>\n<body>",
            _head(summary),
            *(_group(summary, number, group, hues) for number, group in enumerate(summary.groups)),
            *_instructions(summary),
            "<section>\n<h2>Runs</h2>",
            *(_run(summary, run) for run in summary.runs),
            "</section>\n<section>\n<h2>How to read it</h2>",
            *(f"<p>{escaped(said)}</p>" for said in METHOD),
            "</section>\n</body>\n</html>\n",
        )
    )


def _head(summary: Summary) -> str:
    run = summary.runs[0]
    links = "".join(
        f'<a href="#model-{number}">{escaped(group_name(summary, group))}</a> '
        for number, group in enumerate(summary.groups)
    )
    about = f"{run.cpu.get('model') or run.platform}, {run.device}, {run.started}. {length_text(run.tokens)}."
    return f"<header>\n<h1>LiteBERT benchmark</h1>\n<p>{escaped(about)}</p>\n<nav>{links}</nav>\n</header>"


def _group(summary: Summary, number: int, group: Group, hues: plots.Hues) -> str:
    figures = [
        f"<figure>\n<figcaption>{name}</figcaption>\n{drawn}\n</figure>"
        for name, plot in _PLOTS
        if (drawn := plot(group, hues))
    ]
    opened = len(group.subjects) == 1
    behind = [make(group) for make in (tables.exits_table, *details.DETAILS)]
    return "\n".join(
        (
            f'<section id="model-{number}">\n<h2>{escaped(group_name(summary, group))}</h2>',
            f'<p class="headline">{escaped(headline(group))}</p>',
            _table(tables.main_table(group)),
            _legend(group, hues) if figures else "",
            '<div class="figures">',
            *figures,
            "</div>",
            *(_details(each.caption, _table(each), opened) for each in behind if each.rows),
            "</section>",
        )
    )


def _legend(group: Group, hues: plots.Hues) -> str:
    """The legend: the number and the mark of each subject."""
    items = []
    for number, each in tables.ranked(group):
        if each.subject.problem is not None:
            continue
        shape = plots.SHAPES.get(each.subject.arithmetic, "circle")
        drawn = mark(6, 6, shape, plots.mark_class(each, hues), each.subject.arithmetic)
        key = f'<svg viewBox="0 0 12 12" aria-hidden="true">{drawn}</svg>'
        items.append(f"<li>{key}{number} {escaped(each.name)}</li>")
    said = (
        "Colour is the engine; filled is LiteBERT; circles are float, squares exact int8 sums, triangles the "
        "engine's default ones. Small dots on a curve are settings for leaving early."
    )
    return f'<ul class="legend">{"".join(items)}</ul>\n<p class="note">{said}</p>'


def _details(name: str, content: str, opened: bool) -> str:
    state = " open" if opened else ""
    return f"<details{state}>\n<summary>{escaped(name)}</summary>\n{content}\n</details>"


def _table(found: ReportTable) -> str:
    head = "".join(f'<th scope="col">{escaped(each)}</th>' for each in found.header)
    note = f'<p class="note">{escaped(found.note)}</p>' if found.note else ""
    before = (None, *(each.number for each in found.rows))
    body = "\n".join(
        _row(each, len(found.header), each.number is not None and each.number == last)
        for each, last in zip(found.rows, before, strict=False)
    )
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escaped(found.caption)}"><table>\n'
        f"<caption>{escaped(found.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n"
        f"</tbody></table></div>{note}"
    )


def _row(row: ReportRow, columns: int, again: bool) -> str:
    """A line of a table; where the line before is about the same subject, the number alone is shown."""
    name = escaped(row.cells[0])
    name = f'<span class="again">{name}</span>' if again else name
    number = "" if row.number is None else f'<span class="number">{row.number}</span>'
    kind = ' class="ours"' if row.ours else ""
    spare = columns - len(row.cells)
    cells = [f"<td>{escaped(each) if each != NONE else '<span>–</span>'}</td>" for each in row.cells[1:]]
    if spare and cells:
        cells[-1] = f'<td colspan="{spare + 1}" class="reason"><span>{escaped(row.cells[-1])}</span></td>'
    return f'<tr{kind}><th scope="row">{number}{name}</th>{"".join(cells)}</tr>'


def _instructions(summary: Summary) -> list[str]:
    if not summary.instructions:
        return []
    found = details.instructions_table(summary.instructions)
    return [f"<section>\n<h2>Emulated ARM</h2>\n{_table(found)}\n</section>"]


def _run(summary: Summary, run: Run) -> str:
    """The facts about a run, unfolded where it is the first."""
    conditions = conditions_table(summary, run)
    drawn = plots.tokens_plot(run.tokens)
    content = "\n".join(
        (
            f'<div class="facts">{_table(run_table(run))}</div>',
            f'<div class="facts">{_table(conditions)}</div>' if conditions.rows else "",
            '<div class="figures">',
            f"<figure>\n<figcaption>Lengths of the texts</figcaption>\n{drawn}\n</figure>" if drawn else "",
            "</div>",
        )
    )
    return _details(run_name(summary, run), content, run is summary.runs[0])
