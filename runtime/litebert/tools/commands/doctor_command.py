"""`litebert doctor`: shows the engines that work on this machine."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from litebert.tools.command_line import Kinds
from litebert.tools.progress import busy
from litebert.visible import show


def add_doctor(kinds: Kinds) -> None:
    """Adds `doctor` to the commands of `litebert`."""
    parser = kinds.add_parser(
        "doctor",
        help="show which engines work here, and which one answers",
        description="Show versions, facts of the CPU that matter, and the engines that run here. For each "
        "ARTIFACT, name the engine that --backend auto takes and the reason, and check every engine with a "
        "text whose answer the export stored. The exit code is 1 if no engine can answer.",
    )
    parser.add_argument(
        "artifacts", type=Path, nargs="*", metavar="ARTIFACT", help="folders written by litebert-export"
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    parser.set_defaults(run=doctor)


def doctor(options: argparse.Namespace) -> int:
    """Prints the installation and the engines that run here; returns the exit code, 1 if one fails."""
    from litebert.tools.doctor import diagnose
    from litebert.tools.doctor_lines import doctor_lines

    with busy("trying the engines"):
        found = diagnose(options.artifacts)
    if options.json:
        print(json.dumps(dataclasses.asdict(found), indent=1))
    else:
        show(*doctor_lines(found))
    return 0 if all(patient.answers for patient in found.artifacts) else 1
