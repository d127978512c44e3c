"""`litebert bench` on a phone, with stand-ins for adb, the phone and the command that runs there.

What dumpsys prints is quoted: the thermal service of a Samsung A52 5G (Android 12), android.stackexchange.com
question 246774, shortened; the battery of another Samsung phone, gh0st.tistory.com/6, shortened.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from standins import HERE, fake_python, listener, pack_stand_in, plan

from litebert.errors import InputError
from litebert_bench.devices.adb import TERMUX_PYTHON, bench_over_adb, parse_battery, parse_thermal
from litebert_bench.measure.plan import BenchPlan
from litebert_bench.measure.records import Conditions, Record, Run

pytestmark = pytest.mark.slow  # processes on a stand-in for a device

THERMAL = """\
IsStatusOverride: false
ThermalEventListeners:
        callbacks: 1
        killed: false
        broadcasts count: -1
Thermal Status: 0
Cached temperatures:
        Temperature{mValue=0.0, mType=2, mName=SUBBAT, mStatus=0}
        Temperature{mValue=25.5, mType=0, mName=AP, mStatus=0}
        Temperature{mValue=25.7, mType=5, mName=PA, mStatus=0}
HAL Ready: true
HAL connection:
        ThermalHAL 2.0 connected: yes
Current temperatures from HAL:
        Temperature{mValue=25.6, mType=0, mName=AP, mStatus=0}
        Temperature{mValue=23.8, mType=2, mName=BAT, mStatus=0}
        Temperature{mValue=NaN, mType=3, mName=LRB, mStatus=0}
Current cooling devices from HAL:
Temperature static thresholds from HAL:
"""
BATTERY = """\
Current Battery Service state:
  mBootCompleted: true
  AC powered: false
  USB powered: true
  Wireless powered: false
  Max charging current: 0
  status: 2
  health: 2
  present: true
  level: 84
  scale: 100
  voltage: 4063
  temperature: 326
  technology: Li-ion
  LED Charging: true
"""
CELSIUS = {"AP": 25.6, "BAT": 23.8}
CHARGING = {"percent": 84.0, "state": "charging", "celsius": 32.6, "powered_by": ["USB"]}


@pytest.fixture
def phone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of a connected phone with Termux."""
    pack_stand_in(tmp_path / "package", monkeypatch)
    folder, here = tmp_path / "phone", tmp_path / "bin"
    (folder / "data/data/com.termux/files/usr/tmp").mkdir(parents=True)
    (folder / "data/data/com.termux/files/home").mkdir()
    (folder / "data/local/tmp").mkdir(parents=True)
    fake_python(_on(folder, TERMUX_PYTHON))
    _program(folder / "system/bin/run-as", 'shift\nexec "$@"')
    _program(folder / "system/bin/dumpsys", f"cat {str(folder)!r}/$1")
    for name, text in (("state", "device\n"), ("thermalservice", THERMAL), ("battery", BATTERY)):
        (folder / name).write_text(text)
    _program(here / "adb", f'exec {sys.executable!r} {str(HERE / "standin_adb.py")!r} "$@"')
    monkeypatch.setenv("PHONE", str(folder))
    monkeypatch.setenv("PATH", str(here), prepend=os.pathsep)
    return folder


def _on(phone: Path, path: str) -> Path:
    return phone / path.lstrip("/")


def _program(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def _bench(
    artifact: Path,
    asked: BenchPlan | None = None,
    serial: str | None = None,
    adb_python: str = TERMUX_PYTHON,
    cpus: str | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Record]:
    return bench_over_adb(
        serial, artifact, asked or plan(), adb_python=adb_python, cpus=cpus, listener=listener(progress)
    )


def test_records_come_back_with_temperatures_and_battery(phone: Path, artifact: Path) -> None:
    said: list[str] = []

    def warm_up(text: str) -> None:
        said.append(text)
        hot = THERMAL.replace("Status: 0", "Status: 2").replace("25.6", "71.5")
        (phone / "thermalservice").write_text(hot)

    run, before, after = _bench(artifact, plan("dev.tsv"), progress=warm_up)
    assert isinstance(run, Run) and run.device == "adb R58M123"
    assert run.texts == "dev.tsv"
    assert run.options["thermal_status"] == {"before": 0, "after": 2}
    assert isinstance(before, Conditions) and isinstance(after, Conditions)
    assert before.celsius == {"zone": 40.0, **CELSIUS} and before.battery == after.battery == CHARGING
    assert after.celsius["AP"] == 71.5
    assert "half ██·" in "".join(said)
    assert _on(phone, "/data/data/com.termux/files/home/.cache/litebert-bench/files").is_dir()


def test_another_python_is_run_by_adb_itself(phone: Path, artifact: Path) -> None:
    fake_python(_on(phone, "/data/local/tmp/py thon"))
    (phone / "system/bin/run-as").unlink()
    run = _bench(artifact, serial="emulator-5554", adb_python="/data/local/tmp/py thon")[0]
    assert isinstance(run, Run) and run.device == "adb emulator-5554"
    assert _on(phone, "/data/local/tmp/.cache/litebert-bench/site").is_dir()


def test_cores_can_be_chosen(phone: Path, artifact: Path) -> None:
    taskset = shutil.which("taskset")
    assert taskset is not None, "no taskset: apt install util-linux"
    _on(phone, TERMUX_PYTHON).with_name("taskset").symlink_to(taskset)
    core = max(os.sched_getaffinity(0))
    run = _bench(artifact, cpus=f"{1 << core:x}")[0]
    assert isinstance(run, Run) and run.cores == {"usable": [core]}


def test_a_phone_without_those_services_is_measured_all_the_same(phone: Path, artifact: Path) -> None:
    _program(phone / "system/bin/dumpsys", 'echo "Can\'t find service: $1"; exit 1')
    run, before, _ = _bench(artifact)
    assert isinstance(run, Run) and run.options["thermal_status"] == {"before": None, "after": None}
    assert isinstance(before, Conditions) and before.celsius == {"zone": 40.0} and before.battery is None


def test_without_a_phone_or_adb_it_says_what_to_do(
    phone: Path, artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (phone / "state").unlink()
    with pytest.raises(InputError, match=r"get-state: error: no devices.*see adb devices") as error:
        _bench(artifact)
    assert "\n" not in str(error.value)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"adb: No such file.*platform-tools"):
        _bench(artifact)


def test_a_termux_that_cannot_be_entered_is_told(phone: Path, artifact: Path) -> None:
    _program(phone / "system/bin/run-as", 'echo "run-as: package not debuggable: $1" >&2\nexit 1')
    with pytest.raises(InputError, match=r"not debuggable: com.termux.*GitHub.*--ssh localhost"):
        _bench(artifact)


def test_a_phone_without_that_python_is_told(phone: Path, artifact: Path) -> None:
    _on(phone, TERMUX_PYTHON).unlink()
    with pytest.raises(InputError, match=r"adb R58M123: .*expected Python 3.11 or newer as /data/data"):
        _bench(artifact)


def test_what_dumpsys_prints_is_read_as_far_as_it_goes() -> None:
    assert parse_thermal(THERMAL).celsius == CELSIUS
    cached = THERMAL.partition("HAL Ready")[0]
    assert parse_thermal(cached).celsius == {"SUBBAT": 0.0, "AP": 25.5, "PA": 25.7}
    assert parse_thermal("nothing").status is None
    assert parse_battery(BATTERY) == CHARGING
    assert parse_battery("  level: 1\n  scale: 4\n  status: 9") == {"percent": 25.0, "powered_by": []}
    assert parse_battery("  level: x\n  scale: 0") is None
