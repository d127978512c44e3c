"""Flags for the parameters of exit rules, made from the registry of rules.

A flag serves every rule that has a parameter of its name.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from litebert.exit_rules import Parameter, Rule, parameters

_EACH_EXIT = "; or a number for each exit but the last, such as 0.1,0.2"


def add_exit_flags(parser: argparse._ActionsContainer) -> None:
    """Adds the flags that choose a setting: a number each, or one per exit where a rule allows that."""
    for name, users in parameters().items():
        each_exit = any(rule.per_exit for rule, _ in users)
        number: Callable[[str], Any] = int if takes_whole_numbers(users) else float
        parser.add_argument(
            f"--{name}",
            type=_per_exit if each_exit else number,
            metavar=users[0][1].metavar,
            help=help_of(users, _EACH_EXIT),
        )


def exit_values(options: argparse.Namespace) -> dict[str, Any]:
    """The values of the flags that were given, by parameter."""
    values = {name: getattr(options, name) for name in parameters()}
    return {name: value for name, value in values.items() if value is not None}


def help_of(users: list[tuple[Rule, Parameter]], each_exit: str = "") -> str:
    """The help texts of a flag's parameters, each once; `each_exit` follows where exits may differ."""
    texts = (parameter.help + each_exit * rule.per_exit for rule, parameter in users)
    return "; ".join(dict.fromkeys(texts))


def takes_whole_numbers(users: list[tuple[Rule, Parameter]]) -> bool:
    """Whether a flag takes whole numbers only."""
    return all(parameter.whole for _, parameter in users)


def _per_exit(text: str) -> float | list[float]:
    """A number, or several with commas between."""
    try:
        first, *others = map(float, text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r:.60}, expected a number, or several as 0.1,0.2") from None
    return [first, *others] if others else first
