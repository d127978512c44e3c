"""Android's own native libraries repeat golden cases: x86_64 in the JVM here, arm64 in an emulated one.

    python android_demo/bionic/replay.py x86_64|arm64 ARTIFACT...

The libraries come out of the jars and AARs that an app packs; Maven has put these, and a class path, into
android_demo/checks/target. They call glibc (libc.c), and a JVM runs the classes: nothing is said of Android's
own runtime and linker. Artifacts without graphs for TensorFlow Lite are left out.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from android_library import loadable
from emulator import CPUS, REPOSITORY, EmulationError, kept, root_of, run_command, unpack_debian

HERE = Path(__file__).resolve().parent
_MAVEN = HERE.parent / "checks/target"
_FOLDER = REPOSITORY / "build/android"
_JAVA = "usr/lib/jvm/java-17-openjdk-arm64/bin/java"
_APP = "dev.litebert.checks.GoldenApp"
_REFUSED = "FULLY_CONNECTED"  # of our int8 graphs, TensorFlow Lite 2.16 names this operator as too new
# Where JavaCPP looks for a library, by its name; those not named are found by the JVM.
_PACKAGES = {"libjnijavacpp.so": "javacpp", "libjnitensorflowlite.so": "tensorflowlite"}


@dataclass(frozen=True)
class Machine:
    """A kind of processor.

    Attributes:
        abi: Android's name for it.
        platform: JavaCPP's name for Linux on it.
        compiler: makes libraries for it.
        packages: Debian's, of the compiler.
    """

    abi: str
    platform: str
    compiler: str
    packages: str


MACHINES = {
    "x86_64": Machine("x86_64", "linux-x86_64", "gcc", "gcc libc6-dev"),
    "arm64": Machine(
        "arm64-v8a", "linux-arm64", "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu libc6-dev-arm64-cross"
    ),
}


def main(name: str, artifacts: Sequence[str]) -> None:
    """Prints a line for each processor: how many replays passed.

    Raises:
        EmulationError: an answer differs, an engine takes what it should refuse, or a part is missing.
    """
    machine, folder = MACHINES[name], _FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    _compile_libc(machine, folder)
    _unpack_libraries(machine, folder)
    jvms = {"x86_64": [_java()]} if name == "x86_64" else _emulated_jvms(folder)
    with ThreadPoolExecutor(len(jvms)) as pool:
        runs = {
            cpu: pool.submit(_replay, [*jvm, *_options(folder)], folder, artifacts)
            for cpu, jvm in jvms.items()
        }
    for cpu, run in runs.items():
        worst = max(float(found) for found in re.findall(r"worst (\S+) of the tolerance", run.result()))
        replays = len(run.result().splitlines())
        print(
            f"Android's libraries on {cpu}: {replays} artifacts replayed, worst {worst:.4f} of the tolerance"
        )


def _compile_libc(machine: Machine, folder: Path) -> None:
    """libc.so of libc.c, and beside it the empty libraries that an Android library also names."""
    (folder / "lib").mkdir(parents=True)
    empty = folder / "empty.c"
    empty.touch()
    sources: dict[str, list[str | Path]] = {
        "c": [HERE / "libc.c", "-Wl,--no-as-needed", "-lm", "-ldl"],
        "m": [empty],
        "dl": [empty],
        "log": [empty],
    }
    for name, source in sources.items():
        library = f"lib{name}.so"
        flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", f"-Wl,-soname,{library}"]
        run_command(
            [machine.compiler, *flags, "-o", folder / "lib" / library, *source],
            f"install it (apt-get install {machine.packages})",
        )


def _unpack_libraries(machine: Machine, folder: Path) -> None:
    for archive in sorted((_MAVEN / "android").iterdir()):
        with zipfile.ZipFile(archive) as content:
            for entry in content.namelist():
                path = Path(entry)
                if path.suffix == ".so" and path.parent.name == machine.abi:
                    package = _PACKAGES.get(path.name)
                    into = f"classes/org/bytedeco/{package}/{machine.platform}" if package else "lib"
                    (folder / into).mkdir(parents=True, exist_ok=True)
                    (folder / into / path.name).write_bytes(loadable(content.read(entry)))


def _program(name: str) -> str:
    return shutil.which(name) or name


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin/java") if home else _program("java")


def _emulated_jvms(folder: Path) -> dict[str, list[str]]:
    system = kept(_FOLDER, "java", ("openjdk-17-jre-headless",), unpack_debian)
    roots = {name: root_of(folder / name, system, cpu) for name, cpu in CPUS.items()}
    # The second compiler costs more than it saves in so short a run.
    qemu, compiler = _program("qemu-aarch64"), "-XX:TieredStopAtLevel=1"
    return {
        name: [qemu, "-cpu", name, "-L", str(root), str(root / _JAVA), compiler]
        for name, root in roots.items()
    }


def _options(folder: Path) -> list[str]:
    found = (_MAVEN / "class-path").read_text(encoding="utf-8").strip().split(":")
    classes = [path for path in found if "-linux-" not in Path(path).name]  # not those for Linux, by chance
    return [
        f"-Djava.library.path={folder / 'lib'}",
        f"-Dorg.bytedeco.javacpp.cachedir={folder / 'cache'}",
        *("-cp", ":".join(map(str, [folder / "classes", _MAVEN / "classes", *classes]))),
    ]


def _replay(command: Sequence[str], folder: Path, artifacts: Sequence[str]) -> str:
    """The app's lines for all artifacts, and by the official Interpreter for those that it can run.

    Raises:
        EmulationError: an answer differs, or the Interpreter takes what it should refuse.
    """
    arithmetic = {path: found for path in artifacts if (found := _arithmetic(Path(path)))}
    old = [path for path, found in arithmetic.items() if found == "float32"]
    new = next(path for path, found in arithmetic.items() if found == "int8")
    environment = {"LD_LIBRARY_PATH": str(folder / "lib")}
    cure = "the library from Maven Central for Linux should answer the same cases"
    runs = (("tflite", arithmetic), ("interpreter", old))
    lines = "".join(run_command([*command, _APP, name, *paths], cure, environment) for name, paths in runs)
    try:
        run_command([*command, _APP, "interpreter", new], cure, environment)
    except EmulationError as error:
        if _REFUSED not in str(error):
            raise
        return lines
    raise EmulationError(f"interpreter took {new}, expected it to name {_REFUSED}")


def _arithmetic(artifact: Path) -> str | None:
    """The arithmetic of the target tflite; None without that target."""
    manifest = json.loads((artifact / "manifest.json").read_text(encoding="utf-8"))
    target = manifest["targets"].get("tflite")
    return str(target["arithmetic"]) if target else None


if __name__ == "__main__":
    try:
        main(sys.argv[1], sys.argv[2:])
    except EmulationError as error:
        sys.exit(str(error))
