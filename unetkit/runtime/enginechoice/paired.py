"""Who of several is the fastest, by what each took at the same times, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLOSE = 1.05  # times the best one's time: nobody minds
_ALIKE = 1.03  # who is within this of the fastest may win for another reason
_DEVIATIONS = 2.58  # of a normal distribution: 99 % lie within; it is looked at again and again


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A median and where it may lie.

    Attributes:
        median: of the sample.
        low: lower end of a confidence interval of the median.
        high: its upper end; infinite for fewer than six values.
    """

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "Interval":
        """By the values' ranks, whatever their distribution (the sign test turned round; Conover 1999, section 3.2).

        99 % for eleven values and more; of fewer all lie between the smallest and the largest: 97 % for six.

        Args:
            values: float64 (n,), at least one.
        """
        ordered, count = np.sort(values), len(values)
        left_out = max(0, math.floor((count - _DEVIATIONS * math.sqrt(count)) / 2))
        known = count >= 6
        return cls(
            median=float(np.median(ordered)),
            low=float(ordered[left_out]) if known else 0.0,
            high=float(ordered[-1 - left_out]) if known else math.inf,
        )


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the observations so far show.

    Attributes:
        winner: index of the best.
        within: it is shown to take at most so many times the time of each of the others.
        slower: indices of those that are shown to be slower than what is alike.
    """

    winner: int
    within: float
    slower: frozenset[int]


def verdict(costs: NDArray[np.float64], threads: Sequence[int | None]) -> Verdict:
    """Of those alike (within 3 % of the fastest) the one with the fewest threads wins, if it is shown to be close.

    What it leaves is for the camera, the screen and other programs, and it draws less power.

    Args:
        costs: float64 (observations, lanes), above 0: what each took at the same time.
        threads: of each lane; None counts as more than any number.
    """
    lanes = range(costs.shape[1])
    paces = np.median(costs / costs.mean(axis=1, keepdims=True), axis=0)
    leader = int(np.argmin(paces))
    over = [Interval.of(costs[:, lane] / costs[:, leader]) for lane in lanes]
    alike = [lane for lane in lanes if over[lane].median <= _ALIKE and lane != leader]
    fewer = [lane for lane in alike if _count(threads[lane]) < _count(threads[leader])]
    winner, within = leader, bound_of(costs, leader)
    for lane in sorted(fewer, key=lambda lane: (_count(threads[lane]), over[lane].median)):
        bound = bound_of(costs, lane)
        if bound <= CLOSE:
            winner, within = lane, bound
            break
    slower = frozenset(lane for lane in lanes if over[lane].low > _ALIKE and lane != winner)
    return Verdict(winner=winner, within=within, slower=slower)


def bound_of(costs: NDArray[np.float64], lane: int) -> float:
    """The lane is shown to take at most so many times the time of each of the others; costs as in `verdict`."""
    others = [other for other in range(costs.shape[1]) if other != lane]
    return max((Interval.of(costs[:, lane] / costs[:, other]).high for other in others), default=1.0)


def _count(threads: int | None) -> float:
    return threads or math.inf
