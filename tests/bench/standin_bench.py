"""Replaces measuring on a device: it prints its request, and fails in the way that its plan's source says."""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

ARTIFACT, PLAN = map(Path, sys.argv[1:])
ASKED = json.loads(PLAN.read_text(encoding="utf-8"))


def tell(**said: object) -> None:
    """Writes a line of JSON."""
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()


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
    "texts": ASKED["source"],
    "labelled": False,
    "tokens": [],
    "options": {
        "plan": ASKED,
        "name": ARTIFACT.name,
        "artifact": sorted(path.relative_to(ARTIFACT).as_posix() for path in ARTIFACT.rglob("*")),
        "inode": (ARTIFACT / "manifest.json").stat().st_ino,
        "temporary": tempfile.mkdtemp(),
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

sys.stdout.write("an engine says hello\n[]\n")
tell(progress=[0.5, "half ██·"])
if ASKED["source"] == "fail":
    tell(problem="no engine for this artifact is installed; install one")
    sys.exit(1)
if ASKED["source"] == "die":
    sys.exit("Illegal instruction")
if ASKED["source"] == "hang":
    tell(said=f"pid {os.getpid()}")
    time.sleep(600)
RECORDS = [RUN, {**CONDITIONS, "when": "before"}, {**CONDITIONS, "when": "after"}]
if ASKED["source"] == "damaged":
    del RECORDS[1]["mhz"]
for record in RECORDS[1 if ASKED["source"] == "headless" else 0 :]:
    tell(**record)
