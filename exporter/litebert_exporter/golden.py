"""Golden cases: texts, a graph's outputs for them, and the answers that the task decodes from these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from litebert.golden import decoded
from litebert.outputs import Outcome
from litebert.tasks.protocol import Task
from litebert.tokenizer import Encoding, Text

_TOKENS, _CASES = 64, 8


@dataclass(frozen=True, eq=False)
class Case:
    """A text, its ids, and the outputs of a graph by name, [exits, ...] each."""

    text: Text
    encoding: Encoding
    outputs: Mapping[str, NDArray[Any]]


def kept(cases: Sequence[Case]) -> tuple[Case, ...]:
    """The first few short ones, which are stored."""
    return tuple(case for case in cases if len(case.encoding.input_ids) <= _TOKENS)[:_CASES]


def golden_cases(
    cases: Sequence[Case], tolerance: float, task: Task[Any], last_layer: int | None
) -> list[dict[str, Any]]:
    """The JSON of a target's golden cases.

    Args:
        cases: the target's cases.
        tolerance: how far a reader's output may be from the stored one.
        task: the runtime's task, which decodes the last exit's outputs.
        last_layer: the last exit's layer; None without early exits.
    """
    return [
        {
            "text": case.text if isinstance(case.text, str) else list(case.text),
            "input_ids": list(case.encoding.input_ids),
            "token_type_ids": list(case.encoding.type_ids),
            "outputs": {name: values.tolist() for name, values in case.outputs.items()},
            "tolerance": tolerance,
            "answer": _answer(case, task, last_layer),
        }
        for case in cases
    ]


def _answer(case: Case, task: Task[Any], last_layer: int | None) -> dict[str, Any]:
    """The answer that the task decodes from the outputs of the last exit."""
    last = {name: values[-1] for name, values in case.outputs.items()}
    return decoded(task.answer(Outcome(case.text, case.encoding, last, last_layer)), last)
