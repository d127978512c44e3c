"""The ratio of two paces, with a spread that the ratio of another round, or run, should be within."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

ENOUGH_ROUNDS = 3  # for a spread; with two, t is 12.7, and the spread says nothing

# Student's t, 97.5 %, for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2).
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)

Round = Mapping[int, float]
"""The milliseconds of each call of one round, by its first text."""


@dataclass(frozen=True)
class Ratio:
    """A time as a share of another.

    Attributes:
        value: the median over the rounds.
        low: the lower end of the spread; None after one or two rounds, which say too little about it.
        high: its upper end; None likewise.
        rounds: the number of rounds.
    """

    value: float
    low: float | None
    high: float | None
    rounds: int

    def contains(self, value: float) -> bool:
        """Whether a value is within the spread; false without one."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


def ratio_of(times: Mapping[int, Round], base: Mapping[int, Round]) -> Ratio | None:
    """The time of a subject as a share of a baseline's that ran in the same rounds.

    A round's ratio is that of the summed times of the calls that both made in it.

    Returns:
        None where they share no call, or no time passed.
    """
    found = []
    for number in sorted(times.keys() & base.keys()):
        texts = times[number].keys() & base[number].keys()
        above, below = (math.fsum(each[number][text] for text in texts) for each in (times, base))
        if above > 0 and below > 0:
            found.append(above / below)
    return with_spread(found) if found else None


def with_spread(ratios: Sequence[float]) -> Ratio:
    """The median of the ratios of rounds, and the spread that one more round's ratio should be within.

    The spread is a 95 % prediction interval on the logarithms: median ± t(n - 1) · s · √(1 + π/2n), widened
    to the range of the rounds; so a round that went astray stays in sight. Hahn and Meeker (Statistical
    Intervals, 1991; also the manual of R's EnvStats, predIntNorm) give it for means. The variance of a median
    of many exceeds a mean's by the factor π/2.

    The median of another run should be within it, too. It would vary less if its rounds were independent, but
    they share the minutes in which they ran. An interval that counts on independence, √(π/n) for √(1 + π/2n),
    held 82 % of the cells of a second run of the committed benchmark; this one held 95 %.

    Rounds that share their processes do not show differences from process to process (Kalibera and Jones,
    Rigorous Benchmarking in Reasonable Time, ISMM 2013): two runs show them, see benchmarks/compare.py.

    Args:
        ratios: one or more, above 0.
    """
    logs = np.log(ratios)
    middle, count = float(np.median(logs)), len(logs)
    if count < ENOUGH_ROUNDS:
        return Ratio(math.exp(middle), None, None, count)
    half = _T[min(count - 1, len(_T)) - 1] * float(logs.std(ddof=1)) * math.sqrt(1 + math.pi / 2 / count)
    low, high = min(middle - half, logs.min()), max(middle + half, logs.max())
    return Ratio(math.exp(middle), math.exp(low), math.exp(high), count)
