"""Two artifacts against each other: the ratio of their times in the same round, and how sure it is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
CONFIDENCE = 0.95
_SEED = 0
_FEWEST = 8  # pairs
_AT_ONCE = 1 << 20  # values: a long run's resamples do not fit into a small device's memory


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Time of a frame in an artifact's stage as a share of the first artifact's in the same round; below 1 is faster.

    Attributes:
        path: the artifact.
        stage: `end_to_end` or `infer`.
        n: pairs compared.
        median: of the pairs' ratios; NaN without pairs.
        q1: a quarter of the pairs lies below; NaN without pairs.
        q3: a quarter lies above; NaN without pairs.
        low: lower end of the 95 % confidence interval of the median; NaN without pairs.
        high: its upper end.
    """

    path: str
    stage: str
    n: int
    median: float
    q1: float
    q3: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """`faster`, `slower`, or `no difference shown`: 1 lies in the interval, or there are only a few pairs."""
        if self.n < _FEWEST:
            return "no difference shown"
        if self.high < 1:
            return "faster"
        return "slower" if self.low > 1 else "no difference shown"


def paired_ratio(path: str, stage: str, samples_ns: Sequence[float], first_ns: Sequence[float]) -> Ratio:
    """Ratio of two artifacts' samples, round by round.

    Neighbours in time share what the machine was doing, so a pair's ratio is steadier than that of two medians.
    Pairs in which the clock was too coarse to see the first artifact's time pass are left out.
    """
    ratios = np.array([own / first for own, first in zip(samples_ns, first_ns, strict=True) if first > 0])
    nan = math.nan
    if not len(ratios):
        return Ratio(path=path, stage=stage, n=0, median=nan, q1=nan, q3=nan, low=nan, high=nan)
    q1, median, q3 = (float(value) for value in np.percentile(ratios, (25, 50, 75)))
    low, high = interval(resampled_medians(ratios, seed=_SEED))
    return Ratio(path=path, stage=stage, n=len(ratios), median=median, q1=q1, q3=q3, low=low, high=high)


def resampled_medians(values: NDArray[np.float64], *, seed: int) -> NDArray[np.float64]:
    """Medians of `RESAMPLES` resamples, by the circular block bootstrap (Politis and Romano 1992).

    Samples of neighbouring rounds are alike, and drawing them one by one would make the interval too narrow; blocks
    of n^(1/3) neighbours are drawn instead.

    Args:
        values: float64 (n,), in the order they were taken.
        seed: of the drawing.
    """
    count = len(values)
    block = max(1, round(count ** (1 / 3)))
    blocks = -(-count // block)
    starts = np.random.default_rng(seed).integers(0, count, (RESAMPLES, blocks, 1))
    a_few = max(1, _AT_ONCE // count)
    return np.concatenate(
        [_medians(values, starts[first : first + a_few], block) for first in range(0, RESAMPLES, a_few)]
    )


def _medians(values: NDArray[np.float64], starts: NDArray[np.int64], block: int) -> NDArray[np.float64]:
    """One of each row of starts, (resamples, blocks, 1)."""
    count = len(values)
    drawn = (starts + np.arange(block)).reshape(len(starts), -1)[:, :count] % count
    medians: NDArray[np.float64] = np.median(values[drawn], axis=1)
    return medians


def interval(estimates: NDArray[np.float64]) -> tuple[float, float]:
    """The middle `CONFIDENCE` of resampled estimates: Efron's percentile interval."""
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(estimates, (tail, 100 - tail))
    return float(low), float(high)
