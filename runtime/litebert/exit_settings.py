"""Settings: an exit rule with the values that a caller gave."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litebert.arguments import argument, argument_is, on_command_line, several
from litebert.errors import InputError
from litebert.exit_rules import SHARE, SPEED, Belief, Entropy, Parameter, Rule, Values, parameters

_NEVER = -1.0  # below every entropy
_AT_WILL = Rule("at-will", (), "", Entropy(SHARE).leaves, per_exit=True)  # of no artifact


@dataclass(frozen=True, repr=False)
class Setting:
    """A rule with its values: one per early exit for the entropy rules, else one per parameter."""

    rule: Rule
    values: Values

    def __repr__(self) -> str:
        shown = {name: value if "," not in value else f"[{value}]" for name, value in self.arguments.items()}
        return f"Setting({', '.join(f'{name}={value}' for name, value in shown.items())})"

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments for this setting, by parameter: a number, or one per early exit where they differ."""
        names = [each.name for each in self.rule.parameters]
        if not self.rule.per_exit:
            return dict(zip(names, map(_exact, self.values), strict=True))
        values = self.values[:1] if len({*self.values}) == 1 else self.values
        return {names[0]: ",".join(map(_exact, values))}

    def leaves(self, history: Sequence[Belief]) -> bool:
        """Whether a text leaves at the last of the early exits whose beliefs were seen so far."""
        return self.rule.leaves(history, self.values)


def _exact(value: float) -> str:
    """A number in its short form if that is exact, else in full."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def leave_at(number: int, early_exits: int) -> Setting:
    """The setting with which every text leaves at one exit, under any rule of the artifact."""
    values = tuple(math.inf if each == number else _NEVER for each in range(early_exits))
    return Setting(_AT_WILL, values)


def no_early_exits(knob: str) -> InputError:
    """The error for a knob that was given to an artifact without early exits."""
    return InputError(
        f"{argument(knob)} was given, but this artifact has no early exits; add them to the student "
        "with litebert-exits, which takes classifiers, and export it again"
    )


def wishes(speed: Any, leave: Any) -> dict[str, Any]:
    """The values by parameter from a call's arguments `speed` and `leave`.

    Raises:
        InputError: `leave` is no dict of values by the names of parameters, or both name the speed.
    """
    if leave is not None and not isinstance(leave, Mapping):
        raise InputError(
            f"{argument_is('leave', leave)}, expected a dict with values of the exit rule, "
            'such as {"patience": 3}'
        )
    if not leave:
        return {} if speed is None else {SPEED.name: speed}
    given = {name: value for name, value in leave.items() if value is not None}
    unknown = given.keys() - parameters().keys()
    if unknown:
        raise InputError(
            f"{argument('leave')} has the name {next(iter(unknown))!r:.60}, expected parameters "
            f"of an exit rule: {', '.join(parameters())}"
        )
    if speed is None:
        return given
    if SPEED.name in given:
        raise InputError("the speed was given twice, by speed and in leave; give it once")
    return {SPEED.name: speed, **given}


def choose_setting(rule: Rule | None, early_exits: int, leave: Mapping[str, Any]) -> Setting | None:
    """The setting for a user's arguments; None (full depth) where all are None.

    Args:
        rule: the artifact's rule; None where it has no exits.
        early_exits: the number of exits before the last layer.
        leave: values by parameter, None where not given; a per-exit parameter is a number, or a list, tuple
            or array of one per early exit.

    Raises:
        InputError: there are no exits, the rule has another parameter, or a value is out of its range.
    """
    named = {name: value for name, value in leave.items() if value is not None}
    if not named:
        return None
    if rule is None or not early_exits:
        raise no_early_exits(next(iter(named)))
    if named.keys() != {each.name for each in rule.parameters}:
        raise InputError(
            f"{' and '.join(map(argument, named))} was given, but this artifact leaves by the rule "
            f"{rule.name}, which needs {_needs(rule)}"
        )
    values: Sequence[Any] = [named[each.name] for each in rule.parameters]
    if rule.per_exit:
        (value,) = values
        values = [value] * early_exits if (found := several(value)) is None else found
        if len(values) != early_exits:
            raise InputError(
                f"{argument(rule.parameters[0].name)} has {len(values)} values, expected one, or "
                f"{early_exits}: one per early exit"
            )
    expected = rule.of_values(early_exits)
    return Setting(rule, tuple(map(Parameter.checked, expected, values)))


def _needs(rule: Rule) -> str:
    """The parameters that a rule needs; in Python also the argument that takes them, other than by name."""
    names = [each.name for each in rule.parameters]
    needs = " and ".join(map(argument, names))
    if on_command_line() or names == [SPEED.name]:
        return needs
    values = ", ".join(f"{name!r}: ..." for name in names)
    return f"{needs} (leave={{{values}}})"
