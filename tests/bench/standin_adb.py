"""Stands in for adb: the phone is the folder PHONE, whose shell is this machine's.

PHONE/state is what `get-state` prints; where it is missing there is no phone. PHONE/SERVICE is what
`dumpsys SERVICE` prints.
"""

import os
import sys
from pathlib import Path

PHONE = Path(os.environ["PHONE"])
ARGUMENTS = sys.argv[1:]
SERIAL = "R58M123"

if ARGUMENTS[0] == "-s":
    SERIAL, ARGUMENTS = ARGUMENTS[1], ARGUMENTS[2:]
if not (PHONE / "state").exists():
    sys.exit("* daemon not running; starting now at tcp:5037\nerror: no devices/emulators found")
if ARGUMENTS[0] in ("get-state", "get-serialno"):
    sys.stdout.write((PHONE / "state").read_text() if ARGUMENTS[0] == "get-state" else SERIAL)
elif ARGUMENTS[0] == "shell":
    line = ARGUMENTS[-1].replace("/data/", f"{PHONE}/data/")
    path = f"{PHONE}/system/bin{os.pathsep}{os.environ['PATH']}"
    os.execvpe("sh", ["sh", "-c", line], {**os.environ, "PATH": path})
else:
    sys.exit(f"adb: unknown command {ARGUMENTS[0]}")
