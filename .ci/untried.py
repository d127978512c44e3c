"""Prints the files of which tests tried less than a bound, with the lines and branches that are left.

Usage: python .ci/untried.py PERCENT <report.json
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Reads a report of coverage from stdin."""
    bound = float(sys.argv[1])
    report = json.load(sys.stdin)
    print(f"tried {report['totals']['percent_covered']:.1f}% of all; files below {bound:g}%:")
    for path, file in sorted(report["files"].items(), key=lambda each: each[1]["summary"]["percent_covered"]):
        share = file["summary"]["percent_covered"]
        if share < bound:
            branches = [f"{start}->{end}" for start, end in file["missing_branches"]]
            left = ", ".join([*map(str, file["missing_lines"]), *branches])
            print(f"{share:5.1f}%  {path}: {left:.400}")


main()
