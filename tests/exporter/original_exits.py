"""The answers that the authors' own code of FastBERT, DeeBERT and PABEE gave at every exit (tests/cases/)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from references import Text
from safetensors.numpy import load_file, save_file

from litebert.tokenizer import Encoding

CASES = Path(__file__).parent.parent / "cases"
NAMES = ("fastbert-uer", "fastbert-pypi", "deebert", "pabee", "pabee-regression")
LABELS = ("negative", "neutral", "positive")  # given to the package, saved nowhere


@dataclass(frozen=True)
class Decision:
    """The layer that answered and its answer, as in `Prediction.exit_layer` and `.label` or `.value`.

    `label` is None where that code's answer came from DeeBERT's last highway, which we leave out.
    """

    setting: Mapping[str, Any]
    exit_layer: int
    label: str | None = None
    value: float | None = None


@dataclass(frozen=True)
class Case:
    """A text, its ids, the logits [exits, labels] and the decisions."""

    text: Text
    encoding: Encoding
    logits: NDArray[np.float32]
    decisions: tuple[Decision, ...]


def read_cases(name: str) -> list[Case]:
    """The stored cases of one model."""
    cases = []
    for body in json.loads((CASES / name / "cases.json").read_text(encoding="utf-8")):
        text = body["text"]
        types = body.get("token_type_ids") or [segment - 1 for segment in body["segment_ids"]]
        cases.append(
            Case(
                text=text if isinstance(text, str) else (text[0], text[1]),
                encoding=Encoding(tuple(body["input_ids"]), tuple(types)),
                logits=np.array(body["logits"], np.float32),
                decisions=tuple(_decisions(body)),
            )
        )
    return cases


def _decisions(body: dict[str, Any]) -> list[Decision]:
    if "speeds" in body:
        return [_decision({"speed": float(key)}, found) for key, found in body["speeds"].items()]
    if "patience" in body:
        return [_decision({"patience": int(key)}, found) for key, found in body["patience"].items()]
    thresholds = {float(key): found for key, found in body["thresholds"].items()}
    if "entropies" in body:
        return [_decision({"threshold": threshold}, found) for threshold, found in thresholds.items()]
    return [
        Decision(
            {"threshold": threshold, "patience": int(key)}, found["exit_layer"] - 1, value=found["answer"]
        )
        for threshold, found_by_patience in thresholds.items()
        for key, found in found_by_patience.items()
    ]


def _decision(setting: Mapping[str, Any], found: Mapping[str, Any]) -> Decision:
    answer = found["answer"]
    label = answer if isinstance(answer, str) else f"LABEL_{answer}"
    return Decision(setting, found["exit_layer"] - 1, None if found.get("from_last_highway") else label)


def write_original(name: str, folder: Path) -> Path:
    """A copy of a checkpoint as its code leaves it; the package's tensors are stored with the script's."""
    shutil.copytree(CASES / name, folder)
    if name == "fastbert-pypi":
        (folder / "target.safetensors").unlink()
        state = load_file(CASES / "fastbert-uer" / "model.safetensors")
        kernel = {
            key if key.startswith("classifiers.") else f"kernel.{key}": values
            for key, values in state.items()
        }
        unused = load_file(CASES / name / "target.safetensors")
        save_file(kernel | unused, folder / "model.safetensors")
    return folder
