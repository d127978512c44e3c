"""A path that is no artifact: the content found there, and the next step."""

from __future__ import annotations

from pathlib import Path

from litebert.fields import MANIFEST
from litebert.shell import quoted

_EXPECTED = "expected an artifact written by litebert-export"
# The files that show a checkpoint.
SAFETENSORS = ".safetensors"
WEIGHTS_SUFFIXES = (SAFETENSORS, ".bin", ".ckpt", ".pt", ".pth")
CONFIG, OLD_CONFIG = "config.json", "bert_config.json"  # of transformers, of Google's BERT
SNAPSHOTS = "snapshots"  # a folder in a hub's cache
_KINDS = {
    **dict.fromkeys((".zip", ".tar", ".gz", ".tgz"), ("an archive", "unpack it, and name the folder")),
    **dict.fromkeys(
        (".onnx", ".tflite"), ("a graph alone", "name a folder with manifest.json and tokenizer.json")
    ),
}
_ABOVE = 2  # folders between an artifact and a file of it, at most
_SHOWN = 3  # artifacts named


def no_artifact(path: Path) -> str:
    """The error for a path at which an artifact was expected: the content found, and the next step."""
    found, cure = _found(path)
    return f"{path}: {found}; {_EXPECTED}{cure and f': {cure}'}"


def _found(path: Path) -> tuple[str, str]:
    """The content found at a path, and the next step; the step is empty where none is known."""
    if not path.exists():
        beside = path.with_name(f"{path.name}.litebert") if path.name else path
        return "no such folder", f"{beside} is there" if _is_artifact(beside) else ""
    above = [folder for folder in [*path.absolute().parents][:_ABOVE] if _is_artifact(folder)]
    if above:
        return "a part of an artifact", f"name the folder {above[0]}"
    cached = [file.parent for file in sorted(path.glob(f"{SNAPSHOTS}/*/{MANIFEST}"))]  # of a hub
    if not cached and (path.suffix in WEIGHTS_SUFFIXES or (path.is_dir() and _is_checkpoint(path))):
        return "a checkpoint", f"first run litebert-export {quoted(path)}"
    if not path.is_dir():
        return _KINDS.get(path.suffix, ("a file", "name a folder"))
    inside = cached or [file.parent for file in sorted(path.glob(f"*/{MANIFEST}"))]
    if inside:
        named = ", ".join(map(str, inside[:_SHOWN])) + " ..." * (len(inside) > _SHOWN)
        return "a folder with artifacts in it", f"name {named}"
    return f"a folder without {MANIFEST}", ""


def _is_artifact(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def _is_checkpoint(folder: Path) -> bool:
    known = any((folder / name).exists() for name in (CONFIG, OLD_CONFIG, SNAPSHOTS))
    return known or any(path.suffix in WEIGHTS_SUFFIXES for path in folder.iterdir())
