"""The answers of texts at every exit: how sure they are, whether right, whether the same as full depth's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from litebert.exit_rules import Belief
from litebert.exit_settings import Setting
from litebert.network import ExitOutputs
from litebert.runner import Runner
from litebert.tokenizer import Encoding, Text


@dataclass(frozen=True)
class ExitAnswers:
    """The facts about texts' answers at every exit that exit settings need.

    Attributes:
        beliefs: [texts][exits], the numbers that exit rules decide by.
        same: [texts, exits], whether the answer is the last layer's.
        right: [texts, exits], whether it is right; None without gold answers.
    """

    beliefs: Sequence[Sequence[Belief]]
    same: NDArray[np.bool_]
    right: NDArray[np.bool_] | None

    def __len__(self) -> int:
        return len(self.beliefs)

    def of(self, texts: NDArray[np.int64]) -> ExitAnswers:
        """The answers of a part of the texts."""
        return ExitAnswers(
            [self.beliefs[text] for text in texts],
            self.same[texts],
            None if self.right is None else self.right[texts],
        )

    @property
    def good(self) -> NDArray[np.bool_]:
        """Whether the answer is right, or without gold answers the last layer's: [texts, exits]."""
        return self.same if self.right is None else self.right

    @property
    def classes(self) -> int:
        """The number of classes of each question of the beliefs."""
        questions = (question for exits in self.beliefs for belief in exits for question in belief)
        return len(next(questions, (0.0,)))

    def exits(self, setting: Setting) -> NDArray[np.int64]:
        """The exit that answers each text: [texts]."""
        return np.array([_exit(history, setting) for history in self.beliefs])


def answer_at_exits(
    runner: Runner, text: Text, encoding: Encoding, gold: Any = None
) -> tuple[list[Belief], list[bool], list[bool | None]]:
    """The beliefs of a text at every exit, and whether each answer is the last layer's, and right.

    Args:
        runner: the opened artifact.
        text: the text or pair.
        encoding: its tokens.
        gold: the gold answer; None where it is not known.
    """
    task, measures, (exits,) = runner.task, runner.task.measures, runner.all_exits([encoding])
    answers = [
        runner.decode(text, encoding, ExitOutputs(number, outputs)) for number, outputs in enumerate(exits)
    ]
    return (
        [task.belief(outputs) for outputs in exits],
        [measures.same(answer, answers[-1]) for answer in answers],
        [None if gold is None else measures.right(answer, gold) for answer in answers],
    )


def _exit(history: Sequence[Belief], setting: Setting) -> int:
    """The exit that answers a text whose beliefs at all exits are known."""
    for number in range(len(history) - 1):
        if setting.leaves(history[: number + 1]):
            return number
    return len(history) - 1
