"""The error of figures from few texts."""

from __future__ import annotations

import math

FEW_TEXTS = 299  # fewer may all stay the same although 1 % of all answers change (with a chance of 5 %)


def standard_error(share: float, texts: int) -> float:
    """The standard error of a share (0 to 1) of so many texts, such as an accuracy: √(p (1 − p) / n)."""
    return math.sqrt(share * (1 - share) / texts)


def little_proof(texts: int, accuracy: float | None = None) -> str | None:
    """The warning that so few texts prove little, in a line; None where they are `FEW_TEXTS` or more.

    Args:
        texts: the number of texts that were answered.
        accuracy: the share of right answers (0 to 1), where it is known.
    """
    if texts >= FEW_TEXTS:
        return None
    error = standard_error(accuracy, texts) if accuracy is not None else 0.0
    unseen = 1 - 0.05 ** (1 / texts)  # (1 − unseen)^texts = 5 %: the chance that no text shows such a share
    parts = [
        f"one answer is {100 / texts:.1f} points",
        *([f"the standard error of the accuracy {100 * error:.1f}"] if error else []),
        f"and even if none of these answers changes, up to {100 * unseen:.1f} % of new ones may",
    ]
    return f"{texts} text{'s prove' if texts > 1 else ' proves'} little: {', '.join(parts)}"


def few_values(texts: int) -> str | None:
    """The same warning for regression, whose values are not simply equal or not."""
    if texts >= FEW_TEXTS:
        return None
    return f"{texts} text{'s' * (texts > 1)}: too few to prove anything"
