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
from litebert.fields import MANIFEST, choice, is_text, positive, typed
from litebert.targets import Target, parse_target
from litebert.tasks import Task, parse_task

FORMAT_VERSION = 2
TOKENIZER = "tokenizer.json"
GOLDEN = "golden.json"

_MANIFEST_LIMIT_BYTES = 16_000_000
_PATH_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Artifact:
    """A checked artifact.

    `files` maps each relative path to its size in bytes; `exit_rule` is None for a student without exits;
    `vocabulary` is None unless it was trimmed: then how many tokens are left, and how many there were.
    """

    path: Path
    name: str
    family: str
    task: Task
    max_tokens: int
    vocabulary: tuple[int, int] | None
    exit_rule: str | None
    targets: Mapping[str, Target]
    files: Mapping[str, int]
    digest: str

    def target_files(self, target: str) -> dict[str, int]:
        """The files of one target, its graphs with their weights, and their sizes in bytes."""
        return {file: size for file, size in self.files.items() if file.startswith(f"{target}/")}

    def target_size_bytes(self, target: str) -> int:
        """Bytes of all files of one target."""
        return sum(self.target_files(target).values())


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
    if not is_text(str(folder)):
        raise InputError(f"{str(folder)!r}: not UTF-8, which engines expect of a path; rename the folder")
    if not (folder / MANIFEST).is_file():
        found = "a folder without manifest.json" if folder.is_dir() else "no such folder"
        raise InputError(f"{folder}: {found}; expected an artifact written by litebert-export")
    manifest = read_manifest(folder)
    files = _check_files(folder, typed(manifest, "files", dict))
    targets = {
        name: parse_target(name, body, files) for name, body in typed(manifest, "targets", dict).items()
    }
    max_tokens = positive(manifest, "max_tokens")
    if not targets:
        raise ArtifactError(f"{folder / MANIFEST}: targets is empty; export the model again")
    for target in targets.values():
        if target.lengths and target.lengths[-1] != max_tokens:
            raise ArtifactError(
                f"{folder / MANIFEST}: the longest graph of {target.name} takes {target.lengths[-1]} tokens, "
                f"max_tokens is {max_tokens}, expected the same; export the model again"
            )
    return Artifact(
        path=folder,
        name=typed(manifest, "name", str),
        family=typed(manifest, "family", str),
        task=parse_task(typed(manifest, "task", dict)),
        max_tokens=max_tokens,
        vocabulary=_vocabulary(manifest),
        exit_rule=None if manifest.get("exit_rule") is None else choice(manifest, "exit_rule", tuple(RULES)),
        targets=targets,
        files=files,
        digest=typed(manifest, "digest", str),
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
    version = positive(manifest, "format_version")
    if version > FORMAT_VERSION:
        raise UnsupportedFormatError(
            f"{path}: format_version {version}, this litebert reads up to {FORMAT_VERSION}; "
            "upgrade with pip install -U litebert"
        )
    if version < FORMAT_VERSION:
        raise ArtifactError(
            f"{path}: format_version {version}, this litebert reads {FORMAT_VERSION}; export the model again"
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
        sizes[name] = typed(body, "size_bytes", int)
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


def _vocabulary(manifest: Mapping[str, Any]) -> tuple[int, int] | None:
    if manifest.get("vocabulary") is None:
        return None
    body = typed(manifest, "vocabulary", dict)
    return positive(body, "kept"), positive(body, "of")
