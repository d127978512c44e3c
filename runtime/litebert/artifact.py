"""The artifact as the runtime sees it: a folder whose every fact and byte was checked (../ARTIFACT.md)."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litebert.errors import ArtifactError, InputError, UnsupportedFormatError

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
TOKENIZER = "tokenizer.json"
GOLDEN = "golden.json"
TASKS = ("sequence-classification",)
PROBLEM_TYPES = ("single-label", "multi-label", "regression")
LAYOUTS = ("whole",)
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OUTPUT = "logits"

_MANIFEST_LIMIT_BYTES = 16_000_000
_PATH_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Segment:
    """A graph that is run in one call.

    Attributes:
        name: its name in the plan, such as `whole`.
        file: path of the graph, relative to the artifact.
        entry: signature key for TFLite, None for ONNX.
        inputs: names of the graph's inputs, each int32 [batch, tokens].
        outputs: names of its outputs.
    """

    name: str
    file: str
    entry: str | None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """What was written for one engine: `layout`, `recipe` and the segments in running order."""

    name: str
    layout: str
    recipe: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Artifact:
    """A checked artifact; `files` maps each relative path to its size in bytes."""

    path: Path
    name: str
    family: str
    task: str
    problem_type: str
    labels: tuple[str, ...]
    max_tokens: int
    targets: Mapping[str, Target]
    files: Mapping[str, int]
    digest: str

    def target_size_bytes(self, target: str) -> int:
        """Bytes of all files of one target: its graphs with their weights."""
        return sum(size for file, size in self.files.items() if file.startswith(f"{target}/"))


def manifest_digest(manifest: Mapping[str, Any]) -> str:
    """The sha256 (hex) of a manifest's canonical JSON, its own `digest` field left out."""
    body = {key: value for key, value in manifest.items() if key != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def file_sha256(path: Path) -> str:
    """The sha256 (hex) of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_artifact(path: str | Path) -> Artifact:
    """Returns the artifact in a folder once paths, sizes, hashes and manifest fields hold.

    Raises:
        InputError: there is no such folder, or it is not an artifact.
        ArtifactError: a file is missing, changed, a link or outside the folder, or a field is wrong.
        UnsupportedFormatError: a newer LiteBERT wrote it.
    """
    folder = Path(path)
    if not _is_text(str(folder)):
        raise InputError(f"{str(folder)!r}: not UTF-8, which engines expect of a path; rename the folder")
    if not (folder / MANIFEST).is_file():
        found = "a folder without manifest.json" if folder.is_dir() else "no such folder"
        raise InputError(f"{folder}: {found}; expected an artifact written by litebert-export")
    manifest = _read_manifest(folder)
    files = _check_files(folder, _typed(manifest, "files", dict))
    targets = {
        name: _parse_target(name, body, files) for name, body in _typed(manifest, "targets", dict).items()
    }
    labels = _strings(manifest, "labels")
    if not targets or not labels:
        raise ArtifactError(f"{folder / MANIFEST}: targets or labels are empty; export the model again")
    return Artifact(
        path=folder,
        name=_typed(manifest, "name", str),
        family=_typed(manifest, "family", str),
        task=_choice(manifest, "task", TASKS),
        problem_type=_choice(manifest, "problem_type", PROBLEM_TYPES),
        labels=labels,
        max_tokens=_positive(manifest, "max_tokens"),
        targets=targets,
        files=files,
        digest=_typed(manifest, "digest", str),
    )


def parse_segment(body: Any) -> Segment:
    """A segment from its JSON.

    Raises:
        ArtifactError: a field is missing or of a wrong type.
    """
    if not isinstance(body, dict):
        raise ArtifactError(
            f"{MANIFEST}: a segment is {body!r:.80}, expected an object; export the model again"
        )
    entry = body.get("entry")
    if entry is not None and not isinstance(entry, str):
        raise ArtifactError(f"{MANIFEST}: entry is {entry!r:.80}, expected a string; export the model again")
    return Segment(
        name=_typed(body, "name", str),
        file=_typed(body, "file", str),
        entry=entry,
        inputs=_strings(body, "inputs"),
        outputs=_strings(body, "outputs"),
    )


def read_golden(artifact: Artifact) -> Any:
    """The parsed content of golden.json, whose hash `open_artifact` has checked."""
    return _read_json(artifact.path / GOLDEN)


def _read_json(path: Path) -> Any:
    if path.stat().st_size > _MANIFEST_LIMIT_BYTES:
        raise ArtifactError(f"{path}: larger than {_MANIFEST_LIMIT_BYTES} bytes; export the model again")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"{path}: not readable as JSON; export the model again") from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if path.is_symlink():
        raise ArtifactError(f"{path}: a symbolic link, expected a regular file; export the model again")
    manifest = _read_json(path)
    if not isinstance(manifest, dict):
        raise ArtifactError(f"{path}: not a JSON object; export the model again")
    version = _positive(manifest, "format_version")
    if version > FORMAT_VERSION:
        raise UnsupportedFormatError(
            f"{path}: format_version {version}, this litebert reads up to {FORMAT_VERSION}; "
            "upgrade with pip install -U litebert"
        )
    if manifest.get("digest") != manifest_digest(manifest):
        raise ArtifactError(f"{path}: its digest does not match its content; export the model again")
    return manifest


def _check_files(folder: Path, files: Mapping[str, Any]) -> dict[str, int]:
    sizes = {}
    for name, body in files.items():
        if not all(_PATH_PART.fullmatch(part) for part in name.split("/")):
            raise ArtifactError(f"{folder / MANIFEST}: path {name!r} leaves the artifact; do not use it")
        if not isinstance(body, dict):
            raise ArtifactError(f"{folder / MANIFEST}: no facts about {name}; export the model again")
        sizes[name] = _typed(body, "size_bytes", int)
        _check_regular(folder, name, sizes[name])
    missing = [name for name in (TOKENIZER, GOLDEN) if name not in sizes]
    if missing:
        raise ArtifactError(f"{folder / MANIFEST}: no entry for {', '.join(missing)}; export the model again")
    for name in sizes:
        if file_sha256(folder / name) != files[name].get("sha256"):
            raise ArtifactError(
                f"{folder / name}: sha256 differs from the manifest's; export the model again"
            )
    return sizes


def _check_regular(folder: Path, name: str, size_bytes: int) -> None:
    path = folder
    parts = name.split("/")
    for part in parts:
        path /= part
        try:
            status = path.lstat()
        except OSError as error:
            raise ArtifactError(f"{path}: missing from the artifact; export the model again") from error
        regular = stat.S_ISREG if path == folder / name else stat.S_ISDIR
        if not regular(status.st_mode):
            raise ArtifactError(
                f"{path}: a link or special file, expected a regular one; export the model again"
            )
    if status.st_size != size_bytes:
        raise ArtifactError(
            f"{path}: {status.st_size} bytes, the manifest says {size_bytes}; export the model again"
        )


def _parse_target(name: str, body: Any, files: Mapping[str, int]) -> Target:
    if not isinstance(body, dict):
        raise ArtifactError(f"{MANIFEST}: target {name} has no facts; export the model again")
    layout = _choice(body, "layout", LAYOUTS)
    segments = tuple(parse_segment(part) for part in _typed(body, "segments", list))
    if len(segments) != 1 or segments[0].file not in files:
        raise ArtifactError(
            f"{MANIFEST}: target {name} has {len(segments)} segments, expected one whose file is listed; "
            "export the model again"
        )
    if not set(segments[0].inputs) <= set(INPUTS) or OUTPUT not in segments[0].outputs:
        raise ArtifactError(
            f"{MANIFEST}: target {name} has inputs or outputs other than {', '.join((*INPUTS, OUTPUT))}; "
            "export the model again"
        )
    return Target(name, layout, _typed(body, "recipe", str), segments)


def _typed(body: Mapping[str, Any], key: str, kind: type) -> Any:
    value = body.get(key)
    half = isinstance(value, str) and not _is_text(value)
    if not isinstance(value, kind) or isinstance(value, bool) or half:
        raise ArtifactError(
            f"{MANIFEST}: {key} is {value!r:.80}, expected {kind.__name__}; export the model again"
        )
    return value


def _positive(body: Mapping[str, Any], key: str) -> int:
    value: int = _typed(body, key, int)
    if value < 1:
        raise ArtifactError(f"{MANIFEST}: {key} is {value}, expected 1 or more; export the model again")
    return value


def _choice(body: Mapping[str, Any], key: str, choices: tuple[str, ...]) -> str:
    if body.get(key) not in choices:
        raise ArtifactError(
            f"{MANIFEST}: {key} is {body.get(key)!r:.80}, expected one of {', '.join(choices)}; "
            "export the model again"
        )
    return str(body[key])


def _strings(body: Mapping[str, Any], key: str) -> tuple[str, ...]:
    values = _typed(body, key, list)
    if not all(isinstance(value, str) and _is_text(value) for value in values):
        raise ArtifactError(f"{MANIFEST}: {key} holds something other than strings; export the model again")
    return tuple(values)


def _is_text(value: str) -> bool:
    """Whether a string can be written as UTF-8: paths and JSON can smuggle in halves of characters."""
    return re.search("[\ud800-\udfff\0]", value) is None
