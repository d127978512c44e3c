"""Stands in for `litebert bench` on a device: it says what it was asked, in records, and fails on request."""

import json
import os
import sys
import time
from pathlib import Path

ARGUMENTS = sys.argv[2:]
OUT = Path(ARGUMENTS[ARGUMENTS.index("--json") + 1])
TEXTS = Path(ARGUMENTS[ARGUMENTS.index("--texts") + 1]) if "--texts" in ARGUMENTS else None

RUN = {
    "record": "run",
    "format_version": 1,
    "run": "stand-in",
    "started": "2026-01-01T00:00:00Z",
    "program": "litebert bench",
    "device": "local",
    "platform": "stand-in",
    "cpu": {},
    "cores": {"usable": sorted(os.sched_getaffinity(0))},
    "packages": {},
    "texts": TEXTS.name if TEXTS else "built-in",
    "labelled": False,
    "tokens": [],
    "options": {
        "arguments": ARGUMENTS,
        "artifact": sorted(
            path.relative_to(ARGUMENTS[0]).as_posix() for path in Path(ARGUMENTS[0]).rglob("*")
        ),
        "inode": next(Path(ARGUMENTS[0]).glob("manifest.json")).stat().st_ino,
        "texts": TEXTS.read_text(encoding="utf-8") if TEXTS else None,
        "terminal": sys.stderr.isatty(),
    },
}
CONDITIONS = {
    "record": "conditions",
    "run": "stand-in",
    "governor": None,
    "mhz": [],
    "celsius": {"zone": 40.0},
    "load": 0.5,
    "battery": None,
}

sys.stderr.write("\rhalf ██· ")
sys.stderr.flush()
if "--fail" in ARGUMENTS:
    sys.exit("error: no engine for this artifact is installed; install one")
if "--hang" in ARGUMENTS:
    sys.stderr.write(f"pid {os.getpid()}\n")
    sys.stderr.flush()
    time.sleep(600)
LINES = [
    json.dumps(each) for each in (RUN, {**CONDITIONS, "when": "before"}, {**CONDITIONS, "when": "after"})
]
if "--damage" in ARGUMENTS:
    LINES[1] = LINES[1][:40]
OUT.write_text("".join(f"{line}\n" for line in LINES[1 if "--headless" in ARGUMENTS else 0 :]))
