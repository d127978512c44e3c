"""Facts that a checkpoint may leave open and its user states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Facts:
    """Facts that the user states; None leaves a fact to the checkpoint.

    Attributes:
        family: the exporter's name of the family.
        heads: attention heads per layer.
        labels: the task's label names, one per output.
        vocab: a vocabulary in another folder than the weights.
        config: a config.json in another folder than the weights.
        cased: whether capital letters are kept.
        problem_type: single-label, multi-label or regression.
        inputs: the inputs that the model was made for, one of `litebert.inputs.INPUTS`.
        part: the start of the tensors' names, where the file holds several networks.
        classifier: the linear of the user's own code and its input, such as `fc:pooler`.
    """

    family: str | None = None
    heads: int | None = None
    labels: Sequence[str] | None = None
    vocab: Path | None = None
    config: Path | None = None
    cased: bool | None = None
    problem_type: str | None = None
    inputs: str | None = None
    part: str | None = None
    classifier: str | None = None
