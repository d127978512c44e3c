"""`litebert bench` over a real sshd on loopback; what runs there is a stand-in, but for one journey."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from standins import fake_python, listener, pack_stand_in, plan

from litebert.errors import ArtifactError, InputError
from litebert.tools.cli import main
from litebert_bench.devices import wheel
from litebert_bench.devices.ssh import bench_over_ssh
from litebert_bench.measure.plan import BenchPlan, parse_plan, plan_json
from litebert_bench.measure.records import BenchSubject, ColdStart, Conditions, Latency, Quality, Record, Run
from litebert_bench.record_file import read_records

pytestmark = pytest.mark.slow  # processes on a stand-in for a device

PACKAGES = wheel._PACKAGES
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
if SSHD is None and not os.environ.get("CI"):
    pytest.skip("no sshd here (apt install openssh-server)", allow_module_level=True)


@dataclass(frozen=True)
class Host:
    """A running sshd.

    Attributes:
        home: the home folder there.
        options: of ssh, to reach it.
        pid: of the sshd.
    """

    home: Path
    options: tuple[str, ...]
    pid: int

    @property
    def cache(self) -> Path:
        """The folder that a bench keeps there."""
        return self.home / ".cache" / "litebert-bench"


def _key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True, timeout=30)
    return path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("sshd does not listen")


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with a home folder of an odd name, whose pip finds nothing but what tests lay into it."""
    assert SSHD is not None, "no sshd: apt install openssh-server"
    folder = tmp_path_factory.mktemp("sshd")
    home = folder / "pi's home"
    home.mkdir()
    (folder / "index").mkdir()
    fake_python(folder / "bin" / "python3")
    user, port = _key(folder / "user"), _free_port()
    shutil.copy(user.with_suffix(".pub"), folder / "authorized")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # which Debian's sshd asks for
    settings = [
        f"Port {port}",
        "ListenAddress 127.0.0.1",
        f"HostKey {_key(folder / 'host')}",
        f"AuthorizedKeysFile {folder / 'authorized'}",
        "UsePAM no",
        "StrictModes no",
        "PidFile none",
        "PasswordAuthentication no",
        f'SetEnv "HOME={home}" PIP_NO_INDEX=1 PIP_FIND_LINKS={folder}/index PATH={folder}/bin:/usr/bin:/bin',
    ]
    (folder / "config").write_text("\n".join(settings) + "\n")
    options = (
        f"Port={port}",
        f"IdentityFile={user}",
        "IdentitiesOnly=yes",
        "StrictHostKeyChecking=accept-new",
        f"UserKnownHostsFile={folder / 'known'}",
    )
    with subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "config"], stderr=subprocess.PIPE) as sshd:
        _wait_for(port)
        yield Host(home, options, sshd.pid)
        sshd.terminate()


@pytest.fixture(autouse=True)
def _stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack_stand_in(tmp_path / "package", monkeypatch)


def _bench(
    host: Host,
    artifact: Path,
    asked: BenchPlan | None = None,
    python: str | None = sys.executable,
    cpus: str | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Record]:
    return bench_over_ssh(
        "127.0.0.1",
        artifact,
        asked or plan(),
        ssh_options=host.options,
        device_python=python,
        cpus=cpus,
        listener=listener(progress),
    )


def _nothing_is_left(host: Host) -> bool:
    """Whether neither texts nor records stayed there."""
    kept = {path.name for path in host.cache.iterdir()} - {"files", "lock", "site", "venv"}
    return not kept and not (host.cache / "files" / "texts").exists()


def _options(records: list[Record]) -> dict[str, Any]:
    assert isinstance(records[0], Run)
    return records[0].options


def test_records_come_back_with_any_names_of_files(host: Host, artifact: Path, tmp_path: Path) -> None:
    odd = shutil.copytree(artifact, tmp_path / 'it\'s $HOME "quoted" `x` ünï ; rm -rf *.litebert')
    asked = plan("a b's\t$(texts).tsv", ["né", ("a\nb", "\udcff")])
    said: list[str] = []
    records = _bench(host, odd, asked, progress=said.append)
    run = records[0]
    assert isinstance(run, Run) and run.device == "ssh 127.0.0.1" and run.texts == asked.source
    assert [each.when for each in records[1:] if isinstance(each, Conditions)] == ["before", "after"]
    assert parse_plan(json.dumps(run.options["plan"])) == parse_plan(plan_json(asked))
    assert run.options["name"] == odd.name
    assert run.options["artifact"] == sorted(path.relative_to(odd).as_posix() for path in odd.rglob("*"))
    assert "half ██·" in said and "hello" not in "".join(said)
    assert _nothing_is_left(host)
    assert not Path(run.options["temporary"]).exists()


def test_a_host_gets_what_the_manifest_names_and_nothing_else(
    host: Host, artifact: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "id_ed25519"
    secret.write_text("private")
    folder = shutil.copytree(artifact, tmp_path / "more.litebert")
    (folder / "notes.txt").write_text("private")
    (folder / "onnx" / ".env").write_text("private")
    (folder / "private").mkdir()
    (folder / "private" / "texts.tsv").write_text("private")
    (folder / "key").symlink_to(secret)
    (folder / "keys").symlink_to(tmp_path, target_is_directory=True)
    (folder / "self").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe")
    there = _options(_bench(host, folder))["artifact"]
    assert there == sorted(path.relative_to(artifact).as_posix() for path in artifact.rglob("*"))
    (folder / "golden.json").unlink()
    (folder / "golden.json").symlink_to(artifact / "golden.json")  # as in a hub's cache
    assert _options(_bench(host, folder))["artifact"] == there
    (folder / "golden.json").unlink()
    (folder / "golden.json").symlink_to(secret)
    with pytest.raises(ArtifactError, match=r"golden\.json: 7 bytes"):
        _bench(host, folder)


def test_what_is_there_already_is_not_copied(host: Host, artifact: Path, tmp_path: Path) -> None:
    inode = _options(_bench(host, artifact))["inode"]
    assert _options(_bench(host, artifact))["inode"] == inode
    (there,) = (host.cache / "files" / "artifact").iterdir()
    (there / "golden.json").write_text("damaged there")
    assert _options(_bench(host, artifact))["inode"] == inode
    assert (there / "golden.json").read_bytes() == (artifact / "golden.json").read_bytes()
    other = shutil.copytree(artifact, tmp_path / "other.litebert")
    _bench(host, other)
    assert [path.name for path in (host.cache / "files" / "artifact").iterdir()] == ["other.litebert"]


def test_cores_can_be_chosen(host: Host, artifact: Path) -> None:
    core = max(os.sched_getaffinity(0))
    run = _bench(host, artifact, cpus=f"{1 << core:x}")[0]
    assert isinstance(run, Run) and run.cores == {"usable": [core]}
    with pytest.raises(InputError, match=r"--cpus is 'all'.*hexadecimal"):
        _bench(host, artifact, cpus="all")


@pytest.mark.parametrize(
    ("target", "changes", "message"),
    [
        ("litebert.invalid", (), "Could not resolve hostname.*ssh litebert.invalid true"),
        ("127.0.0.1", ("Port=1",), "Connection refused"),
        ("127.0.0.1", ("PubkeyAuthentication=no",), "Permission denied"),
        ("127.0.0.1", ("UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=yes"), "verification failed"),
        ("127.0.0.1", ("NoSuchOption=1",), "(?i)nosuchoption"),
        ("-oProxyCommand=false", (), "expected a host"),
        ("", (), "expected a host"),
    ],
)
def test_a_host_that_cannot_be_reached_is_one_line(
    host: Host, artifact: Path, target: str, changes: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message) as error:
        bench_over_ssh(
            target, artifact, plan(), ssh_options=(*changes, *host.options), listener=listener(print)
        )
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("statement", "before", "message"),
    [
        ("sys.version_info = (3, 9)", ":", "Python 3.9 found, expected 3.11 or newer"),
        ("sys.path[:] = [each for each in sys.path if 'site-packages' not in each]", ":", "no numpy"),
        ("pass", "HOME=/dev/null/home", "Not a directory; expected a home folder"),
        ("pass", "ulimit -f 2", "File too large; expected a home folder with free space"),
        ("pass", "echo Segmentation fault >&2; exit 139", "Segmentation fault"),
        ("pass", "exit 3", "exit code 3, without a message"),
        ("pass", "HOME=$HOME/else; PATH=", "no taskset there"),
    ],
)
def test_what_a_device_lacks_is_told(
    host: Host, artifact: Path, tmp_path: Path, statement: str, before: str, message: str
) -> None:
    shutil.rmtree(host.cache, ignore_errors=True)
    python = fake_python(tmp_path / "a python's", statement, before)
    with pytest.raises(InputError, match=message) as error:
        _bench(host, artifact, python=python, cpus="1" if "taskset" in message else None)
    assert "\n" not in str(error.value) and str(error.value).startswith("ssh 127.0.0.1: ")


def test_a_device_without_that_python_is_told(host: Host, artifact: Path) -> None:
    with pytest.raises(InputError, match=r"expected Python 3.11 or newer as /no where/python"):
        _bench(host, artifact, python="/no where/python")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("fail", "127.0.0.1: no engine for this artifact is installed; install one$"),
        ("die", "127.0.0.1: Illegal instruction$"),
        ("damaged", "record 2: mhz of the record conditions is absent"),
        ("headless", "records without a run"),
    ],
)
def test_a_run_that_fails_or_comes_back_damaged_is_one_line(
    host: Host, artifact: Path, source: str, message: str
) -> None:
    said: list[str] = []
    with pytest.raises(InputError, match=message) as error:
        _bench(host, artifact, plan(source), progress=said.append)
    assert "\n" not in str(error.value) and "engine" not in "".join(said)


def test_bad_input_here_reaches_no_device(host: Host, artifact: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(artifact, tmp_path / "broken")
    (broken / "golden.json").write_text("{}")
    with pytest.raises(ArtifactError, match=r"golden.json"):
        _bench(host, broken)


def _pid_in(said: list[str]) -> int:
    return int("".join(said).rpartition("pid ")[2])


def _ends(pid: int) -> bool:
    for _ in range(200):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_an_interrupt_ends_the_run_there(host: Host, artifact: Path) -> None:
    said: list[str] = []

    def interrupt(text: str) -> None:
        said.append(text)
        if "pid" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _bench(host, artifact, plan("hang", ["private"]), progress=interrupt)
    assert _ends(_pid_in(said))
    assert _nothing_is_left(host)


def test_a_connection_that_breaks_is_one_line_and_ends_the_run(host: Host, artifact: Path) -> None:
    said: list[str] = []

    def cut(text: str) -> None:
        said.append(text)
        if "pid" in text:
            (session,) = Path(f"/proc/{host.pid}/task/{host.pid}/children").read_text().split()
            os.kill(int(session), 9)

    with pytest.raises(InputError, match=r"ssh 127.0.0.1: .*closed.*; expected a host") as error:
        _bench(host, artifact, plan("hang"), progress=cut)
    assert "\n" not in str(error.value)
    assert _ends(_pid_in(said))


def test_a_second_bench_waits_for_the_first(host: Host, artifact: Path) -> None:
    def second(text: str) -> None:
        if "pid" in text:
            with pytest.raises(InputError, match="runs there already"):
                _bench(host, artifact)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _bench(host, artifact, plan("hang"), progress=second)


def _lay_wheel(index: Path, name: str) -> None:
    """A wheel of an empty package."""
    with zipfile.ZipFile(index / f"{name}-99.0-py3-none-any.whl", "w") as archive:
        facts = f"{name}-99.0.dist-info"
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{facts}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 99.0\n")
        archive.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{facts}/RECORD", "")


@pytest.mark.slow
def test_an_environment_is_made_kept_and_mended(
    host: Host, artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = host.home.parent / "index"
    for name in ("numpy", "tokenizers", "onnxruntime"):
        _lay_wheel(index, name)
    said: list[str] = []
    _bench(host, artifact, python=None, progress=said.append)
    told = "".join(said)
    assert "installing litebert[onnx] there" in told
    assert "litebert[litert]: pip of" in told  # which is not there; the other engine is
    _lay_wheel(index, "ai_edge_litert")
    said.clear()
    _bench(host, artifact, python=None, progress=said.append)
    assert "installing litebert[litert]" in "".join(said) and "onnx" not in "".join(said)
    pack_stand_in(tmp_path / "newer", monkeypatch)
    (tmp_path / "newer" / "litebert_bench" / "measure" / "more.py").touch()
    said.clear()
    _bench(host, artifact, python=None, progress=said.append)
    assert "installing litebert there" in "".join(said)
    assert list((host.cache / "venv").glob("lib/*/site-packages/litebert_bench/measure/more.py"))


@pytest.mark.parametrize(
    ("makes", "message"),
    [
        ("echo ensurepip is not available\nexit 1", "ensurepip is not available.*python3-venv"),
        (
            'case $2 in pip) echo no route; exit 1; esac\nmkdir -p "$3/bin" && cp "$0" "$3/bin/python"',
            r"cannot install .*litebert.*\.whl \(no route\); expected pip and a network",
        ),
    ],
)
def test_a_device_without_venv_or_network_is_told(
    host: Host, artifact: Path, tmp_path: Path, makes: str, message: str
) -> None:
    shutil.rmtree(host.cache, ignore_errors=True)
    real, python = tmp_path / "lacking", host.home.parent / "bin" / "python3"
    real.write_text(f"#!/bin/sh\n{makes}\n")
    real.chmod(0o755)
    fake_python(python, f"sys.executable = {str(real)!r}")
    with pytest.raises(InputError, match=message):
        _bench(host, artifact, python=None)
    fake_python(python)


@pytest.mark.slow
def test_the_command_measures_there(
    host: Host, early_artifact: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel, "_PACKAGES", PACKAGES)
    command = ["bench", str(early_artifact), "--ssh", "127.0.0.1", "--device-python", sys.executable]
    command += [part for option in host.options for part in ("--ssh-option", option)]
    command += ["--limit", "2", "--rounds", "1", "--processes", "1", "--backend", "onnxruntime"]
    assert main([*command, "--json", str(tmp_path / "records.jsonl")]) == 0
    run, *others = read_records(tmp_path / "records.jsonl")
    assert isinstance(run, Run) and run.device == "ssh 127.0.0.1" and len(run.tokens) == 2
    assert {type(each) for each in others} >= {BenchSubject, Latency, Quality, ColdStart}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--ssh", "pi", "--adb"], "expected one device"),
        (["--cpus", "f0"], "--cpus without a device"),
        (["--ssh-option", "Port=1"], "--ssh-option without a device"),
        (["--ssh", "pi", "--backend", "torch"], "backend 'torch' is unknown"),
    ],
)
def test_bad_options_are_one_line(
    artifact: Path, options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", str(artifact), *options]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ") and message in error and error.count("\n") == 1
