"""What the logits mean: problem type and labels, from the config or from flags."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litebert import CheckpointError

PROBLEM_TYPES = {
    "single_label_classification": "single-label",
    "multi_label_classification": "multi-label",
    "regression": "regression",
}


@dataclass(frozen=True)
class Task:
    """Problem type and one label per logit; `labels_given` is False where they are mere numbers."""

    problem_type: str
    labels: tuple[str, ...]
    labels_given: bool


def resolve_task(
    config: Mapping[str, Any], outputs: int, labels: Sequence[str] | None, problem_type: str | None
) -> Task:
    """The task of a classifier with `outputs` logits.

    Without a problem_type in the config, one logit means regression and several mean single-label, as in
    transformers. Labels called LABEL_0, LABEL_1 ... count as absent.

    Raises:
        CheckpointError: a flag contradicts the config, or their counts do not fit the classifier.
    """
    kind = _resolve_problem_type(config, outputs, problem_type)
    found = _config_labels(config)
    if labels is not None:
        return Task(kind, _given_labels(labels, found, outputs), labels_given=True)
    if found is not None and len(found) != outputs:
        raise CheckpointError(
            f"config.json: id2label has {len(found)} labels, the classifier {outputs} rows; "
            "correct the config or name the labels with --labels a,b"
        )
    if found is None or _are_numbers(found):
        return Task(kind, tuple(f"LABEL_{index}" for index in range(outputs)), labels_given=False)
    return Task(kind, found, labels_given=True)


def _resolve_problem_type(config: Mapping[str, Any], outputs: int, given: str | None) -> str:
    stored = config.get("problem_type")
    if stored is not None and stored not in PROBLEM_TYPES:
        raise CheckpointError(
            f"config.json: problem_type is {stored!r:.60}, expected one of {', '.join(PROBLEM_TYPES)}"
        )
    known = PROBLEM_TYPES[stored] if stored is not None else None
    if known and given and known != given:
        raise CheckpointError(
            f"--problem-type {given} contradicts problem_type {stored} in config.json; leave the flag out"
        )
    kind = known or given or ("regression" if outputs == 1 else "single-label")
    if kind == "regression" and outputs != 1:
        raise CheckpointError(f"regression needs one output, the classifier has {outputs}")
    return kind


def _config_labels(config: Mapping[str, Any]) -> tuple[str, ...] | None:
    id2label = config.get("id2label")
    if id2label is None:
        return None
    wrong = CheckpointError(
        "config.json: id2label is not a table from 0, 1, 2 ... to names; correct it or leave it out"
    )
    if not isinstance(id2label, dict) or not all(isinstance(name, str) for name in id2label.values()):
        raise wrong
    if not all(re.fullmatch(r"\d{1,6}", str(key)) for key in id2label):
        raise wrong
    by_number = {int(key): name for key, name in id2label.items()}
    if sorted(by_number) != list(range(len(id2label))):
        raise wrong
    return tuple(by_number[index] for index in range(len(by_number)))


def _are_numbers(labels: Sequence[str]) -> bool:
    return all(label == f"LABEL_{index}" for index, label in enumerate(labels))


def _given_labels(labels: Sequence[str], found: tuple[str, ...] | None, outputs: int) -> tuple[str, ...]:
    if found is not None and not _are_numbers(found) and tuple(labels) != found:
        raise CheckpointError(
            f"--labels {','.join(labels)} contradicts id2label in config.json ({','.join(found)}); "
            "leave the flag out"
        )
    if len(labels) != outputs or len(set(labels)) != outputs or not all(labels):
        raise CheckpointError(f"--labels names {','.join(labels)!r}, expected {outputs} different labels")
    return tuple(labels)
