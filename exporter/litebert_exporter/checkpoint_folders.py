"""Folders that hold several checkpoints, and the one of them to name.

Read: huggingface/transformers, trainer.py (checkpoint-N, trainer_state.json); huggingface/huggingface_hub,
"Understand caching" (models--ORG--NAME with refs, snapshots and blobs).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from litebert import CheckpointError
from litebert.errors import listed
from litebert.no_artifact import SNAPSHOTS
from litebert_exporter.text_files import read_json, read_text

WEIGHTS_FILES = ("model.safetensors", "pytorch_model.bin")
INDEX = ".index.json"
_MODEL, _UNFINISHED = "models--", ".incomplete"
_CHECKPOINT = "checkpoint-"  # and the step
_COMMIT_BYTES = 100


def holds_weights(folder: Path) -> bool:
    """Whether a folder holds weights under the names that transformers gives them."""
    return any((folder / f"{name}{end}").is_file() for name in WEIGHTS_FILES for end in ("", INDEX))


def hub_name(folder: Path) -> str | None:
    """The model `org/name` whose snapshot in a hub's cache a folder is; None for any other folder."""
    root = folder.parent.parent
    if folder.parent.name != SNAPSHOTS or not root.name.startswith(_MODEL):
        return None
    return _model_name(root)


def _model_name(root: Path) -> str:
    """The model `org/name` whose folder in a hub's cache this is."""
    return root.name.removeprefix(_MODEL).replace("--", "/", 1)


def describe_place(folder: Path) -> str | None:
    """Which checkpoint to name in place of a folder that holds some; None where it holds none."""
    for describe in (_trainer_output, _hub_model, _hub_cache, _unfinished, _below):
        message = describe(folder)
        if message is not None:
            return f"{folder}: {message}"
    return None


def _trainer_output(folder: Path) -> str | None:
    """The best of a Trainer's checkpoints as trainer_state.json says, or else the newest."""
    steps = [(path.name.removeprefix(_CHECKPOINT), path) for path in folder.glob(f"{_CHECKPOINT}*/")]
    saved = {int(step): path for step, path in steps if step.isdecimal() and path.is_dir()}
    whole = {step: path for step, path in saved.items() if holds_weights(path)} or saved
    if not whole:
        return None
    newest = whole[max(whole)]
    named = _best(newest)
    best = next((path for path in whole.values() if path.name == named), None)
    which = f"the best as {newest.name}/trainer_state.json says" if best else "the newest"
    count = "1 checkpoint" if len(saved) == 1 else f"{len(saved)} checkpoints"
    return f"the output of a Trainer, with {count} in it; name {which}: {best or newest}"


def _best(checkpoint: Path) -> str | None:
    """The name of the best checkpoint, as the newest one knows it."""
    try:
        path = read_json(checkpoint / "trainer_state.json").get("best_model_checkpoint")
    except (OSError, CheckpointError):
        return None
    return re.split(r"[/\\]", path)[-1] if isinstance(path, str) else None


def _hub_model(folder: Path) -> str | None:
    """The snapshot to name in place of a model's folder in a hub's cache, or of a folder inside it."""
    root = next((path for path in (folder, folder.parent) if path.name.startswith(_MODEL)), None)
    if root is None or not (root / "blobs").is_dir():
        return None
    name = _model_name(root)
    snapshot = _snapshot(root)
    if snapshot is None:
        return f"a hub's cache of {name}, which holds no weights of it{_download(root / 'blobs', name)}"
    return f"a hub's cache of {name}; name its snapshot: {snapshot}"


def _snapshot(root: Path) -> Path | None:
    """The snapshot that refs/main names, or else the newest, of those that hold weights."""
    snapshots, current = [path for path in (root / SNAPSHOTS).glob("*") if holds_weights(path)], ""
    with suppress(OSError, CheckpointError):
        current = read_text(root / "refs" / "main", _COMMIT_BYTES).strip()
    return max(
        snapshots, key=lambda path: (path.name == current, path.stat().st_mtime, path.name), default=None
    )


def _hub_cache(folder: Path) -> str | None:
    models = sorted(path for place in ("", "hub/") for path in folder.glob(f"{place}{_MODEL}*"))
    snapshots = [path for path in map(_snapshot, models) if path is not None]
    return _choice("a hub's cache", snapshots) or next(filter(None, map(_hub_model, models)), None)


def _unfinished(folder: Path) -> str | None:
    """The fault of an unfinished download: weights that are a link to nothing, or that never came."""
    name = hub_name(folder)
    blobs = folder.parent.parent / "blobs" if name else folder / ".cache" / "huggingface" / "download"
    lost = next((path for path in folder.iterdir() if path.is_symlink() and not path.exists()), None)
    if lost is not None:
        again = (
            f"download it again (hf download {name})"
            if name
            else "copy the folder with the files that its links name"
        )
        return f"{lost.name} in it is a link to nothing; {again}"
    if name or any(blobs.glob(f"**/*{_UNFINISHED}")):
        return f"a download without weights{_download(blobs, name or f'NAME --local-dir {folder}')}"
    return None


def _download(blobs: Path, name: str) -> str:
    begun = sum(1 for _ in blobs.glob(f"**/*{_UNFINISHED}"))
    return f"{f' ({begun} of its files begun)' if begun else ''}; finish the download with hf download {name}"


def _below(folder: Path) -> str | None:
    found = [path for depth in ("*/", "*/*/") for path in folder.glob(depth) if holds_weights(path)]
    return _choice("no weights of its own", sorted(found))


def _choice(found: str, checkpoints: Sequence[Path]) -> str | None:
    if not checkpoints:
        return None
    which = "the one checkpoint" if len(checkpoints) == 1 else f"one of the {len(checkpoints)} checkpoints"
    return f"{found}; name {which} in it: {listed([*map(str, checkpoints)])}"
