"""The range of a tensor that int8 covers: all that was seen, or less, so that the steps inside are finer.

Every method chooses from one histogram; values outside the range are clipped to its ends.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

RangeMethod = Literal["minmax", "percentile", "mse", "entropy"]
RANGE_METHODS: tuple[RangeMethod, ...] = get_args(RangeMethod)
Range = tuple[float, float]

BINS = 2048  # eight to a step of int8: fine enough to tell two candidate ranges apart
LEVELS = 256
_TAIL = 5e-5  # this share of the values is clipped at each end: percentile 99.99
_SHRINKS = np.linspace(1.0, 0.3, 36)  # candidates of mse and entropy: shares of the whole range, widest first


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """How a tensor's values are distributed.

    Attributes:
        low: smallest value, at most 0.
        high: largest, at least 0.
        counts: int64 (BINS,), how many values fell into each of as many equal parts of [low, high].
    """

    low: float
    high: float
    counts: NDArray[np.int64] = field(repr=False)

    def occupied(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Middles and counts of the parts that hold anything."""
        held = self.counts > 0
        middles = np.asarray(self.low + (self.high - self.low) / BINS * (np.arange(BINS) + 0.5), np.float64)
        return middles[held], self.counts[held].astype(np.float64)


def range_of(histogram: Histogram, method: RangeMethod) -> Range:
    """(low, high) with low <= 0 <= high.

    Args:
        histogram: of what was seen.
        method: `minmax`: everything seen; `percentile`: all but 0.005 % at each end; `mse`: the smallest mean square
            of rounding and clipping errors together; `entropy`: the smallest Kullback-Leibler divergence between the
            values' distribution and its quantised form (Migacz 2017, "8-bit inference with TensorRT").
    """
    if histogram.high <= histogram.low or not histogram.counts.any():
        return histogram.low, histogram.high
    return _CHOICES[method](histogram)


def _minmax(histogram: Histogram) -> Range:
    return histogram.low, histogram.high


def _percentile(histogram: Histogram) -> Range:
    share = np.cumsum(histogram.counts) / histogram.counts.sum()
    width = (histogram.high - histogram.low) / BINS
    first = int(np.searchsorted(share, _TAIL, side="right"))
    last = int(np.searchsorted(share, 1 - _TAIL))
    return min(0.0, histogram.low + width * first), max(0.0, histogram.low + width * (last + 1))


def _mse(histogram: Histogram) -> Range:
    values, weights = histogram.occupied()

    def error(low: float, high: float) -> float:
        return float(np.dot(weights, (values - _quantised(values, low, high)) ** 2))

    lows = histogram.low * (_SHRINKS if histogram.low < 0 else np.ones(1))
    highs = histogram.high * (_SHRINKS if histogram.high > 0 else np.ones(1))
    candidates = [(float(low), float(high)) for low in lows for high in highs]
    return min(candidates, key=lambda ends: error(*ends))


def _entropy(histogram: Histogram) -> Range:
    values, weights = _without_zeros(histogram).occupied()
    candidates = [(float(histogram.low * share), float(histogram.high * share)) for share in _SHRINKS]
    return min(candidates, key=lambda ends: _divergence(values, weights, *ends))


def _without_zeros(histogram: Histogram) -> Histogram:
    """Zeros, which a ReLU leaves in masses, are exact in every range: their part holds what its neighbours hold."""
    zero = min(int(-histogram.low / (histogram.high - histogram.low) * BINS), BINS - 1)
    counts = histogram.counts.copy()
    counts[zero] = np.concatenate((counts[max(zero - 1, 0) : zero], counts[zero + 1 : zero + 2])).mean()
    return replace(histogram, counts=counts)


def _divergence(values: NDArray[np.float64], weights: NDArray[np.float64], low: float, high: float) -> float:
    """Sum p log(p / q): p the clipped distribution, q what int8 can tell of it.

    A level tells of all its parts that hold anything the same: their average, what was clipped not counted.
    """
    parts = np.clip(np.floor((values - low) / (high - low) * BINS), 0, BINS - 1).astype(np.int64)
    inside = (values >= low) & (values <= high)
    clipped = np.bincount(parts, weights, BINS)
    kept = np.bincount(parts[inside], weights[inside], BINS)
    held = clipped > 0
    level = np.arange(BINS) * LEVELS // BINS
    average = np.bincount(level, kept, LEVELS) / np.maximum(np.bincount(level, held, LEVELS), 1)
    p = clipped[held] / clipped.sum()
    q = average[level][held] / max(kept.sum(), 1)
    return float(np.sum(p * np.log(p / np.maximum(q, 1e-12))))


def _quantised(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """What is read back: the affine quantiser (Jacob et al. 2018, arXiv:1712.05877, eq. 1) with a whole zero point."""
    scale = (high - low) / (LEVELS - 1)
    zero_point = np.round(-low / scale)
    return np.asarray((np.clip(np.round(values / scale) + zero_point, 0, LEVELS - 1) - zero_point) * scale)


_CHOICES: dict[RangeMethod, Callable[[Histogram], Range]] = {
    "minmax": _minmax,
    "percentile": _percentile,
    "mse": _mse,
    "entropy": _entropy,
}
