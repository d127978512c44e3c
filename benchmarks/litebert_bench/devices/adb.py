"""`litebert bench --adb`: on a phone with a Python, such as Termux.

Files of Termux belong to its app. adb enters them with run-as, which Android allows for debuggable builds
only: those of Termux's GitHub releases are, F-Droid's is not (termux-app, pull request 1969 and issue 4389).
No engine's wheel on PyPI is for Android, so the phone's Python is used with its own packages: Termux has
numpy and onnxruntime (`pkg install python-numpy python-onnxruntime`), `tokenizers` is built there by pip with
Rust (its issue 1902). A Python that run-as cannot enter is reached with --ssh: sshd in Termux, `adb forward`.
"""

from __future__ import annotations

import dataclasses
import math
import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litebert.errors import InputError, one_line
from litebert_bench.devices.device import Device, Listener, bench_on_device
from litebert_bench.measure.plan import BenchPlan
from litebert_bench.measure.records import Conditions, Record, Run

TERMUX_PYTHON = "/data/data/com.termux/files/usr/bin/python"

_OF_AN_APP = re.compile(r"/data/data/([\w.]+)/files/usr/")
_SHELL_HOME = "/data/local/tmp"  # where adb's own user may write
_FORWARD = (
    "run sshd in Termux, then adb forward tcp:8022 tcp:8022, and bench with --ssh localhost "
    "--ssh-option Port=8022"
)
_TIMEOUT_SECONDS = 30
_TEMPERATURE = re.compile(r"Temperature\{mValue=([-+\d.eE]+), mType=-?\d+, mName=(.*?), mStatus=\d+")
_BATTERY_STATES = ("unknown", "charging", "discharging", "not charging", "full")  # BatteryManager, from 1


@dataclass(frozen=True)
class Thermal:
    """The facts from Android's thermal service.

    Attributes:
        celsius: temperatures by sensor.
        status: the phone's throttling, from 0 (none) to 6; None where it is not given.
    """

    celsius: dict[str, float]
    status: int | None


def bench_over_adb(
    serial: str | None,
    artifact: Path,
    plan: BenchPlan,
    *,
    adb_python: str = TERMUX_PYTHON,
    cpus: str | None = None,
    listener: Listener,
) -> list[Record]:
    """Measures on a phone and brings the records back, with temperatures and battery.

    Args:
        serial: the phone's serial number; None for the only phone.
        artifact: folder of an artifact here.
        plan: the plan of the run.
        adb_python: a Python there that has numpy, tokenizers and an engine.
        cpus: a mask of cores for taskset, hexadecimal, such as f0.
        listener: follows the run.

    Raises:
        InputError: the phone cannot be reached, lacks something, or its run failed.
        ArtifactError: the artifact is damaged.
    """
    adb = ("adb", *(("-s", serial) if serial else ()))
    _checked(adb, "get-state", cure="expected one phone with USB debugging allowed; see adb devices")
    number = _checked(adb, "get-serialno", cure="see adb devices")
    device = Device(
        name=f"adb {number}",
        command=(*adb, "shell", "-T"),
        environment=_environment(adb, adb_python),
        python=adb_python,
        keeps_packages=True,
        broken=(255,),
        cure="expected a phone that stays connected; see adb devices",
    )
    before = _state(adb)
    records = bench_on_device(device, artifact, plan, cpus=cpus, listener=listener)
    return _with_state(records, {"before": before, "after": _state(adb)})


def parse_thermal(text: str) -> Thermal:
    """The facts in the output of `dumpsys thermalservice`: current temperatures, else those it remembers.

    Source: AOSP, services/core/java/com/android/server/power/ThermalManagerService.java (dump).
    """
    current = text.partition("Current temperatures from HAL:")[2].partition("Current cooling devices")[0]
    found = _TEMPERATURE.findall(current) or _TEMPERATURE.findall(text)
    celsius = {name: _number(value) for value, name in found}
    status = re.search(r"^Thermal Status: (\d{1,9})", text, re.MULTILINE)
    return Thermal(
        {name: value for name, value in celsius.items() if value is not None},
        int(status[1]) if status else None,
    )


def parse_battery(text: str) -> dict[str, Any] | None:
    """The facts in the output of `dumpsys battery`: percent, state, celsius and powered_by, where given.

    Source: AOSP, services/core/java/com/android/server/BatteryService.java (dumpInternal).
    """
    values: dict[str, str] = {}
    for line in text.splitlines():
        key, _, value = line.strip().partition(": ")
        values.setdefault(key, value)
    level, scale, status, tenths = (
        _number(values.get(key, "")) for key in ("level", "scale", "status", "temperature")
    )
    if level is None or not scale:
        return None
    battery: dict[str, Any] = {"percent": 100 * level / scale}
    if status is not None and 1 <= status <= len(_BATTERY_STATES):
        battery["state"] = _BATTERY_STATES[int(status) - 1]
    if tenths is not None:
        battery["celsius"] = tenths / 10
    battery["powered_by"] = [
        key.removesuffix(" powered")
        for key, value in values.items()
        if key.endswith(" powered") and value == "true"
    ]
    return battery


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _environment(adb: Sequence[str], python: str) -> str:
    """The words before Python in a line for the phone's shell: its user, and the folders it may write.

    Raises:
        InputError: the Python belongs to an app that cannot be entered.
    """
    app = _OF_AN_APP.match(python)
    if app is None:
        return f"env HOME={_SHELL_HOME} TMPDIR={_SHELL_HOME}"
    package, prefix = app[1], app[0].rstrip("/")
    _checked(
        adb,
        "shell",
        f"run-as {package} true",
        cure=f"expected a debuggable build of {package}, such as of Termux's GitHub releases; or {_FORWARD}",
    )
    values = {
        "PREFIX": prefix,
        "HOME": f"{prefix.removesuffix('/usr')}/home",
        "TMPDIR": f"{prefix}/tmp",
        "PATH": f"{prefix}/bin:/system/bin",
    }
    return " ".join(
        [f"run-as {package} env", *(f"{key}={shlex.quote(value)}" for key, value in values.items())]
    )


def _state(adb: Sequence[str]) -> tuple[Thermal, dict[str, Any] | None]:
    """Temperatures and battery; empty where the phone has no such service."""
    return parse_thermal(_said(adb, "thermalservice")), parse_battery(_said(adb, "battery"))


def _said(adb: Sequence[str], service: str) -> str:
    return _run([*adb, "shell", f"dumpsys {service}"]).stdout


def _with_state(
    records: Sequence[Record], states: dict[str, tuple[Thermal, dict[str, Any] | None]]
) -> list[Record]:
    """The records, with the phone's state in their conditions and its throttling in the run's options."""
    statuses = {when: thermal.status for when, (thermal, _) in states.items()}
    told: list[Record] = []
    for record in records:
        if isinstance(record, Conditions) and record.when in states:
            thermal, battery = states[record.when]
            celsius = {**record.celsius, **thermal.celsius}
            told.append(dataclasses.replace(record, celsius=celsius, battery=battery))
        elif isinstance(record, Run):
            told.append(dataclasses.replace(record, options={**record.options, "thermal_status": statuses}))
        else:
            told.append(record)
    return told


def _checked(adb: Sequence[str], *arguments: str, cure: str) -> str:
    """The output of a command of adb.

    Raises:
        InputError: the command fails.
    """
    done = _run([*adb, *arguments])
    if done.returncode:
        said = (done.stderr + done.stdout).splitlines()
        reasons = [line for line in said if line and not line.startswith("*")]  # its daemon starts with *
        reason = one_line(reasons[0]) if reasons else "it fails without a message"
        raise InputError(f"{shlex.join([*adb, *arguments])}: {reason}; {cure}")
    return done.stdout.strip()


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"{shlex.join(command)}: no answer in {_TIMEOUT_SECONDS} seconds; expected a phone that answers; "
            "connect it again"
        ) from error
    except OSError as error:
        raise InputError(
            f"adb: {error.strerror or error}; expected Android's platform-tools; apt install adb"
        ) from error
