"""The measures of sequence classification: comparison of answers, gold answers, metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert.errors import InputError
from litebert.tasks.label_column import Cells, checked_numbers, number_sets, numbers_of, values_of
from litebert.tasks.measures import Metric, Words
from litebert.tasks.metrics import (
    accuracy,
    accuracy_influences,
    set_influences,
    set_metrics,
    value_influences,
    value_metrics,
)
from litebert.tasks.prediction import Prediction


@dataclass(frozen=True)
class ClassificationMeasures:
    """The measures of sequence classification; fulfils `litebert.tasks.measures.Measures`.

    Attributes:
        problem_type: single-label, multi-label or regression.
        labels: one name per logit.
    """

    problem_type: str
    labels: tuple[str, ...]

    @property
    def words(self) -> Words:
        """The words for the figures of this task in tables."""
        return _WORDS[self.problem_type]

    def same(self, one: Prediction, other: Prediction) -> bool:
        """Whether two answers have the same labels; values count as equal within 1e-3."""
        if one.value is not None and other.value is not None:
            return abs(one.value - other.value) <= 1e-3
        return one.chosen == other.chosen

    def differences(self, one: Prediction, other: Prediction) -> dict[str, float]:
        """The largest change of a logit, and of a probability or of the value."""
        scores = [(each.value,) if each.probs is None else each.probs for each in (one, other)]
        return {"logit": _largest_change(one.logits, other.logits), "score": _largest_change(*scores)}

    def unlike(self, other: Any, name: str) -> str | None:
        """The reason why answers of another model cannot be compared: other labels, or another order."""
        if not isinstance(other, ClassificationMeasures):
            return f"its task is not that of {name}; compare models of one task"
        if self.problem_type != other.problem_type:
            return (
                f"its problem type is {other.problem_type}, that of {name} {self.problem_type}; "
                "compare models of one task"
            )
        one, two = ([label.casefold() for label in each.labels] for each in (self, other))
        if one == two or self.labels == other.labels:
            return None
        found, expected = (",".join(each.labels) for each in (other, self))
        found_labels = f"its labels are {found:.80}, those of {name} {expected:.80}"
        if sorted(one) == sorted(two):
            return (
                f"{found_labels}: another order, so that its numbers mean other labels; correct one of them"
            )
        return (
            f"{found_labels}; compare models with the same labels, and name them with --labels where one has "
            "only numbers"
        )

    def adopted(self, answer: Prediction, other: ClassificationMeasures) -> Prediction:
        """The answer of a comparable model, with its labels spelt as here, in upper or lower case."""
        if other.labels == self.labels:
            return answer
        names = dict(zip(other.labels, self.labels, strict=True))
        return replace(
            answer,
            label=None if answer.label is None else names[answer.label],
            labels=None if answer.labels is None else tuple(names[label] for label in answer.labels),
        )

    def gold(self, cells: Cells) -> Sequence[Any]:
        """The gold answers of a data file: label numbers (int), lists of them, or values (float).

        Single-label files hold names throughout, in upper or lower case, or ids from 0 throughout.
        Multi-label files hold several of them, with commas between or as a list of JSON, or none; or a 0 or
        1 for every label. Regression files hold numbers.

        Raises:
            InputError: a row's label is missing or unknown.
        """
        if self.problem_type == "regression":
            return values_of(cells)
        if self.problem_type == "single-label":
            return numbers_of(cells, self.labels)
        return [sorted(each) for each in number_sets(cells, self.labels)]

    def checked(self, golds: Iterable[Any], texts: int) -> Sequence[Any]:
        """The numbers of the texts' labels, which a caller in Python gives.

        Raises:
            InputError: one is no number of a label, there are not as many as texts, or the model is not
                single-label: golds of other models are read from a file.
        """
        if self.problem_type != "single-label":
            raise InputError(f"gold answers in Python are for single-label models, not {self.problem_type}")
        return checked_numbers(golds, texts, len(self.labels))

    def right(self, answer: Prediction, gold: Any) -> bool | None:
        """Whether an answer has just the gold labels; None for regression."""
        if self.problem_type == "regression":
            return None
        wanted = (gold,) if self.problem_type == "single-label" else gold
        return {*answer.chosen} == {self.labels[number] for number in wanted}

    def metrics(self, answers: Sequence[Prediction], golds: Sequence[Any]) -> dict[str, float]:
        """Metrics by name: accuracy; micro_f1 and exact_match; or pearson and mean_absolute_error."""
        if self.problem_type == "regression":
            return value_metrics(_values(answers), np.array(golds, np.float64))
        if self.problem_type == "single-label":
            return accuracy(self._right(answers, golds))
        return set_metrics(self._numbers(answers), [*map(frozenset, golds)])

    def influences(
        self, answers: Sequence[Prediction], golds: Sequence[Any]
    ) -> dict[str, NDArray[np.float64]]:
        """The pull of each text on each metric: see `litebert.tasks.measures.Measures.influences`."""
        if self.problem_type == "regression":
            return value_influences(_values(answers), np.array(golds, np.float64))
        if self.problem_type == "single-label":
            return accuracy_influences(self._right(answers, golds))
        return set_influences(self._numbers(answers), [*map(frozenset, golds)])

    def _right(self, answers: Sequence[Prediction], golds: Sequence[Any]) -> list[bool]:
        return [bool(self.right(answer, gold)) for answer, gold in zip(answers, golds, strict=True)]

    def _numbers(self, answers: Sequence[Prediction]) -> list[frozenset[int]]:
        """The numbers of the labels in each answer."""
        number = {label: index for index, label in enumerate(self.labels)}
        return [frozenset(number[label] for label in answer.chosen) for answer in answers]


def _largest_change(one: Sequence[Any], other: Sequence[Any]) -> float:
    return max(abs(x - y) for x, y in zip(one, other, strict=True))


def _values(answers: Sequence[Prediction]) -> NDArray[np.float64]:
    return np.array([answer.value for answer in answers], np.float64)


_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "single-label": Words("a probability", True, {"accuracy": Metric("accuracy", is_share=True)}),
        "multi-label": Words(
            "a probability",
            True,
            {
                "micro_f1": Metric("micro-F1", is_share=True),
                "exact_match": Metric("exact match", is_share=True),
            },
        ),
        "regression": Words(
            "the value",
            False,
            {
                "pearson": Metric("Pearson's r", is_share=False),
                "mean_absolute_error": Metric("mean error", is_share=False),
            },
        ),
    }
)
