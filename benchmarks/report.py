"""Makes the report of a benchmark: one HTML page that stands alone, and the same tables as Markdown.

    python benchmarks/report.py RECORDS... -o FOLDER

The records are files that `litebert bench --json` or benchmarks/benchmark.py wrote; FOLDER gets report.html
and report.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from litebert.tools.cli import guarded
from litebert.tools.whole_file import write_whole
from litebert.visible import escape_output, show
from litebert_bench.measure.record_file import read_records
from litebert_bench.report.markdown import markdown
from litebert_bench.report.page import page


def main(arguments: list[str] | None = None) -> int:
    """Writes both files and says where; returns the exit code."""
    escape_output()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", nargs="+", type=Path, metavar="RECORDS")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    return guarded(lambda: _report(options.records, options.out))


def _report(paths: list[Path], folder: Path) -> int:
    records = [record for path in paths for record in read_records(path)]
    files = {"report.html": page(records), "report.md": markdown(records)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_whole(folder / name, content)
        show(str(folder / name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
