"""Where an artifact may be written, and what --force may delete; full disks, read-only folders, leftovers."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import Refuse, change_json, error_line, nothing_left, snapshot, start_command

import litebert
from litebert import InputError
from litebert.tools.verify import verify_artifact
from litebert_exporter import arrival, export, package
from litebert_exporter.export_cli import main

pytest_plugins = ("bad_fixtures",)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["student", "extra"],
        ["student", "--nothing"],
        ["student", "--target", "coreml"],
        ["student", "--quantize", "int4"],
        ["student", "--quantize", "int8-fast"],
        ["student", "--problem-type", "ranking"],
        ["student", "--heads", "x"],
        ["student", "--heads", "1e9"],
        ["student", "--max-tokens", "4.5"],
        ["student", "--max-tokens", ""],
        ["student", "--lengths", ""],
        ["student", "--lengths", "8,x"],
        ["student", "--lengths", "8;16"],
        ["student", "--lengths", "8.5"],
        ["student", "--lengths", "8", "--target", "onnx"],
        ["student", "--lengths", "8", "--layout", "branched"],
        ["student", "--cased", "--uncased"],
        ["student", "--out"],
        ["student", "--labels"],
    ],
    ids=" ".join,
)
def test_wrong_usage(arguments: list[str], student: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop, nothing_left(Path.cwd()):
        main(arguments)
    shown = capfd.readouterr()
    assert stop.value.code == 2 and shown.out == "" and "Traceback" not in shown.err
    assert shown.err.startswith("usage: litebert-export") and "litebert-export: error: " in shown.err


@pytest.mark.parametrize(
    "choices",
    [
        {"targets": ("coreml",)},
        {"targets": ()},
        {"quantize": "int4"},
        {"quantize": "int8-fast"},
        {"family": "gpt2"},
        {"problem_type": "ranking"},
    ],
)
def test_wrong_choices_in_python(choices: dict[str, Any], student: Path) -> None:
    with nothing_left(Path.cwd()), pytest.raises(InputError, match=r"expected one of|cannot be written for"):
        export(student, out="out", **choices)


def _file(out: Path) -> None:
    out.write_text("precious", encoding="utf-8")


def _folder(out: Path) -> None:
    out.mkdir()
    (out / "precious").touch()


def _link_to_artifact(out: Path) -> None:
    export("student", out="other", targets=("onnx",))
    out.symlink_to("other")


def _artifact_and_more(out: Path) -> None:
    export("student", out=out, targets=("onnx",))
    (out / "onnx/precious").touch()


def _artifact_and_link(out: Path) -> None:
    export("student", out=out, targets=("onnx",))
    (out / "precious").symlink_to("nothing")


def _artifact_without_facts(out: Path) -> None:
    export("student", out=out, targets=("onnx",))
    (out / "manifest.json").write_text("{", encoding="utf-8")


def _names_of_an_artifact(out: Path) -> None:
    out.mkdir()
    for name in ("manifest.json", "tokenizer.json", "golden.json"):
        (out / name).write_text("[]", encoding="utf-8")


def _dangling(out: Path) -> None:
    out.symlink_to("nothing")


PRECIOUS = [
    _file,
    _folder,
    _link_to_artifact,
    _artifact_and_more,
    _artifact_and_link,
    _artifact_without_facts,
    _names_of_an_artifact,
    _dangling,
    os.mkfifo,
]


@pytest.mark.parametrize("make", PRECIOUS)
def test_force_deletes_nothing_but_an_artifact(
    make: Callable[[Path], None], student: Path, refuse_export: Refuse, capfd: pytest.CaptureFixture[str]
) -> None:
    make(Path("out"))
    capfd.readouterr()
    line = refuse_export(InputError, "student", "-o", "out")
    assert "out: exists already; choose another with -o or replace it with --force" in line
    line = refuse_export(InputError, "student", "-o", "out", "--force")
    assert (
        "out: exists and is no artifact, or holds other files as well, so --force will not delete it" in line
    )


@pytest.mark.parametrize("out", ["/", ".", "..", "student", "student/", "", "/dev/null", "/tmp"])
def test_force_at_a_place_that_is_taken(out: str, student: Path, refuse_export: Refuse) -> None:
    assert "is no artifact" in refuse_export(InputError, "student", "-o", out, "--force")


@pytest.mark.parametrize("folder", ["out", "out/onnx"])
def test_force_never_deletes_the_checkpoint(folder: str, student: Path, refuse_export: Refuse) -> None:
    export(student, out="out", targets=("onnx",))
    shutil.copytree(student, folder, dirs_exist_ok=True)
    assert "holds other files as well" in refuse_export(InputError, folder, "-o", "out", "--force")


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("nothing/out", "nothing: no such folder; create it or choose another with -o"),
        ("student/config.json/out", "student/config.json: no such folder"),
        ("/proc/out", "/proc/out: cannot be written ("),
        ("x" * 250, "File name too long"),
        (os.fsdecode(b"x\xff"), "'x\\udcff': not UTF-8, which engines expect of a path"),
    ],
    ids=["no parent", "a file as parent", "no place", "a name too long", "a name in Latin-1"],
)
def test_a_place_that_cannot_be(out: str, words: str, student: Path, refuse_export: Refuse) -> None:
    line = refuse_export(InputError, "student", "-o", out)
    assert words in line and "with -o" in line


def test_a_name_with_a_zero_byte(student: Path) -> None:
    with nothing_left(Path.cwd()), pytest.raises(InputError, match="not UTF-8"):
        export(student, out="a\0b")


@pytest.mark.parametrize("out", ["a b", "x[*]?", "-o=x", "中文😀", "a\nb\x1b[31m", "artifact/."])
def test_odd_names_are_fine(out: str, student: Path) -> None:
    Path("artifact").mkdir()
    assert main(["student", "--target", "onnx", f"--out={out}", "--force"]) == 0
    assert all(replay.passed for replay in verify_artifact(out))
    assert sorted(path.name for path in Path(out).parent.resolve().glob(".*.partial")) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda out: (out / "golden.json").unlink(),
        lambda out: (out / "tokenizer.json").write_bytes(b""),
        lambda out: shutil.rmtree(out / "onnx"),
        lambda out: change_json(out / "manifest.json", format_version=99),
    ],
    ids=["golden lost", "tokenizer empty", "graphs lost", "a newer one"],
)
def test_force_replaces_a_damaged_artifact(spoil: Callable[[Path], object], student: Path) -> None:
    out = export(student, out="out", targets=("onnx",)).artifact
    spoil(out)
    assert main(["student", "--target", "onnx", "-o", "out", "--force"]) == 0
    assert all(replay.passed for replay in verify_artifact(out))


class _FullError(OSError):
    """The disk is full, or has the fault of the error number."""


def _failing(number: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> Any:
        raise _FullError(number, os.strerror(number))

    return fail


@pytest.mark.slow
@pytest.mark.parametrize(
    "number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO, errno.EDQUOT, errno.ENOLCK]
)
@pytest.mark.parametrize(
    "where", ["Path.mkdir", "fcntl.flock", "manifest_bytes", "Path.write_text", "Path.rename"]
)
def test_the_place_fails(
    number: int, where: str, student: Path, refuse_export: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As root nothing is forbidden: the failures of a system are made here."""
    monkeypatch.setattr(
        {
            "Path.mkdir": "pathlib.Path.mkdir",
            "fcntl.flock": "litebert_exporter.arrival.fcntl.flock",
            "manifest_bytes": "litebert_exporter.package.manifest_bytes",
            "Path.write_text": "pathlib.Path.write_text",
            "Path.rename": "pathlib.Path.rename",
        }[where],
        _failing(number),
    )
    line = refuse_export(InputError, "student", "-o", "out")
    assert (
        "out: cannot be written (" in line and os.strerror(number) in line and "choose another place" in line
    )


@pytest.mark.parametrize("where", ["manifest_bytes", "Path.write_text", "_exchange"])
def test_the_old_artifact_survives_a_failure(
    where: str, student: Path, refuse_export: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(student, out="out", targets=("onnx",))
    with monkeypatch.context() as patch:
        name = {
            "Path.write_text": "pathlib.Path.write_text",
            "manifest_bytes": "litebert_exporter.package.manifest_bytes",
            "_exchange": "litebert_exporter.arrival._exchange",
        }[where]
        patch.setattr(name, _failing(errno.ENOSPC))
        refuse_export(InputError, "student", "-o", "out", "--force")
    assert all(replay.passed for replay in verify_artifact("out"))


@pytest.mark.parametrize("failing", [1, 2])
def test_a_system_that_cannot_exchange_folders(
    failing: int, student: Path, refuse_export: Refuse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the old one steps aside, and comes back where the new one cannot take its place."""
    export(student, out="out", targets=("onnx",))
    old = snapshot(Path("out"))
    monkeypatch.setattr(arrival, "_exchange", lambda one, other: False)
    rename, calls = Path.rename, []

    def failing_rename(path: Path, target: Path) -> Path:
        calls.append(path)
        if len(calls) == failing:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing_rename)
        refuse_export(InputError, "student", "-o", "out", "--force")
    assert snapshot(Path("out")) == old
    assert main(["student", "--target", "tflite", "-o", "out", "--force"]) == 0
    assert list(litebert.artifact.open_artifact("out").targets) == ["tflite"]
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["out", "student"]


def test_a_place_taken_meanwhile_is_left_alone(
    student: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = package.write_manifest

    def slow(*arguments: Any) -> None:
        written(*arguments)
        Path("out").mkdir()
        Path("out/precious").touch()

    monkeypatch.setattr("litebert_exporter.pipeline.write_manifest", slow)
    assert main(["student", "--target", "onnx", "-o", "out"]) == 1
    assert "out: cannot be written (" in error_line(capfd.readouterr().err)
    assert sorted(path.name for path in Path.cwd().rglob("*") if "student" not in str(path)) == [
        "out",
        "precious",
    ]


def _leftovers() -> list[str]:
    return sorted(path.name for path in Path.cwd().glob(".*"))


def test_leftovers_are_swept_and_nothing_else(student: Path) -> None:
    Path(".out.abc12345.partial/onnx").mkdir(parents=True)
    Path(".out.abc12345.partial/onnx/whole.onnx").touch()
    Path("precious").mkdir()
    Path("precious/file").touch()
    Path(".out.linked_0.partial").symlink_to("precious")
    Path(".out.nowhere0.partial").symlink_to("nothing")
    Path(".out.file0000.partial").touch()
    os.mkfifo(".out.pipe0000.partial")
    Path(".out.my own notes.partial").mkdir()
    Path(".other.abc12345.partial").mkdir()
    kept = [name for name in _leftovers() if name != ".out.abc12345.partial"]
    assert main(["student", "--target", "onnx", "-o", "out"]) == 0
    assert _leftovers() == kept and Path("precious/file").exists()


def test_the_folder_of_a_living_export_is_not_swept(student: Path) -> None:
    living = Path(".out.living00.partial")
    living.mkdir()
    with arrival._locked(living):
        assert main(["student", "--target", "onnx", "-o", "out"]) == 0
        assert living.exists()
    assert main(["student", "--target", "onnx", "-o", "out", "--force"]) == 0
    assert not living.exists()


@pytest.mark.slow
def test_two_exports_to_one_place(student: Path) -> None:
    """Both may finish; the folder there in the end is whole, and nothing else is left."""
    processes = [start_command("litebert-export", "student", "-o", "out", "--force") for _ in range(3)]
    lines = [process.communicate()[1].decode() for process in processes]
    assert 0 in [process.returncode for process in processes], lines
    assert all("Traceback" not in line for line in lines)
    assert all(replay.passed for replay in verify_artifact("out"))
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["out", "student"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB, where the system lets us mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting needs root")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk(small_disk: Path, student: Path, refuse_export: Refuse) -> None:
    export(student, out=small_disk / "out")
    before = snapshot(small_disk)
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for _ in range(40):
            try:
                file.write(b"\0" * 4096)
            except OSError:
                break
    for target in ("out", "new"):
        line = refuse_export(InputError, "student", "-o", str(small_disk / target), "--force")
        assert f"{target}: cannot be written (" in line and "No space left on device" in line
    assert all(replay.passed for replay in verify_artifact(small_disk / "out"))
    filler.unlink()
    assert snapshot(small_disk) == before
    assert main(["student", "-o", str(small_disk / "out"), "--force"]) == 0


def test_a_read_only_disk(small_disk: Path, student: Path, refuse_export: Refuse) -> None:
    export(student, out=small_disk / "out", targets=("onnx",))
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    for target in ("out", "new"):
        line = refuse_export(InputError, "student", "-o", str(small_disk / target), "--force")
        assert "cannot be written (" in line and "Read-only file system" in line
    assert all(replay.passed for replay in verify_artifact(small_disk / "out"))


def test_a_checkpoint_on_a_read_only_disk_is_enough(small_disk: Path, student: Path) -> None:
    (shutil.copytree(student, small_disk / "student") / "README.md").write_text("---\nlicense: mit\n---\n")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert main([str(small_disk / "student"), "--target", "onnx", "-o", "out"]) == 0
    assert json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))["licence"] == "mit"
