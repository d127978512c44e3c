"""The program on a device: takes files that it lacks, prepares an environment, measures, answers.

device.py sends this program over the connection, and the device's Python runs it; it imports only the
standard library. It reads its order from stdin, a line of JSON, then files. It answers on stdout, each line
JSON: {"litebert": kind, "value": ...}. The end of stdin means that the sender of the order is gone.

Order: `files` (path → sha256, all of which must be here), `wheel`, `artifact` and `plan` (paths among them),
`requirements` (a list for each engine; null: use this Python with its own packages) and `cpus` (a mask for
taskset, or null).

Answers: `send` (paths that are missing), `said` (a line), `progress` ([share, phase]), `problem` (the reason
why nothing was measured) or `records` (JSON lines).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_NEEDED = ("numpy", "tokenizers")  # beside an engine
_TOOLS = "/system/bin"  # Android's, with taskset
_PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "1", "install")


class ProblemError(Exception):
    """The reason why nothing was measured: what was found, what was expected, what to do."""


def main() -> int:
    """Carries an order out; returns the exit code."""
    order = json.loads(sys.stdin.buffer.readline())
    root = Path("~/.cache/litebert-bench").expanduser()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _alone(root):
            _tell("records", _bench(order, root))
    except ProblemError as problem:
        _tell("problem", str(problem))
        return 1
    except OSError as error:
        place, reason = error.filename or root, error.strerror or error
        _tell(
            "problem",
            f"{place}: {reason}; expected a home folder with free space that can be written; make room, or "
            "correct HOME",
        )
        return 1
    except KeyboardInterrupt:  # nobody is there to read an answer
        return 1
    return 0


def _tell(kind: str, value: Any) -> None:
    sys.stdout.write(json.dumps({"litebert": kind, "value": value}) + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Holds the device for one order at a time: two would disturb each other's times and files."""
    opened = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "wb", buffering=0) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ProblemError("a bench runs there already; wait until it has ended") from error
        yield


def _bench(order: dict[str, Any], root: Path) -> str:
    """The records of a run, JSON lines. Texts and records do not stay on the device."""
    files = root / "files"
    _take_files(order["files"], files)
    started: list[subprocess.Popen[str]] = []
    threading.Thread(target=_stop_when_alone, args=(started,), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # so that `finally` removes the files
    try:
        with tempfile.TemporaryDirectory(dir=root) as folder:
            python, environment = _environment(order, root, files / order["wheel"])
            command = [*_pinned(order["cpus"]), str(python), "-P", "-m", "litebert_bench.measure"]
            command += [str(files / order["artifact"]), str(files / order["plan"])]
            return _measured(command, {**environment, "TMPDIR": folder}, started)
    finally:
        shutil.rmtree(files / "texts", ignore_errors=True)


def _take_files(wanted: dict[str, str], folder: Path) -> None:
    """Asks for the files that are missing or differ, and removes files that are not in the order."""
    there = sorted(folder.rglob("*"), reverse=True)  # the files of a folder come before it
    for path in there:
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):  # not empty
                path.rmdir()
        elif (
            path.is_symlink()
            or not path.is_file()
            or _digest(path) != wanted.get(path.relative_to(folder).as_posix())
        ):
            path.unlink()
    missing = [name for name in wanted if not (folder / name).is_file()]
    _tell("send", missing)
    for name in missing:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        left = int(sys.stdin.buffer.readline())
        with path.open("wb") as file:  # next time, its hash shows half a file
            while left:
                data = sys.stdin.buffer.read(min(left, 1 << 20))
                if not data:
                    raise ProblemError(f"{name}: the connection ended within it")
                file.write(data)
                left -= len(data)
        if _digest(path) != wanted[name]:
            raise ProblemError(f"{name}: it changed while it was copied; start again")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stop_when_alone(started: list[subprocess.Popen[str]]) -> None:
    """Interrupts the program once stdin has ended, and ends the processes that it started.

    A signal that comes just before the main thread waits for output does not wake it. The end of output does.
    """
    while os.read(sys.stdin.fileno(), 1 << 16):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    for process in started:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _environment(order: dict[str, Any], root: Path, wheel: Path) -> tuple[Path, dict[str, str]]:
    """A Python that has the wheel and an engine, and the environment to run it in."""
    digest = order["files"][order["wheel"]]
    if order["requirements"] is None:
        return Path(sys.executable), _own_packages(root / "site", wheel, digest)
    folder = root / "venv"
    return _own_python(folder, wheel, digest, order["requirements"]), dict(os.environ)


def _own_packages(folder: Path, wheel: Path, digest: str) -> dict[str, str]:
    """The environment for this Python with its own packages, and before them a folder with our wheel."""
    absent = [name for name in _NEEDED if find_spec(name) is None]
    if absent:
        raise ProblemError(f"{sys.executable} has no {' and no '.join(absent)}; install them for it")
    marker = folder / "litebert-bench"
    if _read(marker) != f"{digest}\n{sys.version}":
        shutil.rmtree(folder, ignore_errors=True)
        _tell("said", "installing litebert there ...")
        _pip(Path(sys.executable), "--no-deps", "--no-index", "--target", str(folder), str(wheel))
        marker.write_text(f"{digest}\n{sys.version}", encoding="utf-8")
    paths = (str(folder), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _own_python(folder: Path, wheel: Path, digest: str, requirements: list[list[str]]) -> Path:
    """The Python of an environment of our own, with the wheel and every engine that can be installed."""
    python, marker = folder / "bin" / "python", folder / "litebert-bench"
    version, done = sys.version.replace("\n", " "), _read(marker).splitlines()
    marker.unlink(missing_ok=True)  # so that an interrupted installation is made anew
    if done[:1] != [version] or not python.exists():
        _make_environment(folder)
        done = [version]
    if digest not in done:
        _tell("said", "installing litebert there ...")
        _pip(python, str(wheel))
        if done[1:]:  # there is another wheel, perhaps of the same version
            _pip(python, "--no-deps", "--no-index", "--force-reinstall", str(wheel))
        done = [version, digest, *done[2:]]
    problems = []
    for requirement in requirements:
        if (name := " ".join(requirement)) in done:
            continue
        _tell("said", f"installing {name} there ...")
        try:
            _pip(python, *(each.replace("litebert", str(wheel), 1) for each in requirement))
            done.append(name)
        except ProblemError as problem:
            problems.append(problem)
            _tell("said", f"{name}: {problem}")
    marker.write_text("\n".join(done), encoding="utf-8")
    if len(problems) == len(requirements):
        raise problems[0]
    return python


def _make_environment(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _tell("said", f"making {folder} there ...")
    made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, check=False)
    if made.returncode:
        raise ProblemError(
            f"{sys.executable} -m venv fails ({_last(made.stdout + made.stderr)}); expected "
            "Python's venv with pip; on Debian or Raspberry Pi OS: sudo apt install python3-venv"
        )


def _pip(python: Path, *arguments: str) -> None:
    done = subprocess.run([python, *_PIP, *arguments], capture_output=True, check=False)
    if done.returncode:
        raise ProblemError(
            f"pip of {python} cannot install {arguments[-1]} ({_last(done.stdout + done.stderr)}); "
            "expected pip and a network; check them, or name a Python that has an engine: --device-python"
        )


def _read(path: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8")
    return ""


def _last(output: bytes, otherwise: str = "it says nothing") -> str:
    lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return (lines or [otherwise])[-1].strip()


def _pinned(mask: str | None) -> list[str]:
    """The words before a command that keep it on the cores of a mask."""
    if mask is None:
        return []
    program = shutil.which("taskset") or shutil.which("taskset", path=_TOOLS)
    if program is None:
        raise ProblemError("no taskset there, which --cpus needs; install util-linux, or leave --cpus out")
    return [program, mask]


def _measured(command: list[str], environment: dict[str, str], started: list[subprocess.Popen[str]]) -> str:
    """The records that a command writes; it runs in a process group of its own and ends with us."""
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=environment,
            start_new_session=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        started.append(process)
        try:
            records, problem = _relay(process.stdout or ())
            process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        if process.returncode:
            complaints.seek(0)
            last = _last(complaints.read(), f"measuring ended there with exit code {process.returncode}")
            raise ProblemError(problem or last)
    return "".join(records)


def _relay(lines: Iterable[str]) -> tuple[list[str], str]:
    """Passes lines and progress on; returns the records, and the problem if there is one."""
    records, problem = [], ""
    for line in lines:
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(body, dict):  # printed by an engine
            continue
        for kind in ("said", "progress"):
            if kind in body:
                _tell(kind, body[kind])
        problem = body.get("problem", problem)
        if "record" in body:
            records.append(line)
    return records, problem


if __name__ == "__main__":
    sys.exit(main())
