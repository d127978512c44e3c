"""The artifact's folder: manifest and hashes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litebert.checked_files import file_sha256
from litebert.fields import MANIFEST
from litebert.manifest import FORMAT_VERSION, manifest_bytes
from litebert.targets import Exit
from litebert_exporter.segments import Plan


def target_entry(
    recipe: str, plan: Plan, files: Mapping[str, str], target: str, exits: Sequence[Exit]
) -> dict[str, Any]:
    """A target's part of the manifest; `files` maps each segment to its file in the target's folder."""
    segments = [
        {
            "name": segment.name,
            "file": f"{target}/{files[segment.name]}",
            "entry": segment.name if target == "tflite" else None,
            "inputs": list(segment.inputs),
            "outputs": list(segment.outputs),
        }
        for segment in plan.segments
    ]
    entry: dict[str, Any] = {"layout": plan.layout, "recipe": recipe, "segments": segments}
    if exits:
        entry["exits"] = [dataclasses.asdict(each) for each in exits]
    if plan.lengths:
        entry["lengths"] = list(plan.lengths)
    return entry


def write_json(path: Path, body: Any) -> None:
    """Writes JSON whose bytes depend on nothing but its content."""
    text = json.dumps(body, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Writes manifest.json: the facts, and size and hash of every other file in the folder."""
    files = {
        path.relative_to(folder).as_posix(): {
            "size_bytes": path.stat().st_size,
            "sha256": file_sha256(path),
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {**facts, "format_version": FORMAT_VERSION, "files": files}
    (folder / MANIFEST).write_bytes(manifest_bytes(manifest))
