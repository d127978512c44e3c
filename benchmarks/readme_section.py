"""Writes the figures of README.md and docs/benchmarks.md from records, so that none of them is typed.

    python benchmarks/readme_section.py [RECORDS...] [--readme FILE] [--tables FILE] [--check]

The text between the two markers of a file is replaced: in README.md by a few rows about the first model, in
docs/benchmarks.md by a table per model. Without RECORDS those of benchmarks/results are read. With --check
nothing is written; the exit code is 1 where a file has other figures than the records.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from litebert.errors import InputError
from litebert.tools.command_line import guarded
from litebert.tools.whole_file import write_whole
from litebert.visible import escape_output
from litebert_bench.record_file import read_records
from litebert_bench.report import tables
from litebert_bench.report.cells import NONE, ReportRow, ReportTable, megabytes, ms, way_text
from litebert_bench.report.collect import summarize
from litebert_bench.report.headline import best_early, best_other, best_whole, headline
from litebert_bench.report.markdown import markdown_table, plain
from litebert_bench.report.run_facts import length_text
from litebert_bench.report.summary import Group, Summary, group_name

ROOT = Path(__file__).resolve().parents[1]
BEGIN = "<!-- performance: made by benchmarks/readme_section.py from benchmarks/results -->"
END = "<!-- end of performance -->"


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks the figures; returns the exit code."""
    escape_output()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", nargs="*", type=Path, metavar="RECORDS")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    parser.add_argument("--tables", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where one differs")
    options = parser.parse_args(arguments)
    return guarded(lambda: _write(options.records, options.readme, options.tables, options.check))


def _write(paths: Sequence[Path], readme: Path, page: Path, check: bool) -> int:
    paths = paths or sorted((ROOT / "benchmarks" / "results").glob("*.jsonl"))
    if not paths:
        raise InputError("benchmarks/results: no records (*.jsonl); first run make benchmark, or name a file")
    summary = summarize(record for path in paths for record in read_records(path))
    groups = [group for group in summary.groups if group.ways]
    if not groups:
        raise InputError("the records hold no latency; expected those of a whole benchmark")
    old = {path: _read(path) for path in (readme, page)}
    contents = {readme: few(groups[0]), page: section(summary, groups)}
    new = {path: replaced(old[path], content, str(path)) for path, content in contents.items()}
    for path in (path for path in new if new[path] != old[path]):
        if check:
            raise InputError(f"{path}: not the figures of the records; run benchmarks/readme_section.py")
        write_whole(path, new[path])
    return 0


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); expected Markdown in UTF-8") from error


def replaced(text: str, content: str, place: str) -> str:
    """A text with other content between the markers.

    Raises:
        InputError: one of the markers is missing, or twice there, or they are in the wrong order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in before + after:
        raise InputError(f"{place}: expected one line {BEGIN!r} and after it one line {END!r}")
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def few(group: Group) -> str:
    """README's figures: the texts and the machine, and a row for each subject that a newcomer compares."""
    whole, names = tables.main_table(group), ("int8 sums", "agreement")
    bests = {found[0].name for found in (best_whole(group), best_other(group)) if found is not None}
    if group.baseline is not None:
        bests.add(group.baseline.name)
    rows = [row for row in whole.rows if row.cells[0] in bests or "reference" in row.cells]
    kept = [at for at, name in enumerate(whole.header) if name not in names]
    cut = [
        ReportRow(tuple(row.cells[at] for at in kept), None, row.ours)
        for row in (*rows, *_early_row(group, whole))
    ]
    table = ReportTable(whole.caption, tuple(whole.header[at] for at in kept), tuple(cut))
    way = way_text(*group.ways[0])
    place = f"{len(group.run.tokens)} texts of {group.run.texts}; {way}; {_machine(group)}."
    return f"{plain(place)}\n\n{markdown_table(table)}"


def section(summary: Summary, groups: Sequence[Group]) -> str:
    """The page's figures: texts, machine and method, and a table per model."""
    return "\n\n".join([_method(summary, groups[0]), *(_model(summary, group) for group in groups)])


def _machine(group: Group) -> str:
    run = group.run
    machine = run.cpu.get("model") or run.cpu.get("architecture") or run.platform
    known = run.cpu.get("features")
    features = ", ".join(name for name, has in known.items() if has) if isinstance(known, dict) else ""
    return f"{machine} with {features}" if features else machine


def _method(summary: Summary, group: Group) -> str:
    way = tables.main_table(group).caption.lower()
    place = f"{group.run.texts}: {length_text(group.run.tokens)}. {_machine(group)}; {way}"
    said = (
        f"{place}. All rows took turns in one run. A share is of the time from token ids to logits, summed "
        "over the texts of a round; the brackets hold 95 % of further rounds. A row with exact int8 sums is "
        "compared with such rows only, and so is one with the engine's default sums; float rows are compared "
        "with both. Memory is above a bare interpreter. A cold start is that of a fresh process."
    )
    failed = sum(each.subject.problem is not None for one in summary.groups for each in one.subjects)
    return plain(f"{said} {failed} cells could not be measured; the rows say why." if failed else said)


def _model(summary: Summary, group: Group) -> str:
    """Our fastest by engine and recipe, the fastest setting that leaves early, and every peer."""
    best: dict[tuple[str, str], int] = {}
    for number, each in tables.ranked(group):
        if each.ours and each.subject.problem is None:
            best.setdefault((each.subject.engine, each.subject.recipe), number)
    whole = tables.main_table(group)
    rows = [row for row in whole.rows if not row.ours or row.number in best.values() or len(row.cells) == 2]
    early = _early_row(group, whole)
    shown = ReportTable(whole.caption, whole.header, (*rows, *early), whole.note)
    return f"### {plain(group_name(summary, group))}\n\n{plain(headline(group))}\n\n{markdown_table(shown)}"


def _early_row(group: Group, whole: ReportTable) -> list[ReportRow]:
    """The line of the fastest setting that leaves early; its memory and cold start were not measured."""
    found = best_early(group)
    if found is None:
        return []
    each, pace = found
    quality = tables.quality_cells(group, each, pace.quality)
    measured = {
        "": f"{each.name}, {tables.way_name(group, pace)}",
        "p50 ms": ms(pace.model.p50_ms),
        tables.share_of(group): tables.ratio_cell(group, each, pace),
        **dict(zip(tables.quality_header(group), quality, strict=True)),
        "files MB": megabytes(each.size_bytes),
        "int8 sums": each.subject.arithmetic,
    }
    return [ReportRow(tuple(measured.get(name, NONE) for name in whole.header), None, True)]


if __name__ == "__main__":
    sys.exit(main())
