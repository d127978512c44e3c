"""Measures an artifact by a plan: `python -m litebert_bench.measure ARTIFACT PLAN`.

`plan.plan_json` writes PLAN. Each line on stdout is JSON: {"progress": [share, phase]}, {"said": line},
{"problem": message}, and at the end the records.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

from litebert.artifact import open_artifact
from litebert.errors import LiteBertError
from litebert_bench.measure.bench import bench
from litebert_bench.measure.plan import parse_plan
from litebert_bench.measure.record_line import to_line
from litebert_bench.measure.watch import Watch


def main(artifact: str, plan: str) -> int:
    """Measures; returns the exit code, 1 where it failed for a reason that it reports."""
    told = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # an engine's own lines are none of ours

    def tell(kind: str, value: Any) -> None:
        told.write(f"{json.dumps({kind: value})}\n")
        told.flush()

    def warn(message: Warning | str) -> None:
        tell("said", f"warning: {message}")

    watch = Watch(
        progress=lambda done, phase: tell("progress", [done, phase]),
        said=lambda line: tell("said", line),
        child=lambda process: process,  # whoever stops this program stops its group
    )
    warnings.showwarning = lambda message, *_: warn(message)
    try:
        records = [*bench(open_artifact(artifact), parse_plan(Path(plan).read_text(encoding="utf-8")), watch)]
    except LiteBertError as error:
        tell("problem", str(error))
        return 1
    told.writelines(f"{to_line(record)}\n" for record in records)
    told.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
