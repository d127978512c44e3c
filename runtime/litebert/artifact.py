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
from litebert.exits import RULES

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
TOKENIZER = "tokenizer.json"
GOLDEN = "golden.json"
TASKS = ("sequence-classification",)
PROBLEM_TYPES = ("single-label", "multi-label", "regression")
LAYOUTS = ("whole", "split", "branched")
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
LOGITS = "logits"
THRESHOLDS, EXIT_LAYER, UNCERTAINTY = "thresholds", "exit_layer", "uncertainty"  # of the layout branched

_MANIFEST_LIMIT_BYTES = 16_000_000
_PATH_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Segment:
    """A graph that is run in one call.

    Attributes:
        name: its name in the plan, such as `whole`.
        file: path of the graph, relative to the artifact.
        entry: signature key for TFLite, None for ONNX.
        inputs: names of the graph's inputs.
        outputs: names of its outputs.
    """

    name: str
    file: str
    entry: str | None
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Exit:
    """A head that may answer.

    Attributes:
        layer: the layer behind which it stands, counted from 0.
        output: the output that holds its logits.
        compute_share: multiply-adds up to its answer as a share of those up to the last exit's.
    """

    layer: int
    output: str
    compute_share: float


@dataclass(frozen=True)
class Target:
    """What was written for one engine.

    Attributes:
        name: onnx or tflite.
        layout: whole, split or branched.
        recipe: how it was quantized.
        segments: the graphs in running order.
        exits: in the order of their layers, the last layer's last; empty for a student without early ones.
        calibration: what thresholds give on labelled text, as `calibration.py` reads it; None before.
    """

    name: str
    layout: str
    recipe: str
    segments: tuple[Segment, ...]
    exits: tuple[Exit, ...] = ()
    calibration: Mapping[str, Any] | None = None

    @property
    def logits_outputs(self) -> tuple[str, ...]:
        """The output of each exit; of the only head where there are no exits."""
        return tuple(each.output for each in self.exits) or (LOGITS,)


@dataclass(frozen=True)
class Artifact:
    """A checked artifact.

    `files` maps each relative path to its size in bytes; `exit_rule` is None for a student without exits;
    `pairs` is False where two texts cannot be answered.
    """

    path: Path
    name: str
    family: str
    task: str
    problem_type: str
    labels: tuple[str, ...]
    max_tokens: int
    pairs: bool
    exit_rule: str | None
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
    manifest = read_manifest(folder)
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
        pairs=_boolean(manifest, "pairs", absent=True),
        exit_rule=None if manifest.get("exit_rule") is None else _choice(manifest, "exit_rule", tuple(RULES)),
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


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of the artifact in a folder, once format and digest hold.

    Raises:
        ArtifactError: it is damaged.
        UnsupportedFormatError: a newer LiteBERT wrote it.
    """
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
    calibration = None if body.get("calibration") is None else _typed(body, "calibration", dict)
    target = Target(
        name=name,
        layout=_choice(body, "layout", LAYOUTS),
        recipe=_typed(body, "recipe", str),
        segments=tuple(parse_segment(part) for part in _typed(body, "segments", list)),
        exits=parse_exits(body.get("exits", [])),
        calibration=calibration,
    )
    problem = _contradiction(target, files)
    if problem is not None:
        raise ArtifactError(f"{MANIFEST}: target {name} has {problem}; export the model again")
    return target


def parse_exits(body: Any) -> tuple[Exit, ...]:
    """The exits of a target from their JSON.

    Raises:
        ArtifactError: a field is missing or of a wrong type, or they are not in the order of their layers.
    """
    if not isinstance(body, list) or not all(isinstance(part, dict) for part in body):
        raise ArtifactError(
            f"{MANIFEST}: exits is {body!r:.80}, expected a list of objects; export the model again"
        )
    exits = tuple(
        Exit(_typed(part, "layer", int), _typed(part, "output", str), _typed(part, "compute_share", float))
        for part in body
    )
    layers, shares = [each.layer for each in exits], [each.compute_share for each in exits]
    if layers != sorted({*layers}) or shares != sorted(shares) or not all(0 < share <= 1 for share in shares):
        raise ArtifactError(f"{MANIFEST}: its exits are not in running order; export the model again")
    return exits


def _contradiction(target: Target, files: Mapping[str, int]) -> str | None:
    """What keeps the segments from being run one after another, if anything does."""
    if not target.segments or (target.layout != "split" and len(target.segments) > 1):
        return f"{len(target.segments)} segments in the layout {target.layout}, expected one"
    unlisted = [segment.file for segment in target.segments if segment.file not in files]
    if unlisted:
        return f"the file {unlisted[0]!r:.80}, which is not listed"
    known = {*INPUTS, THRESHOLDS} if target.layout == "branched" else {*INPUTS}
    for segment in target.segments:
        if not known >= {*segment.inputs}:
            return f"inputs in {segment.name!r:.80} other than {', '.join(sorted(known))}"
        known |= {*segment.outputs}
    wanted = (LOGITS, EXIT_LAYER, UNCERTAINTY) if target.layout == "branched" else target.logits_outputs
    found = [name for segment in target.segments for name in segment.outputs if name in wanted]
    if found != list(wanted):
        return f"the outputs {', '.join(found)!r:.80}, expected {', '.join(wanted)}"
    return None


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


def _boolean(body: Mapping[str, Any], key: str, absent: bool) -> bool:
    value = body.get(key, absent)
    if not isinstance(value, bool):
        raise ArtifactError(
            f"{MANIFEST}: {key} is {value!r:.80}, expected true or false; export the model again"
        )
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
