"""The manifest: the one place where its facts are put together and sealed with the hashes of the files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from litebert.checked_files import file_sha256
from litebert.exit_rules import RULES
from litebert.fields import MANIFEST
from litebert.manifest import FORMAT_VERSION, manifest_bytes
from litebert.targets import Exit
from litebert_exporter.quantize.recipe import Recipe
from litebert_exporter.segments import Plan
from litebert_exporter.subject import Subject
from litebert_exporter.targets import TargetKind


def manifest_facts(subject: Subject, targets: dict[str, Any]) -> dict[str, Any]:
    """The manifest without the sizes and hashes of files."""
    rule, trim = subject.student.exit_rule, subject.trim
    hashes = [file_sha256(file) for file in subject.checkpoint.weights_files]
    return {
        "name": subject.checkpoint.name,
        "family": subject.student.family,
        **({} if rule is None else {"exit_rule": RULES[rule].facts()}),
        "task": dict(subject.task.facts),
        "outputs": [dataclasses.asdict(each) for each in subject.student.head.outputs],
        "pairs": subject.tokenizer.pairs,
        **({} if subject.task.inputs is None else {"inputs": subject.task.inputs}),
        "max_tokens": subject.tokenizer.max_tokens,
        "vocabulary": {
            "size": subject.student.embeddings.rows,
            **({} if trim is None else {"trimmed_from": trim.of}),
        },
        "targets": targets,
        "source": {"weights_sha256": hashes},
        "licence": subject.checkpoint.licence,
    }


def target_facts(
    target: TargetKind, recipe: Recipe, plan: Plan, files: Mapping[str, str], exits: Sequence[Exit]
) -> dict[str, Any]:
    """A target's part of the manifest; `files` gives each segment's file in the target's folder."""
    return {
        "layout": plan.layout,
        "recipe": recipe.name,
        "arithmetic": recipe.arithmetic,
        "rows": target.rows(recipe),
        "moved_by_padding": target.scheme(recipe).moved_by_padding,
        "segments": [
            {
                "name": segment.name,
                "file": f"{target.name}/{files[segment.name]}",
                "entry": segment.name if target.graphs.has_entries else None,
                "inputs": list(segment.inputs),
                "outputs": list(segment.outputs),
            }
            for segment in plan.segments
        ],
        **({"exits": [dataclasses.asdict(each) for each in exits]} if exits else {}),
        **({"lengths": list(plan.lengths)} if plan.lengths else {}),
    }


def write_json(path: Path, body: Any) -> None:
    """Writes JSON whose bytes depend on nothing but its content."""
    text = json.dumps(body, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Writes manifest.json: the facts, and the size and hash of every other file in the folder."""
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
