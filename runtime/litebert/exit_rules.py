"""When an early head answers: the exit rules, stated once.

Sources: Liu et al. 2020 (FastBERT; autoliuweijie/FastBERT), Xin et al. 2020 (DeeBERT; castorini/DeeBERT),
Zhou et al. 2020 (PABEE; JetRunner/PABEE).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from litebert.arguments import argument, real, several, whole
from litebert.errors import InputError

Logits: TypeAlias = "Sequence[float]"
Leaves: TypeAlias = "Callable[[Sequence[Logits], Sequence[float]], bool]"


_NEVER = -1.0  # below every entropy


@dataclass(frozen=True)
class Rule:
    """How an exit decides.

    Attributes:
        name: what a manifest calls it.
        parameters: the arguments a user sets, the first one first.
        limits: the lowest and highest value of each parameter.
        problem_types: what the logits may mean.
        per_exit: whether the parameter may differ from exit to exit.
        leaves: whether to leave, from the logits of every exit so far (one at least) and the values: one per
            early exit where `per_exit`, else one per parameter.
    """

    name: str
    parameters: tuple[str, ...]
    limits: tuple[tuple[float, float], ...]
    problem_types: tuple[str, ...]
    per_exit: bool
    leaves: Leaves


@dataclass(frozen=True)
class Setting:
    """A rule with its values: one per early exit for the entropy rules, else one per parameter."""

    rule: Rule
    values: tuple[float, ...]

    def __repr__(self) -> str:
        shown = {name: value if "," not in value else f"[{value}]" for name, value in self.arguments.items()}
        return f"Setting({', '.join(f'{name}={value}' for name, value in shown.items())})"

    @property
    def arguments(self) -> dict[str, str]:
        """What a call is given for it, by parameter: a number, or one per early exit where they differ."""
        if not self.rule.per_exit:
            return dict(zip(self.rule.parameters, map(_exact, self.values), strict=True))
        values = self.values[:1] if len({*self.values}) == 1 else self.values
        return {self.rule.parameters[0]: ",".join(map(_exact, values))}

    def leaves(self, history: Sequence[Logits]) -> bool:
        """Whether to answer with the last of the logits seen so far, an early exit's."""
        return self.rule.leaves(history, self.values)


def _exact(value: float) -> str:
    """A number as people write it, if that is all of it."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def leave_at(number: int, early_exits: int) -> Setting:
    """The setting with which every text leaves at one exit, whatever the artifact's own rule."""
    values = tuple(math.inf if each == number else _NEVER for each in range(early_exits))
    return Setting(RULES["entropy-below"], values)


def uncertainty(logits: Logits) -> float:
    """U = H(softmax(logits)) / ln(classes), 0 (sure) to 1 (exactly uniform); 0 for a single class.

    Liu et al. 2020, equation 9, in double precision. 0 · ln 0 counts as 0.
    """
    if len(logits) == 1:
        return 0.0
    top = max(logits)
    shifted = [logit - top for logit in logits]
    weights = [math.exp(each) for each in shifted]
    total = sum(weights)
    entropy = math.log(total) - sum(a * b for a, b in zip(weights, shifted, strict=True)) / total
    return min(1.0, entropy / math.log(len(logits)))


def _below(history: Sequence[Logits], values: Sequence[float]) -> bool:
    return uncertainty(history[-1]) < values[len(history) - 1]


def _at_most(history: Sequence[Logits], values: Sequence[float]) -> bool:
    """As run_fastbert.py: torch clamps probabilities, so that its entropy is never 0, and speed 0 stays."""
    value = values[len(history) - 1]
    return value > 0 and uncertainty(history[-1]) <= value


def _raw_below(history: Sequence[Logits], values: Sequence[float]) -> bool:
    nats = uncertainty(history[-1]) * math.log(len(history[-1]))
    return nats < values[len(history) - 1]


def _patience(history: Sequence[Logits], values: Sequence[float]) -> bool:
    """The answer stayed the same for `patience` comparisons in a row."""
    answers = [max(range(len(logits)), key=logits.__getitem__) for logits in history]
    return 0 < values[0] <= _stable(answers, 1)  # numbers of labels: equal, or at least 1 apart


def _patience_within(history: Sequence[Logits], values: Sequence[float]) -> bool:
    """The predicted number moved by less than `threshold` for `patience` comparisons in a row."""
    return 0 < values[0] <= _stable([logits[0] for logits in history], values[1])


def _stable(answers: Sequence[float], threshold: float) -> int:
    """How many of the last comparisons in a row found no change."""
    count = 0
    for before, after in zip(answers[-2::-1], answers[:0:-1], strict=True):
        if not abs(before - after) < threshold:
            break
        count += 1
    return count


_POSITIVE = (0, math.inf)
_CLASSES, _NUMBER = ("single-label",), ("regression",)
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule("entropy-below", ("speed",), ((0, 1),), _CLASSES, True, _below),
            Rule("entropy-at-most", ("speed",), ((0, 1),), _CLASSES, True, _at_most),
            Rule("raw-entropy-below", ("threshold",), (_POSITIVE,), _CLASSES, True, _raw_below),
            Rule("patience", ("patience",), (_POSITIVE,), _CLASSES, False, _patience),
            Rule(
                "patience-within",
                ("patience", "threshold"),
                (_POSITIVE, _POSITIVE),
                _NUMBER,
                False,
                _patience_within,
            ),
        )
    }
)


def no_early_exits(knob: str) -> InputError:
    """What is wrong with a knob where there is nothing to leave at."""
    return InputError(
        f"{argument(knob)} was given, but this artifact has no early exits; add them to the student "
        "with litebert-exits, and export it again"
    )


def choose_setting(rule: str | None, early_exits: int, given: Mapping[str, Any]) -> Setting | None:
    """The setting that a user's arguments mean for an artifact; None (full depth) where all are None.

    Args:
        rule: the artifact's rule, one of `RULES`; None where it has no exits.
        early_exits: how many exits it has before the last layer.
        given: values by parameter (speed, threshold, patience), None where not given; a per-exit parameter is
            a number, or a list, tuple or array of one per early exit.

    Raises:
        InputError: there are no exits, the rule has another parameter, or a value is out of its range.
    """
    named = {name: value for name, value in given.items() if value is not None}
    if not named:
        return None
    if rule is None or not early_exits:
        raise no_early_exits(next(iter(named)))
    chosen, (parameter, *_) = RULES[rule], RULES[rule].parameters
    if tuple(sorted(named)) != tuple(sorted(chosen.parameters)):
        raise InputError(
            f"{' and '.join(map(argument, named))} was given, but this artifact leaves by the rule {rule}, "
            f"which needs {' and '.join(map(argument, chosen.parameters))}"
        )
    if chosen.per_exit:
        value = named[parameter]
        values = several(value)
        if values is None:
            values = [value] * early_exits
        if len(values) != early_exits:
            raise InputError(
                f"{argument(parameter)} has {len(values)} values, expected one, or {early_exits}: "
                "one per early exit"
            )
        return Setting(chosen, tuple(_checked(chosen, 0, each) for each in values))
    return Setting(
        chosen, tuple(_checked(chosen, i, named[name]) for i, name in enumerate(chosen.parameters))
    )


def _checked(rule: Rule, number: int, value: Any) -> float:
    """The value of a rule's parameter once it is a number in its range; patience is a whole one."""
    name, (low, high) = rule.parameters[number], rule.limits[number]
    found = whole(value) if name == "patience" else real(value)
    if found is None or not (math.isfinite(found) and low <= found <= high):
        kind = "whole number" if name == "patience" else "number"
        bounds = f"from {low:g} to {high:g}" if math.isfinite(high) else f"from {low:g}"
        raise InputError(f"{argument(name)} is {value!r:.60}, expected a {kind} {bounds}")
    return float(found)
