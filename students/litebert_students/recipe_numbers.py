"""The numbers that every student recipe has, and the error about wrong ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from litebert.arguments import argument, argument_is, real, whole
from litebert.errors import InputError

USUAL_TOKENS = 128
Check: TypeAlias = "tuple[object, str, bool]"  # a value, the expectation in words, whether it is met

_KINDS = {"int": (whole, "whole number"), "float": (real, "number")}  # by the type of a field


@dataclass(frozen=True, kw_only=True)
class StudentRecipe:
    """The numbers that all student recipes have; each recipe adds its own.

    Attributes:
        batch_size: texts in one step.
        learning_rate: the peak of the learning rate.
        max_tokens: the limit at which texts are cut; None is 128, or the model's limit where that is lower.
        seed: of first weights, order, draws and dropout. On one machine it decides the student.
    """

    batch_size: int = 32
    learning_rate: float = 1e-4
    max_tokens: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        plain_numbers(self)


def given_or_usual(given: int | None, usual: int, limit: int) -> int:
    """A number of the recipe: the given one, or the usual one up to the model's limit."""
    return min(usual, limit) if given is None else given


def plain_numbers(recipe: Any) -> None:
    """Turns the numbers of a frozen dataclass, which may be numpy's, into Python's, for torch and digests.

    Raises:
        InputError: one is no number of its kind, such as a bool or a NaN.
    """
    for field in fields(recipe):
        given = getattr(recipe, field.name)
        declared = str(field.type).removesuffix(" | None")
        if declared in _KINDS and given is not field.default:
            convert, kind = _KINDS[declared]
            # A NaN of the right type is reported with the other wrong numbers.
            number = given if type(given).__name__ == declared else convert(given)
            if number is None:
                raise InputError(f"{argument(field.name)} is {given!r:.60}, expected a {kind}; correct it")
            object.__setattr__(recipe, field.name, number)


def divisor(number: int, of: int) -> Check:
    """The check of a number that divides another."""
    return number, f"a divisor of {of}", number > 0 and of % number == 0


def from_one(number: int | None, limit: int) -> Check:
    """The check of a number from 1 to a limit, which may be left open."""
    return number, f"1 to {limit}", number is None or 1 <= number <= limit


def at_most(number: int | None, limit: int) -> Check:
    """The check of a number up to a limit, which may be left open."""
    return number, f"at most {limit}", number is None or number <= limit


def check_numbers(recipe: StudentRecipe, own: Mapping[str, Check]) -> None:
    """Raises one InputError that lists every number the recipe cannot work with.

    Args:
        recipe: the recipe, whose common numbers are checked.
        own: the checks of its own numbers, by name.
    """
    common = {
        "batch_size": (recipe.batch_size, "at least 1", recipe.batch_size >= 1),
        "learning_rate": (recipe.learning_rate, "above 0", 0 < recipe.learning_rate < math.inf),
        "max_tokens": (recipe.max_tokens, "at least 4", recipe.max_tokens is None or recipe.max_tokens >= 4),
        "seed": (recipe.seed, "0 to 2^32 - 1", 0 <= recipe.seed < 2**32),
    }
    check_fits([*own.items(), *common.items()])


def check_fits(checks: Iterable[tuple[str, Check]]) -> None:
    """Raises one InputError that lists every number that fails its check, by name."""
    wrong = [
        f"{argument_is(name, value)} ({expected})" for name, (value, expected, fits) in checks if not fits
    ]
    if wrong:
        raise InputError(
            f"the recipe has {', '.join(wrong)}; the values in brackets were expected; correct the recipe"
        )
