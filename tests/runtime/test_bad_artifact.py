"""Artifacts that are damaged, swapped, linked elsewhere or made up: one error, and never a crash."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import PEAK_BYTES, SECONDS, Refuse, change_json, command, error_line, nothing_left
from manifests import BACKENDS, change_sealed, changed_at, manifest_of, seal, use_artifact

import litebert
from litebert import ArtifactError, InputError, UnsupportedFormatError
from litebert.artifact import open_artifact
from litebert.tools.verify import verify_artifact

pytest_plugins = ("bad_fixtures",)

Spoil = Callable[[Path], object]

FILES = ("golden.json", "tokenizer.json", "onnx/whole.onnx", "onnx/weights.bin", "tflite/model.tflite")


def _replaced(make: Callable[[Path, bytes], object]) -> Callable[[Path], object]:
    def spoil(path: Path) -> None:
        content = path.read_bytes()
        path.unlink()
        make(path, content)

    return spoil


DAMAGE = {
    "a byte changed": _replaced(
        lambda path, content: path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    ),
    "truncated": _replaced(lambda path, content: path.write_bytes(content[:-1])),
    "extended": _replaced(lambda path, content: path.write_bytes(content + b"\0")),
    "empty": _replaced(lambda path, content: path.write_bytes(b"")),
    "missing": _replaced(lambda path, content: None),
    "a link to itself": _replaced(lambda path, content: path.symlink_to(path.name)),
    "a link to nothing": _replaced(lambda path, content: path.symlink_to("nothing")),
    "a folder": _replaced(lambda path, content: path.mkdir()),
    "a pipe": _replaced(lambda path, content: os.mkfifo(path)),
    "a device": _replaced(lambda path, content: path.symlink_to("/dev/zero")),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_what_it_was(
    name: str, damage: Spoil, artifact_copy: Path, refuse_run: Refuse
) -> None:
    damage(artifact_copy / name)
    line = refuse_run(ArtifactError, "run", "copy", "a film")
    assert f"copy/{name}: " in line and "export the model again" in line


@pytest.mark.parametrize("command_line", [("run", "copy", "a"), ("inspect", "copy"), ("verify", "copy")])
def test_every_command_checks(command_line: tuple[str, ...], artifact_copy: Path, refuse_run: Refuse) -> None:
    (artifact_copy / "onnx/weights.bin").write_bytes(b"")
    assert "copy/onnx/weights.bin: 0 bytes, the manifest says " in refuse_run(ArtifactError, *command_line)


def test_a_folder_that_is_a_link(artifact_copy: Path, refuse_run: Refuse) -> None:
    (artifact_copy / "onnx").rename("elsewhere")
    (artifact_copy / "onnx").symlink_to(Path("elsewhere").resolve())
    assert "copy/onnx: a link or file, expected a folder" in refuse_run(ArtifactError, "inspect", "copy")


def test_files_swapped(artifact_copy: Path, refuse_run: Refuse) -> None:
    one, other = artifact_copy / "onnx/whole.onnx", artifact_copy / "tflite/model.tflite"
    one.rename("kept")
    other.rename(one)
    Path("kept").rename(other)
    assert "bytes, the manifest says" in refuse_run(ArtifactError, "inspect", "copy")


def test_files_of_another_artifact(artifact_copy: Path, float_artifact: Path, refuse_run: Refuse) -> None:
    shutil.copy(float_artifact / "golden.json", artifact_copy / "golden.json")
    assert "copy/golden.json: " in refuse_run(ArtifactError, "verify", "copy")


def test_files_that_nobody_names_are_ignored(artifact_copy: Path) -> None:
    (artifact_copy / "notes.txt").write_text("mine", encoding="utf-8")
    os.mkfifo(artifact_copy / "pipe")
    use_artifact(artifact_copy)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not readable as JSON"),
        (b"junk", "not readable as JSON"),
        (b"\xff", "not readable as JSON"),
        (b"\xef\xbb\xbf{}", "not readable as JSON"),
        (b"[" * 100_000, "not readable as JSON"),
        (b'{"format_version": ' + b"9" * 10_000 + b"}", "not readable as JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "format_version is None"),
        (b'{"format_version": "1"}', "format_version is '1'"),
        (b'{"format_version": 1}', "format_version 1, this litebert reads 3"),
        (b'{"format_version": 2}', "format_version 2, this litebert reads 3"),
        (b'{"format_version": 3}', "its digest does not match"),
        (b'{"format_version": 3, "a": 1e999}', "holds the number 1e999, expected finite numbers"),
        (b'{"format_version": 3, "a": -Infinity}', "holds the number -Infinity, expected finite numbers"),
        (b'{"a": {"b": 1, "b": 1}}', "holds the key 'b' twice, expected once"),
        (b" " * 16_000_001, "larger than 16000000 bytes"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_manifest_that_is_none(content: bytes, words: str, artifact_copy: Path, refuse_run: Refuse) -> None:
    (artifact_copy / "manifest.json").write_bytes(content)
    line = refuse_run(ArtifactError, "inspect", "copy")
    assert words in line and "export the model again" in line


@pytest.mark.parametrize("depth", [100, 900, 950, 980, 990, 1000, 5000])
def test_a_manifest_nested_to_any_depth(depth: int, artifact_copy: Path) -> None:
    (artifact_copy / "manifest.json").write_text(
        '{"format_version": 3, "a": ' + "[" * depth + "]" * depth + "}"
    )
    with pytest.raises(ArtifactError):
        open_artifact(artifact_copy)


@pytest.mark.parametrize("version", [4, 99, 10**30])
def test_a_newer_format(version: int, artifact_copy: Path, refuse_run: Refuse) -> None:
    """Whatever else stands in it: the newer format may have moved everything."""
    (artifact_copy / "manifest.json").write_text(json.dumps({"format_version": version}), encoding="utf-8")
    line = refuse_run(UnsupportedFormatError, "run", "copy", "a film")
    assert f"format_version {version}, this litebert reads up to 3; install a newer LiteBERT from" in line


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


JUNK = {
    "empty": b"",
    "text": b"hello world",
    "zeros": b"\0" * 3000,
    "bytes": bytes(range(256)) * 12,
    "JSON": b"{}",
    "a flatbuffer's start": b"\x1c\0\0\0TFL3" + b"\0" * 100,
}


@pytest.mark.parametrize("content", JUNK.values(), ids=JUNK.keys())
@pytest.mark.parametrize(
    ("name", "backend"),
    [
        ("onnx/whole.onnx", "onnxruntime"),
        ("tflite/model.tflite", "ai-edge-litert"),
        ("tokenizer.json", "auto"),
    ],
)
def test_a_graph_that_is_none(
    name: str, backend: str, content: bytes, artifact_copy: Path, refuse_run: Refuse
) -> None:
    """The hashes are right: the engine itself must refuse."""
    (artifact_copy / name).write_bytes(content)
    seal(artifact_copy)
    line = refuse_run(ArtifactError, "run", "copy", "a film", "--backend", backend)
    assert f"copy/{name}: " in line and "export the model again" in line


@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
@pytest.mark.parametrize(
    ("name", "backend"), [("onnx/whole.onnx", "onnxruntime"), ("onnx/weights.bin", "onnxruntime")]
)
def test_a_graph_cut_short(
    name: str, backend: str, part: float, artifact_copy: Path, refuse_run: Refuse
) -> None:
    path = artifact_copy / name
    path.write_bytes(path.read_bytes()[: int(part * path.stat().st_size)])
    seal(artifact_copy)
    line = refuse_run(ArtifactError, "run", "copy", "a", "--backend", backend)
    assert "not an ONNX graph" in line or "of onnx/weights.bin, which has " in line or "refuses it" in line


def test_a_tokenizer_of_another_model(artifact_copy: Path, refuse_run: Refuse) -> None:
    """Its ids lie beyond the embedding, and whoever says that says whose fault it is."""
    change_sealed(artifact_copy, "tokenizer.json", lambda body: body["model"]["vocab"].update(film=5000))
    assert "the token 'film' has the id 5000" in refuse_run(ArtifactError, "run", "copy", "a film")
    seal(artifact_copy, manifest_of(artifact_copy) | {"vocabulary": {"size": 5001}})
    for backend in BACKENDS:
        with (
            litebert.load(artifact_copy, backend) as model,
            pytest.raises(ArtifactError, match="export the model"),
        ):
            model("a film")


CASE = ("onnx", 0)
GOLDEN = (
    ((), [None, True, 3, "x", [], {}, {"onnx": []}]),
    (("onnx",), [None, True, 3, "", "x", [], {}, [None], [[]], [{}], [3]]),
    ((*CASE, "text"), [None, 3, [], ["a"], [1, 2], {}, True]),
    (
        (*CASE, "input_ids"),
        [
            None,
            3,
            "",
            "x",
            [],
            [None],
            [[]],
            ["a"],
            [1.5, "x"],
            [2**31],
            [-(2**40)],
            [10**400],
            [5000],
            [-5000],
        ],
    ),
    ((*CASE, "input_ids", 0), [5000, 2**31 - 1, 10**30, None, "x", [], float("inf"), float("nan")]),
    ((*CASE, "token_type_ids"), [None, 3, "", [], [None], [[]], [10**400], [5000]]),
    ((*CASE, "outputs"), [None, 3, [], "x", {}, {"logits": []}, {"scores": [[1.0, 2.0]]}]),
    (
        (*CASE, "outputs", "logits"),
        [
            *("x", [], [[]], [["x"]], {}, [[1.0, 2.0, 3.0]], [[10**400]], [[1], [2, 3]], [[math.nan, 1.0]]),
            *([[None, None]], [[1.0, 2.0]] * 2, [1.0, 2.0], [[1e300, 1.0]]),
        ],
    ),
    ((*CASE, "outputs", "more"), [[[1.0, 2.0]]]),
    ((*CASE, "tolerance"), [None, "x", [], {}, -1, 10**400, math.nan, math.inf]),
)


@pytest.mark.parametrize(("path", "values"), GOLDEN, ids=lambda value: "/".join(map(str, value))[:30])
def test_golden_cases_that_are_none(
    path: tuple[str | int, ...], values: list[Any], artifact_copy: Path
) -> None:
    file = artifact_copy / "golden.json"
    sound = json.loads(file.read_text(encoding="utf-8"))
    for value in values:
        file.write_text(json.dumps(changed_at({"": sound}, ("", *path), value)[""]), encoding="utf-8")
        seal(artifact_copy)
        with pytest.raises(ArtifactError, match="export the model again"):
            verify_artifact(artifact_copy)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*CASE, "outputs", "logits", 0, 0), 1e6),
        ((*CASE, "answer"), {}),
        ((*CASE, "answer"), None),
        ((*CASE, "answer", "label"), "neutral"),
        ((*CASE, "answer", "score"), None),
        ((*CASE, "answer", "probs", 0), 0.12345),
        ((*CASE, "answer", "tokens"), 1),
        ((*CASE, "answer", "truncated"), 0),
        ((*CASE, "answer", "more"), 1),
        ((*CASE, "tolerance"), 0),
        ((*CASE, "text"), "another text"),
        ((*CASE, "input_ids"), [2, 3]),
    ],
)
def test_golden_cases_that_do_not_agree(
    path: tuple[str | int, ...], value: object, artifact_copy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    file = artifact_copy / "golden.json"
    sound = json.loads(file.read_text(encoding="utf-8"))
    changed = changed_at(sound, path, value)
    if path[-1] == "input_ids":
        changed = changed_at(changed, (*CASE, "token_type_ids"), [0, 0])
    file.write_text(json.dumps(changed), encoding="utf-8")
    seal(artifact_copy)
    assert litebert.tools.cli.main(["verify", "copy"]) == 1
    assert "DIFFER" in capfd.readouterr().out


def test_a_golden_file_that_is_too_large(artifact_copy: Path, refuse_run: Refuse) -> None:
    with (artifact_copy / "golden.json").open("a", encoding="utf-8") as file:
        file.write(" " * 16_000_000)
    seal(artifact_copy)
    assert "larger than 16000000 bytes" in refuse_run(ArtifactError, "verify", "copy")


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
