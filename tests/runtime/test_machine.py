"""The facts of a machine in /proc and /sys, on samples of their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from litebert import machine
from litebert.machine import Cpu, parse_cpuinfo, read_cores, read_cpu, read_state

LAPTOP = """\
processor\t: 0
vendor_id\t: GenuineIntel
model name\t: 11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz
flags\t\t: fpu sse4_2 avx2 avx512f avx512_vnni
bugs\t\t: spectre_v1

processor\t: 1
model name\t: 11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz
flags\t\t: fpu sse4_2 avx2 avx512f avx512_vnni
"""
PI_4 = """\
processor\t: 0
BogoMIPS\t: 108.00
Features\t: fp asimd evtstrm crc32 cpuid
CPU implementer\t: 0x41
CPU part\t: 0xd08

processor\t: 1
Features\t: fp asimd evtstrm crc32 cpuid
CPU part\t: 0xd08

Revision\t: c03114
Model\t\t: Raspberry Pi 4 Model B Rev 1.4
"""
PHONE = """\
processor\t: 0
Features\t: fp asimd aes asimdhp asimddp i8mm bf16
CPU implementer\t: 0x41
CPU part\t: 0xd46

processor\t: 1
Features\t: fp asimd aes asimdhp asimddp i8mm bf16
CPU part\t: 0xd47

processor\t: 2
Features\t: fp asimd aes asimdhp asimddp i8mm bf16
CPU part\t: 0xfff
"""


def test_an_x86_machine() -> None:
    cpu = parse_cpuinfo("x86_64", LAPTOP)
    assert cpu.model == "11th Gen Intel(R) Core(TM) i5-1135G7 @ 2.40GHz"
    assert cpu.features == {"AVX2": True, "AVX-512": True, "VNNI": True}


def test_arm_machines() -> None:
    pi = parse_cpuinfo("aarch64", PI_4)
    assert pi.model == "Raspberry Pi 4 Model B Rev 1.4, 2 × Cortex-A72"
    assert pi.features == {"dotprod": False, "i8mm": False, "SVE": False}
    phone = parse_cpuinfo("aarch64", PHONE)
    assert phone.model == "1 × Cortex-A510, 1 × Cortex-A710, 1 × ARM part 0xfff"
    assert phone.features == {"dotprod": True, "i8mm": True, "SVE": False}


@pytest.mark.parametrize("text", ["", "\n\n", ":", "flags", "rubbish\x00 : \ufffd", "x" * 1000])
@pytest.mark.parametrize("architecture", ["x86_64", "aarch64", "riscv64", ""])
def test_rubbish_is_unknown(architecture: str, text: str) -> None:
    assert parse_cpuinfo(architecture, text) == Cpu(architecture, None, None)


@pytest.mark.parametrize(
    ("architecture", "flags", "saturates", "dot_products"),
    [
        ("x86_64", "flags : fpu avx2 avx512f avx512_vnni", False, True),
        ("AMD64", "flags : avx2 avx_vnni", False, True),
        ("x86_64", "flags : fpu avx2 avx512f", True, False),
        ("x86_64", None, True, True),
        ("aarch64", "Features : asimd asimddp", False, True),
        ("aarch64", "Features : asimd", False, False),
        ("arm64", None, False, True),
    ],
)
def test_how_it_sums_products_of_bytes(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    architecture: str,
    flags: str | None,
    saturates: bool,
    dot_products: bool,
) -> None:
    monkeypatch.setattr(machine.platform, "machine", lambda: architecture)
    if flags is not None:
        _write(tmp_path, "proc/cpuinfo", flags)
    assert read_cpu(tmp_path).int8_sums_saturate is saturates
    assert read_cpu(tmp_path).has_dot_products is dot_products


def _write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({}, None),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "150000 100000"}, 1.5),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "max 100000"}, None),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": ""}, None),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "1 0"}, None),
        (
            {
                "proc/self/cgroup": "0::/outer/inner",
                "sys/fs/cgroup/outer/inner/cpu.max": "200000 100000",
                "sys/fs/cgroup/outer/cpu.max": "50000 100000",
            },
            0.5,
        ),
        (
            {
                "proc/self/cgroup": "5:memory:/x\n4:cpu,cpuacct:/x\n1:cpuacct:/y\n0::/",
                "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "300000",
                "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            3,
        ),
        ({"proc/self/cgroup": "rubbish\n::\n0:"}, None),
    ],
)
def test_the_limit_of_the_control_group(files: dict[str, str], limit: float | None, tmp_path: Path) -> None:
    for name, text in files.items():
        _write(tmp_path, name, text)
    cores = read_cores(tmp_path)
    assert (cores.limit, cores.governor, cores.highest_mhz) == (limit, None, None)


def test_the_clock(tmp_path: Path) -> None:
    _write(tmp_path, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "ondemand")
    _write(tmp_path, "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "1800000")
    cores = read_cores(tmp_path)
    assert (cores.governor, cores.highest_mhz) == ("ondemand", 1800)


def test_the_state_of_a_pi(tmp_path: Path) -> None:
    _write(tmp_path, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "ondemand")
    _write(tmp_path, "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "600000")
    _write(tmp_path, "sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq", "1800000")
    _write(tmp_path, "sys/class/thermal/thermal_zone0/type", "cpu-thermal")
    _write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "48312")
    _write(tmp_path, "sys/class/thermal/thermal_zone1/temp", "rubbish")
    state = read_state(tmp_path)
    assert (state.governor, state.mhz) == ("ondemand", (600, 1800))
    assert state.celsius == {"thermal_zone0 cpu-thermal": 48.312}


def test_the_state_of_a_machine_that_tells_little(tmp_path: Path) -> None:
    _write(tmp_path, "proc/cpuinfo", "cpu MHz\t\t: 2596.122\ncpu MHz\t\t: unknown\n")
    state = read_state(tmp_path)
    assert (state.governor, state.mhz, state.celsius) == (None, (2596.122,), {})
