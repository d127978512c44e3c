"""Writes README.md's section about performance from records, so that no figure in it is typed.

    python benchmarks/readme_section.py [RECORDS...] [--readme README.md] [--check]

What stands between the two markers is replaced. Without RECORDS those of benchmarks/results are read. With
--check nothing is written; the exit code is 1 where README.md is not what the records give.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from litebert.bench import tables
from litebert.bench.cells import NONE, Row, Table, megabytes, ms
from litebert.bench.collect import summarize
from litebert.bench.facts import length_text
from litebert.bench.headline import best_early, headline
from litebert.bench.markdown import markdown_table, plain
from litebert.bench.record_file import read_records
from litebert.bench.records import Record
from litebert.bench.summary import Group, Summary, group_name
from litebert.cli import guarded
from litebert.errors import InputError
from litebert.visible import escape_output
from litebert.whole_file import write_whole

ROOT = Path(__file__).resolve().parents[1]
BEGIN = "<!-- performance: made by benchmarks/readme_section.py from benchmarks/results -->"
END = "<!-- end of performance -->"


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks the section; returns the exit code."""
    escape_output()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", nargs="*", type=Path, metavar="RECORDS")
    parser.add_argument("--readme", type=Path, default=ROOT / "README.md")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where it differs")
    options = parser.parse_args(arguments)
    return guarded(lambda: _write(options.records, options.readme, options.check))


def _write(paths: Sequence[Path], readme: Path, check: bool) -> int:
    paths = paths or sorted((ROOT / "benchmarks" / "results").glob("*.jsonl"))
    if not paths:
        raise InputError("benchmarks/results: no records (*.jsonl); first run make benchmark, or name a file")
    records = [record for path in paths for record in read_records(path)]
    try:
        old = readme.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{readme}: cannot be read ({error}); expected Markdown in UTF-8") from error
    new = replaced(old, section(records), str(readme))
    if not check:
        write_whole(readme, new)
    elif new != old:
        raise InputError(f"{readme}: not the performance of the records; run benchmarks/readme_section.py")
    return 0


def replaced(text: str, content: str, place: str) -> str:
    """A text with other content between the markers.

    Raises:
        InputError: the markers are not there once each, in order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end or BEGIN in rest or END in before + after:
        raise InputError(f"{place}: expected one line {BEGIN!r} and after it one line {END!r}")
    return f"{before}{BEGIN}\n{content}\n{END}{after}"


def section(records: Sequence[Record]) -> str:
    """The section: what was measured how, and a table per model.

    Raises:
        InputError: the records hold nothing that could be shown.
    """
    summary = summarize(records)
    groups = [group for group in summary.groups if group.ways]
    if not groups:
        raise InputError("the records hold no latency; expected those of a whole benchmark")
    return "\n\n".join([_method(summary, groups[0]), *(_model(summary, group) for group in groups)])


def _method(summary: Summary, group: Group) -> str:
    run = group.run
    machine = run.cpu.get("model") or run.cpu.get("architecture") or run.platform
    known = run.cpu.get("features")
    features = ", ".join(name for name, has in known.items() if has) if isinstance(known, dict) else ""
    where = f"{machine} with {features}" if features else machine
    way = tables.main_table(group).caption.lower()
    said = (
        f"{run.texts}: {length_text(run.tokens)}. {where}; {way}. All take turns in one run; a share is "
        "that of the summed times from token ids to logits, round by round; its spread holds 95 % of "
        "further rounds. Exact int8 sums are compared with exact ones, default with default, float with "
        "either. Memory is above a bare interpreter; a cold start is a fresh process."
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
    shown = Table(whole.caption, whole.header, (*rows, *early), whole.note)
    return f"### {plain(group_name(summary, group))}\n\n{plain(headline(group))}\n\n{markdown_table(shown)}"


def _early_row(group: Group, whole: Table) -> list[Row]:
    """The line of the fastest setting that leaves early; its memory and cold start were not measured."""
    found = best_early(group)
    if found is None:
        return []
    each, speed = found
    quality = tables.quality_cells(group, each, speed.quality)
    measured = {
        "": f"{each.name}, {tables.way_name(group, speed)}",
        "p50 ms": ms(speed.model.p50_ms),
        tables.share_of(group): tables.ratio_cell(group, each, speed),
        **dict(zip(tables.quality_header(group), quality, strict=True)),
        "files MB": megabytes(each.size_bytes),
        "int8 sums": each.subject.arithmetic,
    }
    return [Row(tuple(measured.get(name, NONE) for name in whole.header), None, True)]


if __name__ == "__main__":
    sys.exit(main())
