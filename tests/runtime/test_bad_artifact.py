"""Artifacts that are damaged, swapped, linked elsewhere or made up: one error, and never a crash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_inputs import PEAK_BYTES, SECONDS, Refuse, change_json, command, error_line, nothing_left

from litebert import ArtifactError, InputError
from litebert.artifact import open_artifact

pytest_plugins = ("bad_fixtures",)

Spoil = Callable[[Path], object]

FILES = ("golden.json", "tokenizer.json", "onnx/whole.onnx", "onnx/weights.bin", "tflite/model.tflite")


@pytest.mark.parametrize("command_line", [("run", "copy", "a"), ("inspect", "copy"), ("verify", "copy")])
def test_every_command_checks(command_line: tuple[str, ...], artifact_copy: Path, refuse_run: Refuse) -> None:
    (artifact_copy / "onnx/weights.bin").write_bytes(b"")
    assert "copy/onnx/weights.bin: 0 bytes, the manifest says " in refuse_run(ArtifactError, *command_line)


def test_files_of_another_artifact(artifact_copy: Path, float_artifact: Path, refuse_run: Refuse) -> None:
    shutil.copy(float_artifact / "golden.json", artifact_copy / "golden.json")
    assert "copy/golden.json: " in refuse_run(ArtifactError, "verify", "copy")


@pytest.mark.parametrize("depth", [100, 900, 950, 980, 990, 1000, 5000])
def test_a_manifest_nested_to_any_depth(depth: int, artifact_copy: Path) -> None:
    (artifact_copy / "manifest.json").write_text(
        '{"format_version": 3, "a": ' + "[" * depth + "]" * depth + "}"
    )
    with pytest.raises(ArtifactError):
        open_artifact(artifact_copy)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: None,
        lambda path: path.mkdir(),
        lambda path: path.touch(),
        os.mkfifo,
        lambda path: (path.mkdir(), (path / "manifest.json").mkdir()),
        lambda path: (path.mkdir(), os.mkfifo(path / "manifest.json")),
        lambda path: path.symlink_to("thing"),
    ],
    ids=[
        "nothing",
        "an empty folder",
        "a file",
        "a pipe",
        "a folder as manifest",
        "a pipe as manifest",
        "a loop",
    ],
)
@pytest.mark.parametrize("command_line", [("run", "thing", "a"), ("inspect", "thing"), ("verify", "thing")])
def test_no_artifact(
    command_line: tuple[str, ...], make: Spoil, artifact_copy: Path, refuse_run: Refuse
) -> None:
    make(Path("thing"))
    assert "expected an artifact written by litebert-export" in refuse_run(InputError, *command_line)


@pytest.mark.parametrize("name", ["a\nerror: b\x1b[31m", os.fsdecode(b"x\xff"), "a\0b"])
def test_no_artifact_of_an_odd_name(name: str, artifact_copy: Path, refuse_run: Refuse) -> None:
    refuse_run(InputError, "inspect", name)


def test_an_artifact_whose_name_is_no_text(artifact_copy: Path, refuse_run: Refuse) -> None:
    artifact_copy.rename(os.fsdecode(b"x\xff"))
    assert "not UTF-8" in refuse_run(InputError, "run", os.fsdecode(b"x\xff"), "a film")


FLIPS = """
import json, random, sys
from pathlib import Path
import litebert
from litebert.checked_files import file_sha256
from litebert.manifest import manifest_bytes

folder, name = Path("copy"), sys.argv[1]
content = (folder / name).read_bytes()
manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
for seed in range(40):
    moments = random.Random(seed)
    changed = bytearray(content)
    for _ in range(moments.choice((1, 1, 20))):
        changed[moments.randrange(len(changed))] = moments.randrange(256)
    (folder / name).write_bytes(changed)
    manifest["files"][name]["sha256"] = file_sha256(folder / name)
    (folder / "manifest.json").write_bytes(manifest_bytes(manifest))
    for backend in ("onnxruntime", "litert"):
        try:
            litebert.load(folder, backend)("a film")
        except litebert.ArtifactError:
            pass
print("survived")
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_flipped_bytes_under_right_hashes(name: str, artifact_copy: Path) -> None:
    """Whoever can do this can do anything: still every error is ours. In a process apart, for crashes."""
    finished = subprocess.run([sys.executable, "-c", FLIPS, name], capture_output=True, check=False)
    assert finished.stdout.endswith(b"survived\n"), finished.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "manifest.json").write_bytes(b" " * 20_000_000), "larger than"),
        (
            lambda folder: (folder / "manifest.json").write_bytes(b"[" + b"[]," * 1_000_000 + b"1]"),
            "JSON object",
        ),
        (lambda folder: os.truncate(folder / "tflite/model.tflite", 2**36), "the manifest says"),
        (lambda folder: change_json(folder / "manifest.json", format_version=4), "a newer LiteBERT"),
    ],
    ids=["a large manifest", "a manifest of lists", "a graph of 64 GB", "a newer format"],
)
def test_a_refusal_is_cheap(spoil: Spoil, words: str, artifact_copy: Path) -> None:
    spoil(artifact_copy)
    with nothing_left(Path.cwd()):
        finished = command("litebert", "run", "copy", "a film")
    assert finished.code == 1 and finished.out == "" and words in error_line(finished.err)
    assert finished.seconds < SECONDS and finished.peak_bytes < PEAK_BYTES
