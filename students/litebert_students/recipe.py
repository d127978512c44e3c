"""The numbers every recipe has, and how wrong ones are told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from litebert.errors import InputError

USUAL_TOKENS = 128


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What a recipe's own dataclass adds to.

    Attributes:
        batch_size: texts in one step.
        learning_rate: its peak.
        max_tokens: longer texts are cut; None is 128, or the model's limit where that is lower.
        seed: of first weights, order, draws and dropout; the same on the same machine gives the same student.
    """

    batch_size: int = 32
    learning_rate: float = 1e-4
    max_tokens: int | None = None
    seed: int = 0


def given_or_usual(given: int | None, usual: int, limit: int) -> int:
    """A number of the recipe: the given one, or the usual one as far as the model allows."""
    return min(usual, limit) if given is None else given


def check_numbers(recipe: Numbers, own: Mapping[str, bool]) -> None:
    """Raises one InputError that lists every number the recipe cannot work with.

    Args:
        recipe: whose common numbers are checked.
        own: for each other number, itself with what is expected in brackets, and whether it is that.
    """
    common = {
        f"batch_size={recipe.batch_size} (at least 1)": recipe.batch_size >= 1,
        f"learning_rate={recipe.learning_rate} (above 0)": 0 < recipe.learning_rate < math.inf,
        f"max_tokens={recipe.max_tokens} (at least 4)": recipe.max_tokens is None or recipe.max_tokens >= 4,
        f"seed={recipe.seed} (0 to 2^32 - 1)": 0 <= recipe.seed < 2**32,
    }
    check_fits({**own, **common})


def check_fits(fits: Mapping[str, bool]) -> None:
    """Raises one InputError that lists every number that does not fit; `fits` is as `own` of the above."""
    wrong = [fact for fact, fit in fits.items() if not fit]
    if wrong:
        raise InputError(
            f"the recipe has {', '.join(wrong)}; the values in brackets were expected; correct the recipe"
        )
