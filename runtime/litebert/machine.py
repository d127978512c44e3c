"""The facts about the machine on which answers and their speed depend: CPU, cores, limits.

Linux gives them in /proc and /sys; elsewhere most of them are unknown (None).
"""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import NamedTuple

from litebert.arguments import argument, whole
from litebert.errors import InputError

_ROOT = Path("/")
_X86 = ("x86_64", "amd64")
# The instruction sets of int8 and float products, by the names that /proc/cpuinfo may give them.
_X86_FEATURES = {"AVX2": {"avx2"}, "AVX-512": {"avx512f"}, "VNNI": {"avx512_vnni", "avx_vnni"}}
_ARM_FEATURES = {"dotprod": {"asimddp"}, "i8mm": {"i8mm"}, "SVE": {"sve"}}
DOT_PRODUCTS = ("VNNI", "dotprod")
_ARM_PARTS = {  # util-linux, sys-utils/lscpu-arm.c
    "0xd03": "Cortex-A53",
    "0xd04": "Cortex-A35",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd09": "Cortex-A73",
    "0xd0a": "Cortex-A75",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd0d": "Cortex-A77",
    "0xd40": "Neoverse-V1",
    "0xd41": "Cortex-A78",
    "0xd44": "Cortex-X1",
    "0xd46": "Cortex-A510",
    "0xd47": "Cortex-A710",
    "0xd48": "Cortex-X2",
    "0xd49": "Neoverse-N2",
    "0xd4d": "Cortex-A715",
    "0xd4e": "Cortex-X3",
    "0xd4f": "Neoverse-V2",
}


@dataclass(frozen=True)
class Cpu:
    """A processor.

    Attributes:
        architecture: such as x86_64 or aarch64.
        model: its name; None where unknown.
        features: each instruction set that matters here, and whether it has it; None where unknown.
    """

    architecture: str
    model: str | None
    features: Mapping[str, bool] | None

    @property
    def int8_sums_saturate(self) -> bool:
        """Whether it adds u8×s8 products in 16 bits: x86-64 without VNNI, or x86-64 unknown."""
        return self.architecture.lower() in _X86 and not (self.features or {}).get("VNNI", False)

    @property
    def has_dot_products(self) -> bool:
        """Whether one instruction sums products of bytes; true where unknown, as on a Mac, which has it."""
        return self.features is None or any(self.features.get(name, False) for name in DOT_PRODUCTS)


@dataclass(frozen=True)
class Cores:
    """The part of the processor that a program may use.

    Attributes:
        all: logical cores of the machine.
        usable: logical cores that this process may run on.
        limit: cores' worth of time that its control group grants; None without a limit, or where unknown.
        governor: the policy that chooses the frequency of the first core; None where unknown.
        highest_mhz: the highest frequency of the first core; None where unknown.
    """

    all: int | None
    usable: int | None
    limit: float | None
    governor: str | None
    highest_mhz: float | None


class State(NamedTuple):
    """The machine's own measurements right now; empty or None where it gives none.

    Attributes:
        governor: the policy that chooses the frequency of the first core.
        mhz: the frequency of each core.
        celsius: temperatures by sensor.
        load: processes that wanted to run, the mean of the last minute.
    """

    governor: str | None
    mhz: tuple[float, ...]
    celsius: Mapping[str, float]
    load: float | None


@cache
def read_cpu(root: Path = _ROOT) -> Cpu:
    """The processor of this machine, read once; `root` is the folder that holds proc."""
    architecture = platform.machine()
    text = _read(root / "proc/cpuinfo")
    if text is None:
        return Cpu(architecture, platform.processor() or None, None)
    return parse_cpuinfo(architecture, text)


def parse_cpuinfo(architecture: str, text: str) -> Cpu:
    """The processor that Linux's /proc/cpuinfo describes."""
    values: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        values.setdefault(key.strip(), []).append(value.strip())
    names, line = (_X86_FEATURES, "flags") if architecture.lower() in _X86 else (_ARM_FEATURES, "Features")
    found = {*values.get(line, [""])[0].split()}  # of the first core: Linux shows what all cores have
    features = {name: bool(words & found) for name, words in names.items()} if found else None
    cores = Counter(_ARM_PARTS.get(part, f"ARM part {part}") for part in values.get("CPU part", []))
    parts = [
        *values.get("model name", [])[:1],
        *values.get("Model", []),  # of the board
        *(f"{count} × {name}" for name, count in cores.items()),
    ]
    return Cpu(architecture, ", ".join(filter(None, parts)) or None, features)


def read_cores(root: Path = _ROOT) -> Cores:
    """The cores of this machine and this process's share; `root` is the folder that holds proc and sys."""
    frequency = root / "sys/devices/system/cpu/cpu0/cpufreq"
    highest = _number(_read(frequency / "cpuinfo_max_freq"))
    return Cores(
        all=os.cpu_count(),
        usable=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        limit=_group_limit(root),
        governor=_read(frequency / "scaling_governor"),
        highest_mhz=None if highest is None else highest / 1000,
    )


def usable_threads(threads: int, tell: Callable[[str], object]) -> int:
    """The number of threads that an engine gets: no more than this process has cores.

    More are far slower: engines' threads wait in a loop for each other.

    Args:
        threads: the number asked for.
        tell: called with a sentence where they are too many.

    Raises:
        InputError: not a whole number from 1.
    """
    asked = whole(threads)
    if asked is None or asked < 1:
        raise InputError(f"{argument('threads')} is {threads!r:.60}; expected a whole number from 1")
    if asked == 1:
        return 1
    cores = read_cores()
    usable = min(cores.usable or cores.all or asked, ceil(cores.limit or asked))
    if asked > usable:
        name = argument("threads")
        tell(f"{name} is {asked}, but this process may use {usable} cores at once; the engine gets {usable}")
    return min(asked, usable)


def read_state(root: Path = _ROOT) -> State:
    """Frequencies, temperatures and load of this machine; `root` is the folder that holds proc and sys.

    Read: Linux, Documentation/admin-guide/pm/cpufreq.rst (kHz) and driver-api/thermal/sysfs-api.rst (m°C).
    """
    cores = root / "sys/devices/system/cpu"
    khz = [_number(_read(each)) for each in sorted(cores.glob("cpu[0-9]*/cpufreq/scaling_cur_freq"))]
    mhz = tuple(each / 1000 for each in khz if each is not None)
    if not mhz:  # x86 says it here too
        lines = (_read(root / "proc/cpuinfo") or "").splitlines()
        found = [line.split(":")[-1].strip() for line in lines if line.startswith("cpu MHz")]
        mhz = tuple(float(each) for each in found if each.replace(".", "", 1).isdigit())
    celsius = {}
    for zone in sorted(root.glob("sys/class/thermal/thermal_zone*")):
        degrees = _number(_read(zone / "temp"))
        if degrees is not None:
            celsius[f"{zone.name} {_read(zone / 'type') or ''}".strip()] = degrees / 1000
    return State(
        governor=_read(cores / "cpu0/cpufreq/scaling_governor"),
        mhz=mhz,
        celsius=celsius,
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    )


def _group_limit(root: Path) -> float | None:
    """The lowest limit of this process's control group and the groups around it, in cores.

    Read: Linux, Documentation/admin-guide/cgroup-v2.rst (cpu.max) and scheduler/sched-bwc.rst (version 1).
    """
    limits = []
    for line in (_read(root / "proc/self/cgroup") or "").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = root / "sys/fs/cgroup" / ("cpu" if controllers else "")
        group = top / path.strip("/")
        for folder in (group, *group.parents):
            if not folder.is_relative_to(top):
                break
            if controllers:
                quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
            else:
                quota, period = [*(_read(folder / "cpu.max") or "").split(), None, None][:2]
            time, of = _number(quota), _number(period)
            if time and of:
                limits.append(time / of)
    return min(limits, default=None)


def _read(path: Path) -> str | None:
    """The stripped text of a small file; None where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def _number(text: str | None) -> float | None:
    """The whole number in a text; None for another text, such as `max`."""
    return float(text) if text is not None and text.isascii() and text.isdigit() else None
