"""The answer of sequence classification to one text."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass

from litebert.visible import shortened, visible


class Probs(tuple[float, ...]):
    """A probability per label; equal to a plain tuple of them.

    Attributes:
        labels: the label of each, in order; empty where nobody gave them.
    """

    labels: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Prediction:
    """An answer to one text; equal and hashable by value.

    Its repr shows the fields of most use; `dataclasses.asdict` gives every field.

    Attributes:
        label: the most probable label; None for regression.
        score: its probability, 0 to 1; None for regression.
        probs: a probability per label, in the order of `model.labels`: softmax (sums to 1) for
            single-label, a sigmoid each for multi-label; None for regression.
        logits: the network's raw outputs, one per label.
        tokens: the number of tokens that were read, special tokens included.
        truncated: whether text beyond the limit was cut off.
        labels: multi-label only: every label whose probability reaches the task's threshold, possibly none.
        value: regression only: the predicted number, from 0 to 1 where the activation is a sigmoid.
        exit_layer: the layer, counted from 0, behind which the answer was given; None without exits.
        uncertainty: the answer's, 0 (sure) to 1 (uniform): entropy / ln(labels); None without exits.
    """

    label: str | None
    score: float | None
    probs: tuple[float, ...] | None
    logits: tuple[float, ...]
    tokens: int
    truncated: bool
    labels: tuple[str, ...] | None = None
    value: float | None = None
    exit_layer: int | None = None
    uncertainty: float | None = None

    @property
    def chosen(self) -> tuple[str, ...]:
        """The labels of the answer: one, for multi-label any number, for regression none."""
        if self.labels is not None:
            return self.labels
        return () if self.label is None else (self.label,)

    @property
    def scores(self) -> dict[str, float]:
        """The probability of each label by its name, in the order of `model.labels`; empty for regression."""
        return dict(zip(getattr(self.probs, "labels", ()), self.probs or (), strict=False))

    @property
    def line(self) -> str:
        """The answer in a line: label and probability, labels and all probabilities, or the value."""
        if self.value is not None:
            return f"{self.value:.4f}"
        if self.labels is not None and self.probs is not None:
            labels = visible(",".join(self.labels)) or "-"
            return f"{labels}\t{' '.join(f'{prob:.4f}' for prob in self.probs)}"
        left = "" if self.exit_layer is None else f"\tlayer {self.exit_layer}"
        return f"{visible(str(self.label))}\t{self.score:.4f}{left}"

    def __repr__(self) -> str:
        if self.value is not None:
            shown = {"value": f"{self.value:.4f}"}
        elif self.labels is not None:
            shown = {"labels": shortened(self.labels), "label": reprlib.repr(self.label)}
        else:
            shown = {"label": reprlib.repr(self.label)}
        if self.score is not None:
            shown["score"] = f"{self.score:.4f}"
        if self.exit_layer is not None:
            shown["exit_layer"] = str(self.exit_layer)
        shown["tokens"] = str(self.tokens)
        if self.truncated:
            shown["truncated"] = "True"
        return f"Prediction({', '.join(f'{name}={value}' for name, value in shown.items())})"
