"""Manifests whose facts are wrong, missing or at odds with the graph: one error, and never a crash."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad_inputs import Refuse
from manifests import changed_at, manifest_of, seal, use_artifact, without

import litebert
from litebert import ArtifactError, UnsupportedFormatError
from litebert.artifact import open_artifact
from litebert.exit_rules import RULES

pytest_plugins = ("bad_fixtures",)

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
    ("task", "name"),
    ("task", "problem_type"),
    ("task", "labels"),
    ("task", "activation"),
    ("outputs",),
    ("outputs", 0),
    ("outputs", 0, "name"),
    ("outputs", 0, "axes"),
    ("outputs", 0, "axes", 0),
    ("outputs", 0, "axes", 1),
    ("pairs",),
    ("max_tokens",),
    ("files",),
    ("files", "onnx/whole.onnx"),
    ("files", "onnx/whole.onnx", "size_bytes"),
    ("files", "onnx/whole.onnx", "sha256"),
    ("targets",),
    ("targets", "onnx"),
    ("targets", "onnx", "layout"),
    ("targets", "onnx", "arithmetic"),
    ("targets", "onnx", "rows"),
    ("targets", "onnx", "segments"),
    SEGMENT,
    (*SEGMENT, "file"),
    (*SEGMENT, "inputs"),
    (*SEGMENT, "inputs", 0),
    (*SEGMENT, "outputs"),
    (*SEGMENT, "outputs", 0),
    ("targets", "tflite", "segments", 0, "entry"),
    ("vocabulary",),
    ("vocabulary", "size"),
)
FREE = (  # fields that may hold any text, or anything
    ("name",),
    ("family",),
    ("licence",),
    ("source",),
    ("source", "weights_sha256"),
    ("task", "labels", 0),
    ("targets", "onnx", "recipe"),
    (*SEGMENT, "name"),
    (*SEGMENT, "entry"),
)


@pytest.mark.parametrize("path", CHECKED, ids=lambda path: "/".join(map(str, path)))
def test_a_field_that_is_wrong(path: tuple[str | int, ...], artifact_copy: Path) -> None:
    sound = manifest_of(artifact_copy)
    for value in VALUES:
        manifest = changed_at(sound, path, value)
        if path == ("digest",):
            (artifact_copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        else:
            seal(artifact_copy, manifest)
        with pytest.raises((ArtifactError, UnsupportedFormatError)) as caught:
            use_artifact(artifact_copy)
        message = str(caught.value)
        assert "export the model again" in message or "a newer LiteBERT" in message, (value, message)


@pytest.mark.parametrize("path", FREE, ids=lambda path: "/".join(map(str, path)))
def test_a_field_that_may_hold_anything(path: tuple[str | int, ...], artifact_copy: Path) -> None:
    """It works, or it is refused with an error of ours."""
    sound = manifest_of(artifact_copy)
    opened = 0
    for value in VALUES:
        seal(artifact_copy, changed_at(sound, path, value))
        try:
            open_artifact(artifact_copy)
        except ArtifactError:
            continue
        opened += 1
        if opened > 3 and path[-1] != "entry":
            continue  # the engines see nothing of it
        try:
            use_artifact(artifact_copy)
        except ArtifactError as error:
            assert path[-1] == "entry", (value, error)
    assert opened


OPTIONAL = {("source", "weights_sha256"), ("licence",), ("source",), (*SEGMENT, "entry")}  # null, as absent


@pytest.mark.parametrize("path", [*CHECKED, *FREE], ids=lambda path: "/".join(map(str, path)))
def test_a_field_that_is_missing(path: tuple[str | int, ...], artifact_copy: Path) -> None:
    sound = manifest_of(artifact_copy)
    manifest = without(sound, path)
    if path == ("digest",):
        (artifact_copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    else:
        seal(artifact_copy, manifest)
    if path == ("targets", "onnx"):
        assert list(open_artifact(artifact_copy).targets) == ["tflite"]
    elif path in OPTIONAL:
        use_artifact(artifact_copy)
    else:
        with pytest.raises(ArtifactError, match="export the model again"):
            use_artifact(artifact_copy)


def test_a_change_without_a_new_digest(artifact_copy: Path) -> None:
    file = artifact_copy / "manifest.json"
    sound = file.read_bytes()
    first, _, rest = sound.partition(b"\n")
    changed = [json.dumps(changed_at(manifest_of(artifact_copy), path, "x")) for path in [*CHECKED, *FREE]]
    for content in (
        *(text.partition("{")[2].encode("ascii") for text in changed),
        rest + b"\n",
        rest.replace(b"\n", b"\r\n"),
        rest.replace(b": 48,", b": 48.0,", 1),
        rest.replace(b' "', b'  "', 1),
    ):
        assert content != rest
        file.write_bytes(first + b"\n" + content)
        with pytest.raises(ArtifactError):
            open_artifact(artifact_copy)
    for other in (first.replace(b'{"', b'{ "'), first + b" ", first + b"\r", b"\n" + first):
        file.write_bytes(other + b"\n" + rest)
        with pytest.raises(ArtifactError, match="its digest does not match its content"):
            open_artifact(artifact_copy)
    file.write_bytes(sound)
    assert open_artifact(artifact_copy).digest.encode("ascii") in first


def test_the_seal_is_checked_by_a_shell(artifact: Path) -> None:
    found = subprocess.run(
        "tail -n +2 manifest.json | sha256sum", shell=True, cwd=artifact, capture_output=True, check=True
    )
    assert found.stdout.decode("ascii").split()[0] == open_artifact(artifact).digest


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("task", "labels"), ["a"], "logits"),
        (("task", "labels"), ["a", "b", "c"], "logits"),
        ((*SEGMENT, "inputs"), ["input_ids", "attention_mask"], "refuses it"),
        ((*SEGMENT, "inputs"), ["input_ids"] * 3, "refuses it"),
        ((*SEGMENT, "file"), "tokenizer.json", "expected null in a file onnx/"),
        ((*SEGMENT, "file"), "tflite/model.tflite", "expected null in a file onnx/"),
        ((*SEGMENT, "file"), "onnx/weights.bin", "expected null in a file onnx/"),
        (("targets", "tflite", "segments", 0, "file"), "onnx/whole.onnx", "or a name in a file tflite/"),
        (("targets", "tflite", "segments", 0, "inputs"), ["input_ids"], "refuses it"),
        (("task", "labels"), [], "labels"),
        (("task", "labels"), ["a", "a"], "labels"),
        (("task", "problem_type"), "regression", "labels"),
        (("task", "problem_type"), "multi-label", "activation"),
        (("task", "activation"), "sigmoid", "activation"),
        (("task", "threshold"), 0.5, "threshold is 0.5 for single-label, expected none"),
        (("outputs", 0, "axes"), ["batch", 3], "expected logits for 2 labels"),
        (("outputs", 0, "axes"), ["batch", "tokens", 2], "expected logits for 2 labels"),
        (("outputs", 0, "name"), "scores", "expected logits for 2 labels"),
        (("outputs", 0, "more"), 1, "expected for each a name and axes"),
        (("inputs",), "texts", "inputs is 'texts', expected one of text, pair"),
        (("exit_rule",), RULES["entropy-below"].facts(), "exit_rule is entropy-below, but onnx has 0 exits"),
        (("targets", "tflite", "rows"), "independent", "rows is 'independent', expected one of one"),
        (("targets", "onnx", "moved_by_padding"), 1, "moved_by_padding is 1, expected true or false"),
        (("targets", "onnx", "moved_by_padding"), None, "moved_by_padding is None, expected true or false"),
        (("max_tokens",), 47, "max_tokens is 47, but tokenizer.json cuts at 48 tokens"),
        (("vocabulary", "size"), 2**31 + 1, "expected at most 2147483648"),
        (("vocabulary", "size"), 20, "has the id 20, expected 0 to 19"),
    ],
)
def test_facts_that_contradict_each_other_or_the_graph(
    path: tuple[str | int, ...], value: object, words: str, artifact_copy: Path
) -> None:
    seal(artifact_copy, changed_at(manifest_of(artifact_copy), path, value))
    with pytest.raises(ArtifactError, match=f"{words}.*export the model again"):
        use_artifact(artifact_copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda segments: segments * 2,
        lambda segments: [*segments, {**segments[0], "name": "more"}],
        lambda segments: [],
    ],
)
def test_another_number_of_segments(change: Callable[[list[Any]], list[Any]], artifact_copy: Path) -> None:
    manifest = manifest_of(artifact_copy)
    manifest["targets"]["onnx"]["segments"] = change(manifest["targets"]["onnx"]["segments"])
    seal(artifact_copy, manifest)
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
    manifest = manifest_of(artifact_copy)
    manifest["files"][name] = manifest["files"]["tokenizer.json"]
    seal(artifact_copy, manifest)
    line = refuse_run(ArtifactError, "inspect", "copy")
    assert (
        "leaves the artifact; do not use it" in line or "File name too long" in line or "missing from" in line
    )


@pytest.mark.parametrize("value", ["x", [], {}, -1, 0, 1.5, True])
def test_a_trimmed_vocabulary_without_numbers(value: object, artifact_copy: Path) -> None:
    seal(artifact_copy, changed_at(manifest_of(artifact_copy), ("vocabulary", "trimmed_from"), value))
    with pytest.raises(ArtifactError, match="export the model again"):
        open_artifact(artifact_copy)
