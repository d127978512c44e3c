"""A change to a sound artifact, and the verdict that a reader has to give on it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from manifests import change_sealed, changed_at, manifest_of, seal, without

from litebert.artifact import open_artifact
from litebert.calibration import read_calibrations
from litebert.errors import ArtifactError, LiteBertError
from litebert.loading import load
from litebert.tokenizer import NO_PAIRS
from litebert.tools.verify import replay_golden

Spoil: TypeAlias = "Callable[[Path], object]"
Change: TypeAlias = "Callable[[Any], object]"
Keys: TypeAlias = "tuple[str | int, ...]"

# When a reader notices, in this order; a reader in another language may notice earlier.
OPEN, CALIBRATION, ANSWER, VERIFY = "open", "calibration", "answer", "verify"
# Sound artifacts that are spoiled.
TINY, EARLY, CALIBRATED, FIXED = "bert", "bert-exits", "bert-calibrated", "bert-exits-lengths"
DIFFERS = "differs"  # no error: golden cases that are not repeated
BACKENDS = {"onnx": "onnxruntime", "tflite": "ai-edge-litert"}


@dataclass(frozen=True)
class Damage:
    """A row of the table of damages.

    Attributes:
        name: unique; its first part says which file is changed.
        base: the sound artifact that is changed.
        spoil: changes a copy of it.
        words: a part of the error's message.
        error: the name of its class, or `DIFFERS`; None where the artifact is still sound.
        at: when it is noticed; None where that depends on the engine.
        portable: whether the folder can be handed on: no pipes, devices, links or large files.
        stated: whether ARTIFACT.md demands the verdict of every reader; else our reader alone gives it.
    """

    name: str
    base: str
    spoil: Spoil
    words: str = ""
    error: str | None = ArtifactError.__name__
    at: str | None = OPEN
    portable: bool = True
    stated: bool = True


@dataclass(frozen=True)
class Verdict:
    """Python's verdict on an artifact; three times None where it is sound."""

    at: str | None = None
    error: str | None = None
    message: str | None = None


def verdict(folder: Path) -> Verdict:
    """Opens an artifact, reads its calibration, answers with each engine, and replays its golden cases."""
    at = OPEN
    try:
        artifact = open_artifact(folder)
        at = CALIBRATION
        read_calibrations(artifact)
        at = ANSWER
        for target in artifact.targets:
            with load(folder, BACKENDS[target]) as model, warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # of a text where pairs are usual, or a pair
                model("a film")
                if artifact.pairs != NO_PAIRS:
                    model(("a film", "the plot " * 100))
        at = VERIFY
        if not all(replay.passed for replay in replay_golden(artifact)):
            return Verdict(at, DIFFERS, "golden cases are not repeated")
    except LiteBertError as error:
        return Verdict(at, type(error).__name__, str(error))
    return Verdict()


def manifest(change: Change) -> Spoil:
    """A change of the manifest, which is sealed again."""
    return lambda folder: change_sealed(folder, "manifest.json", change)


def fact(path: Keys, value: Any) -> Spoil:
    """Another value at a path in the manifest."""
    return lambda folder: seal(folder, changed_at(manifest_of(folder), path, value))


def no_fact(path: Keys) -> Spoil:
    """The manifest without a field."""
    return lambda folder: seal(folder, without(manifest_of(folder), path))


def targets(change: Change) -> Spoil:
    """A change of every target in the manifest."""
    return manifest(lambda body: [change(target) for target in body["targets"].values()])


def sealed(name: str, change: Change) -> Spoil:
    """A change of a JSON file, with its hash in the manifest."""
    return lambda folder: change_sealed(folder, name, change)


def content(name: str, data: bytes, right_hash: bool = True) -> Spoil:
    """Other bytes in a file."""

    def spoil(folder: Path) -> None:
        (folder / name).write_bytes(data)
        if right_hash:
            seal(folder)

    return spoil
