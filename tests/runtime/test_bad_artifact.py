"""Artifacts that are damaged, changed, swapped, linked elsewhere or made up: one error, and never a crash."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import Refuse, change_json, command, error_line, nothing_left

import litebert
from litebert import ArtifactError, InputError, UnsupportedFormatError
from litebert.artifact import file_sha256, manifest_digest, open_artifact
from litebert.verify import verify_artifact

pytest_plugins = ("bad_fixtures",)

Spoil = Callable[[Path], object]

FILES = ("golden.json", "tokenizer.json", "onnx/whole.onnx", "onnx/weights.bin", "tflite/model.tflite")
BACKENDS = ("onnxruntime", "ai-edge-litert")
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**63,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "x",
    "../x",
    "/etc/passwd",
    "a\nerror: b\x1b[31m",
    "\ud800",
    "a\0b",
    "x" * 100_000,
    [],
    ["a"],
    [1],
    [None],
    [[]],
    {},
    {"a": 1},
)
SEGMENT = ("targets", "onnx", "segments", 0)
CHECKED = (  # fields that must be what they are
    ("format_version",),
    ("digest",),
    ("task",),
    ("problem_type",),
    ("max_tokens",),
    ("labels",),
    ("files",),
    ("files", "onnx/whole.onnx"),
    ("files", "onnx/whole.onnx", "size_bytes"),
    ("files", "onnx/whole.onnx", "sha256"),
    ("targets",),
    ("targets", "onnx"),
    ("targets", "onnx", "layout"),
    ("targets", "onnx", "segments"),
    SEGMENT,
    (*SEGMENT, "file"),
    (*SEGMENT, "inputs"),
    (*SEGMENT, "inputs", 0),
    (*SEGMENT, "outputs"),
    (*SEGMENT, "outputs", 0),
)
FREE = (  # fields that may hold any text, or anything
    ("name",),
    ("family",),
    ("licence",),
    ("source",),
    ("source", "weights_sha256"),
    ("labels", 0),
    ("targets", "onnx", "recipe"),
    (*SEGMENT, "name"),
    (*SEGMENT, "entry"),
    ("targets", "tflite", "segments", 0, "entry"),
)
ACCEPTED = {
    ("format_version",): [1],
    ("max_tokens",): [1, 2**63, 10**400],
}


def _manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def _seal(folder: Path, manifest: dict[str, Any] | None = None) -> None:
    """Writes a manifest with a right digest; without one, the old with sizes and hashes as they are now."""
    if manifest is None:
        manifest = _manifest(folder)
        for name in manifest["files"]:
            path = folder / name
            manifest["files"][name] = {"size_bytes": path.stat().st_size, "sha256": file_sha256(path)}
    sealed = {**manifest, "digest": manifest_digest(manifest)}
    (folder / "manifest.json").write_text(json.dumps(sealed), encoding="utf-8")


def _changed(manifest: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(manifest)
    part: Any = changed
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return changed


def _without(manifest: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    changed = copy.deepcopy(manifest)
    part: Any = changed
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    return changed


def _use(folder: Path) -> None:
    """Everything a user can do with an artifact."""
    for backend in BACKENDS:
        with litebert.load(folder, backend) as model:
            model(["a film", ("a film", "the plot " * 100)])
    verify_artifact(folder)


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: "/".join(map(str, path)))
def test_a_field_that_is_wrong(path: tuple[str | int, ...], artifact_copy: Path) -> None:
    sound = _manifest(artifact_copy)
    wrong = [value for value in VALUES if value not in ACCEPTED.get(path, [])]
    for value in wrong:
        manifest = _changed(sound, path, value)
        if path == ("digest",):
            (artifact_copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        else:
            _seal(artifact_copy, manifest)
        with pytest.raises((ArtifactError, UnsupportedFormatError)) as caught:
            _use(artifact_copy)
        message = str(caught.value)
        assert "export the model again" in message or "upgrade" in message, (value, message)


@pytest.mark.parametrize("path", FREE, ids=lambda path: "/".join(map(str, path)))
def test_a_field_that_may_hold_anything(path: tuple[str | int, ...], artifact_copy: Path) -> None:
    """It works, or it is refused with an error of ours."""
    sound = _manifest(artifact_copy)
    opened = 0
    for value in VALUES:
        _seal(artifact_copy, _changed(sound, path, value))
        try:
            open_artifact(artifact_copy)
        except ArtifactError:
            continue
        opened += 1
        if opened > 3 and path[-1] != "entry":
            continue  # the engines see nothing of it
        try:
            _use(artifact_copy)
        except ArtifactError as error:
            assert path[-1] == "entry", (value, error)
    assert opened


OPTIONAL = {("source", "weights_sha256"), ("licence",), ("source",), (*SEGMENT, "entry")}


@pytest.mark.parametrize("path", [*CHECKED, *FREE], ids=lambda path: "/".join(map(str, path)))
def test_a_field_that_is_missing(path: tuple[str | int, ...], artifact_copy: Path) -> None:
    sound = _manifest(artifact_copy)
    manifest = _without(sound, path)
    if path == ("digest",):
        (artifact_copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    else:
        _seal(artifact_copy, manifest)
    if path == ("targets", "onnx"):
        assert list(open_artifact(artifact_copy).targets) == ["tflite"]
    elif path in OPTIONAL or path[-1] == "entry":
        _use(artifact_copy)
    else:
        with pytest.raises(ArtifactError, match="export the model again"):
            _use(artifact_copy)


def test_a_change_without_a_new_digest(artifact_copy: Path) -> None:
    for path in [*CHECKED, *FREE]:
        sound = _manifest(artifact_copy)
        manifest = _changed(sound, path, "changed")
        (artifact_copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        with pytest.raises(ArtifactError):
            open_artifact(artifact_copy)
        (artifact_copy / "manifest.json").write_text(json.dumps(sound), encoding="utf-8")
    assert open_artifact(artifact_copy)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("labels",), ["a"], "labels"),
        (("labels",), ["a", "b", "c"], "labels"),
        ((*SEGMENT, "inputs"), ["input_ids", "attention_mask"], "refuses it"),
        ((*SEGMENT, "inputs"), ["input_ids"] * 3, "refuses it"),
        ((*SEGMENT, "file"), "tokenizer.json", "refuses it"),
        ((*SEGMENT, "file"), "tflite/model.tflite", "refuses it"),
        ((*SEGMENT, "file"), "onnx/weights.bin", "refuses it"),
        (("targets", "tflite", "segments", 0, "file"), "onnx/whole.onnx", "refuses it"),
        (("targets", "tflite", "segments", 0, "inputs"), ["input_ids"], "refuses it"),
        (("problem_type",), "regression", None),
    ],
)
def test_facts_that_the_graph_contradicts(
    path: tuple[str | int, ...], value: object, words: str | None, artifact_copy: Path
) -> None:
    _seal(artifact_copy, _changed(_manifest(artifact_copy), path, value))
    if words is None:
        _use(artifact_copy)
    else:
        with pytest.raises(ArtifactError, match=f"{words}.*export the model again"):
            _use(artifact_copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda segments: segments * 2,
        lambda segments: [*segments, {**segments[0], "name": "more"}],
        lambda segments: [],
    ],
)
def test_another_number_of_segments(change: Callable[[list[Any]], list[Any]], artifact_copy: Path) -> None:
    manifest = _manifest(artifact_copy)
    manifest["targets"]["onnx"]["segments"] = change(manifest["targets"]["onnx"]["segments"])
    _seal(artifact_copy, manifest)
    with pytest.raises(ArtifactError, match="segments in the layout whole, expected one"):
        litebert.load(artifact_copy)


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/hostname",
        "onnx/../tokenizer.json",
        "./tokenizer.json",
        "onnx//whole.onnx",
        "onnx/",
        "",
        ".hidden",
        "a\\b",
        "C:file",
        "a b",
        "a\nb\x1b[31m",
        "tokenizer.json\n",
        "\ud800",
        "a\0b",
        "x" * 5000,
    ],
)
def test_a_path_that_leaves_the_folder(name: str, artifact_copy: Path, refuse_run: Refuse) -> None:
    """Even where the file is there and its hash is right."""
    Path("outside").write_bytes(b"x")
    manifest = _manifest(artifact_copy)
    manifest["files"][name] = manifest["files"]["tokenizer.json"]
    _seal(artifact_copy, manifest)
    line = refuse_run(ArtifactError, "inspect", "copy")
    assert (
        "leaves the artifact; do not use it" in line or "File name too long" in line or "missing from" in line
    )


def _replaced(make: Callable[[Path, bytes], object]) -> Callable[[Path], object]:
    def spoil(path: Path) -> None:
        content = path.read_bytes()
        path.unlink()
        make(path, content)

    return spoil


def _linked(path: Path, content: bytes) -> None:
    Path("elsewhere").write_bytes(content)
    path.symlink_to(Path("elsewhere").resolve())


DAMAGE = {
    "a byte changed": _replaced(
        lambda path, content: path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    ),
    "truncated": _replaced(lambda path, content: path.write_bytes(content[:-1])),
    "extended": _replaced(lambda path, content: path.write_bytes(content + b"\0")),
    "empty": _replaced(lambda path, content: path.write_bytes(b"")),
    "missing": _replaced(lambda path, content: None),
    "a link to the same": _replaced(_linked),
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
    assert "copy/onnx: a link or special file" in refuse_run(ArtifactError, "inspect", "copy")


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
    _use(artifact_copy)


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
        (b'{"format_version": 1}', "its digest does not match"),
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
        '{"format_version": 1, "a": ' + "[" * depth + "]" * depth + "}"
    )
    with pytest.raises(ArtifactError):
        open_artifact(artifact_copy)


def test_a_manifest_that_is_a_link(artifact_copy: Path, refuse_run: Refuse) -> None:
    (artifact_copy / "manifest.json").rename("elsewhere")
    (artifact_copy / "manifest.json").symlink_to(Path("elsewhere").resolve())
    assert "copy/manifest.json: a symbolic link" in refuse_run(ArtifactError, "inspect", "copy")


@pytest.mark.parametrize("version", [2, 99, 10**30])
def test_a_newer_format(version: int, artifact_copy: Path, refuse_run: Refuse) -> None:
    """Whatever else stands in it: the newer format may have moved everything."""
    (artifact_copy / "manifest.json").write_text(json.dumps({"format_version": version}), encoding="utf-8")
    line = refuse_run(UnsupportedFormatError, "run", "copy", "a film")
    assert (
        f"format_version {version}, this litebert reads up to 1; upgrade with pip install -U litebert" in line
    )


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
    _seal(artifact_copy)
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
    _seal(artifact_copy)
    assert "ONNX Runtime refuses it" in refuse_run(ArtifactError, "run", "copy", "a", "--backend", backend)


def test_a_tokenizer_of_another_model(artifact_copy: Path, refuse_run: Refuse) -> None:
    """Its ids lie beyond the embedding: the engine says so, and we say whose fault it is."""
    path = artifact_copy / "tokenizer.json"
    body = json.loads(path.read_text(encoding="utf-8"))
    body["model"]["vocab"]["film"] = 5000
    path.write_text(json.dumps(body), encoding="utf-8")
    _seal(artifact_copy)
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
    (
        (*CASE, "logits"),
        ["x", [], [[]], [["x"]], {}, [[1.0, 2.0, 3.0]], [[10**400]], [[1], [2, 3]]],
    ),
    ((*CASE, "tolerance"), [None, "x", [], {}, 10**400]),
)


@pytest.mark.parametrize(("path", "values"), GOLDEN, ids=lambda value: "/".join(map(str, value))[:30])
def test_golden_cases_that_are_none(
    path: tuple[str | int, ...], values: list[Any], artifact_copy: Path
) -> None:
    file = artifact_copy / "golden.json"
    sound = json.loads(file.read_text(encoding="utf-8"))
    for value in values:
        file.write_text(json.dumps(_changed({"": sound}, ("", *path), value)[""]), encoding="utf-8")
        _seal(artifact_copy)
        with pytest.raises(ArtifactError, match="export the model again"):
            verify_artifact(artifact_copy)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*CASE, "logits", 0, 0), 1e6),
        ((*CASE, "logits", 0, 0), float("nan")),
        ((*CASE, "logits", 0, 0), float("inf")),
        ((*CASE, "tolerance"), float("nan")),
        ((*CASE, "logits"), [[None, None]]),
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
    changed = _changed(sound, path, value)
    if path[-1] == "input_ids":
        changed = _changed(changed, (*CASE, "token_type_ids"), [0, 0])
    file.write_text(json.dumps(changed), encoding="utf-8")
    _seal(artifact_copy)
    assert litebert.cli.main(["verify", "copy"]) == 1
    assert "DIFFER" in capfd.readouterr().out


def test_a_golden_file_that_is_too_large(artifact_copy: Path, refuse_run: Refuse) -> None:
    with (artifact_copy / "golden.json").open("a", encoding="utf-8") as file:
        file.write(" " * 16_000_000)
    _seal(artifact_copy)
    assert "larger than 16000000 bytes" in refuse_run(ArtifactError, "verify", "copy")


FLIPS = """
import json, random, sys
from pathlib import Path
import litebert
from litebert.artifact import file_sha256, manifest_digest

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
    manifest["digest"] = manifest_digest(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
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
        (lambda folder: change_json(folder / "manifest.json", format_version=2), "upgrade"),
    ],
    ids=["a large manifest", "a manifest of lists", "a graph of 64 GB", "a newer format"],
)
def test_a_refusal_is_cheap(spoil: Spoil, words: str, artifact_copy: Path) -> None:
    spoil(artifact_copy)
    with nothing_left(Path.cwd()):
        finished = command("litebert", "run", "copy", "a film")
    assert finished.code == 1 and finished.out == "" and words in error_line(finished.err)
    assert finished.seconds < 20 and finished.peak_bytes < 2_000_000_000
