"""What a checkpoint may leave open, as its user says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Facts:
    """What a checkpoint may leave open; None where it says so itself.

    Attributes:
        family: the exporter's name of the family.
        heads: attention heads per layer.
        labels: a name per output.
        vocab: vocab.txt or tokenizer.json that does not lie beside the weights.
        config: config.json that does not lie beside the weights.
        cased: whether capital letters are kept.
        problem_type: single-label, multi-label or regression.
        inputs: what the model was made for, one of `litebert.inputs.INPUTS`.
        part: what the tensors' names begin with, where there are several networks.
        classifier: the linear of one's own code and what it reads, such as `fc:pooler`.
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
