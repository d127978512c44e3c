"""Manifests of artifacts, changed and sealed again as an attacker or a careless script would."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import litebert
from litebert.checked_files import file_sha256
from litebert.manifest import seal as sealed
from litebert.tools.verify import verify_artifact

BACKENDS = ("onnxruntime", "ai-edge-litert")


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of an artifact."""
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def seal(folder: Path, manifest: dict[str, Any] | None = None) -> None:
    """Writes a manifest with a right digest; without one, the old with sizes and hashes as they are now."""
    if manifest is None:
        manifest = manifest_of(folder)
        for name in manifest["files"]:
            path = folder / name
            manifest["files"][name] = {"size_bytes": path.stat().st_size, "sha256": file_sha256(path)}
    facts = {key: value for key, value in manifest.items() if key != "digest"}
    (folder / "manifest.json").write_bytes(sealed(json.dumps(facts)))


def change_sealed(folder: Path, name: str, change: Callable[[Any], object]) -> None:
    """Changes the content of a JSON file of an artifact, or of its manifest, and seals it again."""
    body = json.loads((folder / name).read_text(encoding="utf-8"))
    change(body)
    if name == "manifest.json":
        seal(folder, body)
    else:
        (folder / name).write_text(json.dumps(body), encoding="utf-8")
        seal(folder)


def changed_at(manifest: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """A manifest with another value at a path."""
    changed = copy.deepcopy(manifest)
    part: Any = changed
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return changed


def without(manifest: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    """A manifest without the value at a path."""
    changed = copy.deepcopy(manifest)
    part: Any = changed
    for key in path[:-1]:
        part = part[key]
    del part[path[-1]]
    return changed


def use_artifact(folder: Path) -> None:
    """Everything a user can do with an artifact."""
    for backend in BACKENDS:
        with litebert.load(folder, backend) as model:
            model(["a film", ("a film", "the plot " * 100)])
    verify_artifact(folder)
