"""Agreement of two runs of a benchmark: cell by cell, whether the second is within the spread of the first.

    python benchmarks/compare.py FIRST.jsonl SECOND.jsonl

A cell is the share of the baseline's time that a subject takes in one way (model, threads, batch, setting).
A spread holds 95 % of further rounds (litebert_bench.report.ratios). The cells of a model share their
baseline and the state of the machine, so they go astray together: twice the 5 % are allowed. Prints the cells
that do not agree and the share of those that do; the exit code is 1 where it is below 90 %.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TypeAlias

from litebert.errors import InputError
from litebert.tools.command_line import guarded
from litebert.visible import escape_output, show
from litebert_bench.record_file import read_records
from litebert_bench.report.cells import ratio_text, way_text
from litebert_bench.report.collect import summarize
from litebert_bench.report.ratios import Ratio

ENOUGH = 0.9

Cells: TypeAlias = dict[str, Ratio]


def main(arguments: list[str] | None = None) -> int:
    """Prints the cells that differ; returns the exit code."""
    escape_output()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    options = parser.parse_args(arguments)
    return guarded(lambda: _compare(options.first, options.second))


def _compare(first_path: Path, second_path: Path) -> int:
    first, second = _cells(first_path), _cells(second_path)
    for name in sorted(first.keys() ^ second.keys()):
        show(f"{name}: only in {first_path if name in first else second_path}")
    unknown = [name for name, cell in first.items() if cell.low is None]
    shared = [name for name in first if name in second and name not in unknown]
    if not shared:
        raise InputError(
            f"{first_path} and {second_path}: no cell with a spread is in both; expected two runs of the "
            "same subjects with three rounds or more"
        )
    if unknown:
        print(f"{len(unknown)} cells of too few rounds have no spread and are not compared")
    apart = [name for name in shared if not first[name].contains(second[name].value)]
    for name in apart:
        show(f"{name}: {ratio_text(first[name])}, then {ratio_text(second[name])}")
    share = 1 - len(apart) / len(shared)
    print(f"{len(shared) - len(apart)} of {len(shared)} cells agree: {share:.1%}; expected {ENOUGH:.0%}")
    return 0 if share >= ENOUGH else 1


def _cells(path: Path) -> Cells:
    """The ratios of a file by model, subject and way; the baseline's own, always 1, is left out.

    Raises:
        InputError: the file cannot be read, or holds a cell twice.
    """
    found: Cells = {}
    for group in summarize(read_records(path)).groups:
        for each in group.subjects:
            for pace in each.paces:
                ratio = group.ratio(each, pace)
                if ratio is None or (each is group.baseline and not pace.setting):
                    continue
                way = ", ".join(filter(None, (way_text(pace.threads, pace.batch), pace.setting)))
                name = f"{group.model}, {each.name}, {way}"
                if name in found:
                    raise InputError(f"{path}: {name} is there in two runs; expected a file of one")
                found[name] = ratio
    return found


if __name__ == "__main__":
    sys.exit(main())
