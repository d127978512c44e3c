"""The exit rules, stated once: each decides when an early exit answers.

A new rule is one entry of `RULES`. The command line, calibration, the manifest and, for a rule that compares
entropies, the layout branched take everything from it.

Sources: Liu et al. 2020 (FastBERT; autoliuweijie/FastBERT), Xin et al. 2020 (DeeBERT; castorini/DeeBERT),
Zhou et al. 2020 (PABEE; JetRunner/PABEE).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import mul
from typing import Any, TypeAlias

from litebert.arguments import argument, real, whole
from litebert.errors import InputError

Logits: TypeAlias = "Sequence[float]"
Belief: TypeAlias = "Sequence[Logits]"  # [k][classes]: a row's k questions; it leaves when all k are sure
Values: TypeAlias = "tuple[float, ...]"
Leaves: TypeAlias = "Callable[[Sequence[Belief], Sequence[float]], bool]"

CLASSES, NUMBERS = "classes", "numbers"  # the content of a belief, for each question
SHARE, NATS, COMPARISONS, ANSWER = "share", "nats", "comparisons", "answer"  # units

_STEPS = 20  # settings that an entropy rule tests beside full depth; chosen before any text is seen


@dataclass(frozen=True)
class Parameter:
    """A number that a user sets.

    Attributes:
        name: its name in a call, a flag and a manifest.
        unit: `SHARE` (of the largest entropy), `NATS`, `COMPARISONS`, or `ANSWER`: that of the answers.
        help: its effect, the text of its flag's help, where the number is called `metavar`.
        minimum: its lowest value.
        maximum: its highest value; infinite where it is open.
        whole: whether it is a whole number.
        usual: the values that a benchmark takes where none are given.
    """

    name: str
    unit: str
    help: str
    minimum: float = 0
    maximum: float = math.inf
    whole: bool = False
    usual: tuple[float, ...] = ()

    @property
    def metavar(self) -> str:
        """The letter for its value in a help text."""
        return "N" if self.whole else "X"

    def checked(self, value: Any) -> float:
        """A user's value, as a number in range.

        Raises:
            InputError: it is not.
        """
        found = real(whole(value) if self.whole else value)
        if found is None or not (math.isfinite(found) and self.minimum <= found <= self.maximum):
            kind = "whole number" if self.whole else "number"
            bounds = f"from {self.minimum:g}"
            if math.isfinite(self.maximum):
                bounds += f" to {self.maximum:g}"
            raise InputError(f"{argument(self.name)} is {value!r:.60}, expected a {kind} {bounds}")
        return found


@dataclass(frozen=True)
class Entropy:
    """The comparison of a rule that leaves where the entropy is below a threshold, one per exit.

    Attributes:
        unit: the threshold's unit: `SHARE` of ln(classes), or `NATS`.
        inclusive: whether an entropy equal to the threshold leaves, too. A threshold of 0 never leaves, as
            in run_fastbert.py: torch clamps probabilities, so that its entropy is never 0.
    """

    unit: str
    inclusive: bool = False

    def scale(self, classes: int) -> float:
        """The threshold that equals the largest entropy."""
        return math.log(classes) if self.unit == NATS else 1.0

    def leaves(self, history: Sequence[Belief], values: Sequence[float]) -> bool:
        """Whether the entropy of every question at the last exit is below that exit's value."""
        value = values[len(history) - 1]
        if value <= 0:
            return False
        for logits in history[-1]:
            entropy = uncertainty(logits)
            if self.unit == NATS:
                entropy *= math.log(len(logits))
            if entropy > value or (entropy == value and not self.inclusive):
                return False
        return True

    def grid(self, early_exits: int, classes: int) -> list[Values]:
        """The settings to test, from full depth on, each leaving no later than the one before."""
        return [(step * self.scale(classes) / _STEPS,) * early_exits for step in range(_STEPS + 1)]


@dataclass(frozen=True)
class Rule:
    """The way an exit decides whether it answers.

    Attributes:
        name: its name in a manifest.
        parameters: the numbers a user sets, the first one first; just one where `per_exit`.
        beliefs: the content of the beliefs that it reads: `CLASSES` or `NUMBERS`.
        leaves: whether to leave, from the beliefs of every exit so far (one at least) and the values: one per
            early exit where `per_exit`, else one per parameter.
        per_exit: whether the parameter may differ from exit to exit.
        grid: the settings that calibration tests for so many early exits and classes, from full depth on,
            each leaving no later than the one before; None where they have no such order.
        entropy: the comparison of an entropy rule, whose thresholds can be searched, and which a graph of the
            layout branched can hold; None for other rules.
    """

    name: str
    parameters: tuple[Parameter, ...]
    beliefs: str
    leaves: Leaves = field(compare=False)
    per_exit: bool = False
    grid: Callable[[int, int], list[Values]] | None = field(default=None, compare=False)
    entropy: Entropy | None = None

    def of_values(self, early_exits: int) -> tuple[Parameter, ...]:
        """The parameter that each value of a setting belongs to."""
        return self.parameters * early_exits if self.per_exit else self.parameters

    def facts(self) -> dict[str, Any]:
        """The rule as a manifest states it."""
        return {
            "name": self.name,
            "per_exit": self.per_exit,
            "parameters": [
                {
                    "name": each.name,
                    "minimum": each.minimum,
                    "maximum": each.maximum if math.isfinite(each.maximum) else None,
                    "whole": each.whole,
                    "unit": each.unit,
                }
                for each in self.parameters
            ],
        }


def uncertainty(logits: Logits) -> float:
    """U = H(softmax(logits)) / ln(classes), 0 (sure) to 1 (exactly uniform); 0 for a single class.

    Liu et al. 2020, equation 9, in double precision. 0 · ln 0 counts as 0.
    """
    if len(logits) == 1:
        return 0.0
    top = max(logits)
    shifted = [logit - top for logit in logits]
    weights = [*map(math.exp, shifted)]
    total = sum(weights)
    entropy = math.log(total) - sum(map(mul, weights, shifted)) / total
    return min(1.0, entropy / math.log(len(logits)))


def uncertainty_of(belief: Belief) -> float:
    """The uncertainty of the question that is least sure; 0 without questions."""
    return max(map(uncertainty, belief), default=0.0)


def _patience(history: Sequence[Belief], values: Sequence[float]) -> bool:
    """Whether the answer stayed the same for `patience` comparisons in a row."""
    answers = [[max(range(len(logits)), key=logits.__getitem__) for logits in belief] for belief in history]
    return 0 < values[0] <= _stable(answers, 1)  # numbers of labels: equal, or at least 1 apart


def _patience_within(history: Sequence[Belief], values: Sequence[float]) -> bool:
    """Whether the predicted number moved by less than `threshold` for `patience` comparisons in a row."""
    return 0 < values[0] <= _stable([[number for (number,) in belief] for belief in history], values[1])


def _stable(answers: Sequence[Sequence[float]], threshold: float) -> int:
    """The number of the last comparisons in a row that found no change, answers [exits][k]."""
    count = 0
    for before, after in zip(answers[-2::-1], answers[:0:-1], strict=True):
        if not all(abs(one - other) < threshold for one, other in zip(before, after, strict=True)):
            break
        count += 1
    return count


def _patience_grid(early_exits: int, classes: int) -> list[Values]:
    """Full depth, then each patience from the greatest down; the number of classes does not matter."""
    return [(0.0,), *((float(patience),) for patience in range(early_exits, 0, -1))]


def _entropy_rule(name: str, parameter: Parameter, entropy: Entropy) -> Rule:
    return Rule(
        name, (parameter,), CLASSES, entropy.leaves, per_exit=True, grid=entropy.grid, entropy=entropy
    )


SPEED = Parameter(
    "speed",
    SHARE,
    "leave at the first exit whose uncertainty is below X: 0 runs all layers, 1 leaves at the first exit",
    maximum=1,
    usual=(0.1, 0.3, 0.5),
)
_NATS = Parameter(
    "threshold", NATS, "for DeeBERT's rule: leave at the first exit whose entropy in nats is below X"
)
_MOVE = Parameter(
    "threshold", ANSWER, "for PABEE's rule, of numbers: those that differ by less than X count as the same"
)
_PATIENCE = Parameter(
    "patience",
    COMPARISONS,
    "for PABEE's rule: leave when N comparisons in a row found the same answer as the exit before",
    whole=True,
)
RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        _entropy_rule("entropy-below", SPEED, Entropy(SHARE)),
        _entropy_rule("entropy-at-most", SPEED, Entropy(SHARE, inclusive=True)),
        _entropy_rule("raw-entropy-below", _NATS, Entropy(NATS)),
        Rule("patience", (_PATIENCE,), CLASSES, _patience, grid=_patience_grid),
        Rule("patience-within", (_PATIENCE, _MOVE), NUMBERS, _patience_within),
    )
}


def parameters() -> dict[str, list[tuple[Rule, Parameter]]]:
    """The parameters of all rules by name, each with the rules that have it."""
    found: dict[str, list[tuple[Rule, Parameter]]] = {}
    for rule in RULES.values():
        for each in rule.parameters:
            found.setdefault(each.name, []).append((rule, each))
    return found
