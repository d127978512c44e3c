"""Measuring on a device: one conversation with agent.py over any command that reaches the device's shell.

The agent is sent first. The parts of wheel, artifact and plan that the device lacks follow; progress and
records come back. All goes over a single connection, and no shell reads a file's name. The device ends the
run as soon as the connection ends.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, TypeAlias

from litebert.artifact import Artifact, open_artifact
from litebert.backends import ENGINES, Engine
from litebert.errors import InputError, one_line
from litebert.fields import MANIFEST
from litebert.visible import visible
from litebert_bench.devices.wheel import pack_wheel
from litebert_bench.measure.plan import BenchPlan, plan_json
from litebert_bench.measure.records import Record, Run
from litebert_bench.measure.watch import Progress
from litebert_bench.record_file import parse_records

Sources: TypeAlias = "Mapping[str, bytes]"
Process: TypeAlias = "subprocess.Popen[bytes]"

_PLAN = "texts/plan.json"  # the agent removes the folder
_AGENT = Path(__file__).with_name("agent.py")
# Read by any Python 3, and by any shell: no exclamation mark, no line's end, no single quote.
_FIRST_WORDS = (
    'import sys;v=sys.version_info;v<(3,11)and sys.exit("Python %d.%d found, expected 3.11 or newer; '
    'install one, or name another"%v[:2]);exec(sys.stdin.buffer.read({}))'
)
_NO_PROGRAM = (126, 127)  # a shell's exit codes for a program that it cannot run
_PATIENCE_SECONDS = 10
_LINE_BYTES = 500_000_000  # the records of a run are one; those of 500 texts take some megabytes
_COMPLAINT_BYTES = 65536
_PIECE_BYTES = 1 << 18


@dataclass(frozen=True)
class Device:
    """The way to reach a device.

    Attributes:
        name: its name in records and errors, such as `ssh pi@host`.
        command: the command here to which a line for the device's shell is added.
        environment: the words before Python in that line.
        python: the Python there.
        keeps_packages: whether that Python is used with its own packages; else an environment of ours is made
            from it.
        broken: exit codes of the command itself, when it does not reach the device.
        cure: the advice for that.
    """

    name: str
    command: tuple[str, ...]
    environment: str
    python: str
    keeps_packages: bool
    broken: tuple[int, ...]
    cure: str


@dataclass(frozen=True)
class Listener:
    """The functions that follow a run on a device.

    Attributes:
        sending: takes each further share of the files that are copied, 0 to 1, and the phase.
        measuring: takes each further share of the work on the device, likewise.
        said: takes lines of the device that stay.
    """

    sending: Progress
    measuring: Progress
    said: Callable[[str], object]


def bench_on_device(
    device: Device,
    artifact: Path,
    plan: BenchPlan,
    *,
    engines: Sequence[Engine] = (),
    cpus: str | None = None,
    listener: Listener,
) -> list[Record]:
    """Measures on a device and brings the records back.

    Args:
        device: the device.
        artifact: folder of an artifact here.
        plan: the plan of the run; it does not stay there, since it holds texts.
        engines: the engines to install there; by default the first that runs each of the artifact's targets.
        cpus: a mask of cores for taskset, hexadecimal.
        listener: follows the run.

    Raises:
        InputError: the device cannot be reached, lacks something, or its run failed.
        ArtifactError: the artifact is damaged.
    """
    if cpus is not None and not _is_mask(cpus):
        raise InputError(f"--cpus is {cpus!r:.60}; expected a mask of cores in hexadecimal, such as f0")
    opened = open_artifact(artifact)
    name, wheel = pack_wheel()
    held = artifact.resolve().name
    sources = {name: wheel, _PLAN: plan_json(plan).encode(), **_files(opened, f"artifact/{held}")}
    order = {
        "files": {path: hashlib.sha256(data).hexdigest() for path, data in sources.items()},
        "wheel": name,
        "artifact": f"artifact/{held}",
        "plan": _PLAN,
        "requirements": None if device.keeps_packages else _requirements(engines or _engines(opened)),
        "cpus": cpus,
    }
    listener.sending(0, f"connecting to {device.name}")
    text = _ask(device, order, sources, listener)
    records = parse_records(text, f"{device.name}, record")
    if not records or not isinstance(records[0], Run):
        raise InputError(
            f"{device.name}: records without a run; expected those of litebert bench; start again"
        )
    return [
        dataclasses.replace(each, device=device.name) if isinstance(each, Run) else each for each in records
    ]


def _is_mask(text: str) -> bool:
    try:
        return int(text, 16) > 0
    except ValueError:
        return False


def _files(artifact: Artifact, name: str) -> dict[str, bytes]:
    """The contents of the manifest and of the files that it names, by path below `name`."""
    return {f"{name}/{file}": _read(artifact.path / file) for file in (MANIFEST, *artifact.files)}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); expected a file") from error


def _engines(artifact: Artifact) -> list[Engine]:
    return [
        next(each for each in ENGINES if each.runs(target))
        for target in artifact.targets.values()
        if any(each.runs(target) for each in ENGINES)
    ]


def _requirements(engines: Sequence[Engine]) -> list[list[str]]:
    """The arguments of pip for each engine."""
    return [shlex.split(engine.package) for engine in engines]


def _ask(
    device: Device,
    order: Mapping[str, Any],
    sources: Sources,
    listener: Listener,
) -> str:
    """The records, JSON lines, with which the agent answers an order.

    Raises:
        InputError: the agent reported a problem, or could not be reached.
    """
    agent = _AGENT.read_bytes()
    program = _FIRST_WORDS.format(len(agent))
    line = f"{device.environment} {shlex.quote(device.python)} -c '{program}'".strip()
    with TemporaryFile() as complaints:
        with _started([*device.command, line], complaints) as process:
            _write(process, [agent, json.dumps(order).encode(), b"\n"])
            for event, value in _events(device, process):
                if event == "send":
                    wanted = [sources[name] for name in _offered(device, value, sources)]
                    _send(process, wanted, listener.sending)
                elif event == "progress":
                    listener.measuring(*_progress(value))
                elif event == "said":
                    listener.said(visible(str(value)))
                elif event == "problem":
                    raise InputError(f"{device.name}: {one_line(str(value))}")
                elif event == "records":
                    return str(value)
            code = process.wait()
        complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - _COMPLAINT_BYTES))
        said = complaints.read().decode("utf-8", "replace").split("\n")
    raise InputError(f"{device.name}: {_why(device, code, [part.strip() for part in said if part.strip()])}")


def _why(device: Device, code: int, said: Sequence[str]) -> str:
    """The reason why a conversation ended without records."""
    last = one_line(said[-1]) if said else f"exit code {code}, without a message"
    if code in _NO_PROGRAM:
        return f"{last}; expected Python 3.11 or newer as {device.python}; install it, or name another"
    return f"{last}; {device.cure}" if code in device.broken or not said else last


@contextlib.contextmanager
def _started(command: Sequence[str], complaints: IO[bytes]) -> Iterator[Process]:
    """A running command, which ends with the block: its closed stdin ends its work on the device."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=complaints)
    except OSError as error:
        raise InputError(f"{command[0]}: {error.strerror or error}; expected it to be installed") from error
    try:
        yield process
    finally:
        for stream in filter(None, (process.stdin, process.stdout)):
            with contextlib.suppress(BrokenPipeError):
                stream.close()
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _write(process: Process, parts: Sequence[bytes]) -> None:
    """Writes to the agent; where it has ended, its last words, read later, say why."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.writelines(parts)
            process.stdin.flush()


def _send(process: Process, files: Sequence[bytes], sending: Progress) -> None:
    """Writes files, each behind its size."""
    size_bytes = sum(map(len, files))
    phase = f"copying {len(files)} files, {size_bytes / 1e6:.1f} MB"
    for data in files:
        _write(process, [f"{len(data)}\n".encode()])
        for start in range(0, len(data), _PIECE_BYTES):
            piece = data[start : start + _PIECE_BYTES]
            sending(0, phase)
            _write(process, [piece])
            sending(len(piece) / size_bytes, phase)


def _offered(device: Device, wanted: Any, sources: Sources) -> list[str]:
    """The names of files that a device asks for; all must be files that it was offered."""
    if not isinstance(wanted, list) or not all(isinstance(name, str) and name in sources for name in wanted):
        raise InputError(f"{device.name}: asks for {wanted!r:.60}; expected files that it was offered")
    return wanted


def _progress(value: Any) -> tuple[float, str]:
    """The share, 0 to 1, and the phase that a device gives; 0 and empty for anything else."""
    match value:
        case [int() | float() as done, str() as phase] if 0 <= done <= 1:
            return float(done), visible(phase)
    return 0.0, ""


def _events(device: Device, process: Process) -> Iterator[tuple[str, Any]]:
    """The agent's answers, by kind; other lines, which a shell prints when it starts, are skipped."""
    while process.stdout is not None and (line := process.stdout.readline(_LINE_BYTES)):
        if len(line) == _LINE_BYTES:
            raise InputError(f"{device.name}: a line without an end; expected at most {_LINE_BYTES} bytes")
        try:
            body = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(body, dict) and "litebert" in body:
            yield str(body["litebert"]), body.get("value")
