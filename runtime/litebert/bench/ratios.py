"""The ratio of two speeds, with a spread in which another run's ratio is to be expected."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

ENOUGH_ROUNDS = 3  # for a spread; with two, t is 12.7 and the spread whatever one likes

# Student's t, 97.5 %, for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2).
_T = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228),
    *(2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086),
    *(2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)

Round = Mapping[int, float]
"""Milliseconds of each call of one round, by its first text."""


@dataclass(frozen=True)
class Ratio:
    """A time as a share of another.

    Attributes:
        value: the median over the rounds.
        low: where the spread begins; None after one or two rounds, which say too little about it.
        high: where it ends; None likewise.
        rounds: how many there were.
    """

    value: float
    low: float | None
    high: float | None
    rounds: int

    def contains(self, value: float) -> bool:
        """Whether a value lies in the spread; never where there is none."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


def ratio_of(times: Mapping[int, Round], base: Mapping[int, Round]) -> Ratio | None:
    """How long something takes as a share of a baseline that ran in the same rounds.

    A round's ratio is that of the summed times of the calls that both made in it. Returns None where they
    share no call, or no time passed.
    """
    found = []
    for number in sorted(times.keys() & base.keys()):
        texts = times[number].keys() & base[number].keys()
        above, below = (math.fsum(each[number][text] for text in texts) for each in (times, base))
        if above > 0 and below > 0:
            found.append(above / below)
    return with_spread(found) if found else None


def with_spread(ratios: Sequence[float]) -> Ratio:
    """The median of the ratios of rounds, and where another run's median is to be expected.

    The spread is a 95 % prediction interval on the logarithms, for the median of another run of n rounds:
    median ± t(n - 1) · s · √(2/n) · √(π/2), widened to the range of the rounds. Hahn and Meeker (Statistical
    Intervals, 1991; also the manual of R's EnvStats, predIntNorm) give it for means; √(1/n + 1/n) counts
    the chance of both runs; √(π/2) is by how much a median of many varies more than a mean. A confidence
    interval of one run would be narrower and leave out a second run more often than it says: 11 % instead of
    4 % of pairs with 5 normal rounds. The range keeps a round that went astray in sight.

    What changes only from process to process is not seen by rounds that share their processes (Kalibera and
    Jones, Rigorous Benchmarking in Reasonable Time, ISMM 2013): two runs show it, see benchmarks/compare.py.

    Args:
        ratios: one or more, above 0.
    """
    logs = np.log(ratios)
    middle, count = float(np.median(logs)), len(logs)
    if count < ENOUGH_ROUNDS:
        return Ratio(math.exp(middle), None, None, count)
    half = _T[min(count - 1, len(_T)) - 1] * float(logs.std(ddof=1)) * math.sqrt(math.pi / count)
    low, high = min(middle - half, logs.min()), max(middle + half, logs.max())
    return Ratio(math.exp(middle), math.exp(low), math.exp(high), count)
