"""A 64-bit ARM computer made of qemu-user, Debian's Python and aarch64 wheels; nothing is installed here.

All of it is kept in one folder, so that only the first use downloads. The machine itself needs qemu-aarch64
with plugins (Debian's qemu-user 7.2 has them), gcc, pip and Debian's apt.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from litebert.errors import LiteBertError

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
WHEELS = ("ai-edge-litert", "numpy", "onnxruntime", "tokenizers")
_PACKAGES = (
    *("python3.11-minimal", "libpython3.11-stdlib", "libc6", "libstdc++6", "libgomp1"),
    *("zlib1g", "libssl3", "libffi8", "libsqlite3-0"),
)
# All platforms that the wheels are made for: pip does not know that a newer system takes older ones.
_PLATFORMS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
_A72_FEATURES = "fp asimd aes pmull sha1 sha2 crc32 cpuid"
_A76_FEATURES = f"{_A72_FEATURES} atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp"
_LIMIT_SECONDS = 500  # a run takes 10 to 35 seconds on a busy machine


class EmulationError(LiteBertError):
    """A part of the emulated computer is missing, or a program failed."""


@dataclass(frozen=True)
class EmulatedCpu:
    """A processor's facts in Linux's /proc/cpuinfo; engines choose their kernels by them.

    `features` are the hwcaps that qemu 7.2 gives a program on this processor.
    """

    part: str
    variant: str
    revision: str
    features: str


# Cortex-A72: Raspberry Pi 4, without dot products; Cortex-A76: Raspberry Pi 5 and phones, with them.
CPUS = {
    "cortex-a72": EmulatedCpu("0xd08", "0x0", "3", _A72_FEATURES),
    "cortex-a76": EmulatedCpu("0xd0b", "0x4", "1", _A76_FEATURES),
}


@dataclass(frozen=True)
class Emulator:
    """The folders and files that a program on an emulated processor needs.

    Attributes:
        roots: by the processor's name, the folder where its programs look for system files first.
        site: the wheels, unpacked.
        plugin: count.c, compiled.
    """

    roots: Mapping[str, Path]
    site: Path
    plugin: Path

    def run(self, cpu: str, script: Path, arguments: Sequence[str], counts: Path) -> str:
        """The output of a Python script on an emulated processor; the plugin writes its numbers to `counts`.

        Raises:
            EmulationError: the script failed.
        """
        root = self.roots[cpu]
        qemu = shutil.which("qemu-aarch64") or "qemu-aarch64"
        command = [qemu, "-cpu", cpu, "-L", root, "-plugin", self.plugin]
        command += ["-d", "plugin", "-D", counts, root / "usr/bin/python3.11", script, *arguments]
        environment = {  # nothing of this machine's: it would move the stack, and with it the counts
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONHASHSEED": "0",
            "PYTHONHOME": str(root / "usr"),
            "PYTHONPATH": f"{self.site}:{REPOSITORY / 'runtime'}",
        }
        return run_command(command, "see whether `litebert verify` passes here", environment)


def prepare(folder: Path) -> Emulator:
    """The emulated computer in a folder; makes the parts that are not there yet.

    Raises:
        EmulationError: a program is missing, or a download failed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plugin = folder / "count.so"
    compiler = ["gcc", "-shared", "-fPIC", "-O2", "-o", plugin, HERE / "count.c"]
    run_command(compiler, "install it (apt-get install gcc libc6-dev)")
    run_command(
        ["qemu-aarch64", "-plugin", plugin, "-version"], "install Debian 12's (apt-get install qemu-user)"
    )
    wheels = pins((REPOSITORY / "constraints.txt").read_text(encoding="utf-8"))
    site = kept(folder, "site", wheels, _unpack_wheels)
    system = kept(folder, "debian", _PACKAGES, unpack_debian)
    return Emulator({name: root_of(folder / name, system, cpu) for name, cpu in CPUS.items()}, site, plugin)


def pins(constraints: str) -> tuple[str, ...]:
    """The lines of constraints.txt for the wheels that the runtime needs.

    Raises:
        EmulationError: a wheel has no version there.
    """
    found = tuple(line for line in constraints.split() if line.partition("==")[0] in WHEELS)
    if len(found) != len(WHEELS):
        raise EmulationError(f"constraints.txt has {found}, expected a version of each of {WHEELS}; add it")
    return found


def kept(folder: Path, name: str, parts: Sequence[str], make: Callable[[Path, Sequence[str]], None]) -> Path:
    """A folder made of parts: that of an earlier use, else a new one, which appears whole or not at all."""
    path = folder / f"{name}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:12]}"
    if not path.is_dir():
        with tempfile.TemporaryDirectory(dir=folder) as partial:
            fresh = Path(partial) / name
            fresh.mkdir()
            make(fresh, parts)
            fresh.rename(path)
    return path


def cpuinfo(cpu: EmulatedCpu) -> str:
    """The /proc/cpuinfo of a machine with one core of a kind."""
    return (
        f"processor\t: 0\nFeatures\t: {cpu.features}\nCPU implementer\t: 0x41\nCPU architecture: 8\n"
        f"CPU variant\t: {cpu.variant}\nCPU part\t: {cpu.part}\nCPU revision\t: {cpu.revision}\n\n"
    )


def run_command(
    command: Sequence[str | Path], cure: str, environment: Mapping[str, str] | None = None
) -> str:
    """The output of a command.

    Raises:
        EmulationError: the command is not there, failed or took too long; `cure` ends the message.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_LIMIT_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise EmulationError(f"{name} was not found; {cure}") from error
    except subprocess.TimeoutExpired as error:
        raise EmulationError(f"{name} took more than {_LIMIT_SECONDS} s; {cure}") from error
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise EmulationError(f"{name} failed ({said}); {cure}")
    return done.stdout


def unpack_debian(folder: Path, packages: Sequence[str]) -> None:
    """Unpacks arm64 packages of Debian, with what they depend on, in a folder.

    Raises:
        EmulationError: a download failed.
    """
    run_command(["bash", HERE / "fetch_debian.sh", folder, *packages], "expected Debian's apt and its mirror")


def _unpack_wheels(folder: Path, pinned: Sequence[str]) -> None:
    wheels = folder / "wheels"
    platforms = [part for name in _PLATFORMS for part in ("--platform", f"{name}_aarch64")]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pip += ["--only-binary=:all:", "--python-version", "311", *platforms, "--dest", str(wheels), *pinned]
    run_command(pip, "expected pip and a package index with these wheels for aarch64")
    for wheel in sorted(wheels.iterdir()):
        shutil.unpack_archive(wheel, folder, "zip")
    shutil.rmtree(wheels)


def root_of(folder: Path, system: Path, cpu: EmulatedCpu) -> Path:
    """The root of a processor: the system's files, and beside them the files that describe the processor."""
    shutil.rmtree(folder, ignore_errors=True)
    files = {"proc/cpuinfo": cpuinfo(cpu)}
    files |= {f"sys/devices/system/cpu/{name}": "0\n" for name in ("possible", "present", "online")}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="ascii")
    for part in system.iterdir():
        (folder / part.name).symlink_to(part)
    return folder
