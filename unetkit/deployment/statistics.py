"""What calibration frames say about every tensor of a network: its extremes, its mean a channel, its histogram."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from unetkit.deployment.ranges import BINS, Histogram, Range, RangeMethod, range_of

Activations = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True)
class Extremes:
    """One tensor over all frames.

    Attributes:
        low: its smallest value, at most 0: zero must be representable, borders are padded with it.
        high: its largest, at least 0.
        channel_means: float64 (C,), over frames and all axes but the channels'.
    """

    low: float
    high: float
    channel_means: NDArray[np.float64] = field(repr=False)


class Statistics:
    """Gathered when first asked for, one pass over the frames each: extremes, and histograms between them.

    Args:
        observe: gives, frame by frame, every tensor of the network by name; the same at each call.
        channel_axis: of the channels in tensors of rank 4; in others they come last.
    """

    def __init__(self, observe: Callable[[], Iterable[Activations]], *, channel_axis: int) -> None:
        self._observe = observe
        self.channel_axis = channel_axis
        self._ranges: dict[RangeMethod, dict[str, Range]] = {}

    def ranges(self, method: RangeMethod) -> dict[str, Range]:
        """The range of every tensor; `minmax` needs no histogram."""
        if method not in self._ranges:
            if method == "minmax":
                found = {name: (item.low, item.high) for name, item in self.extremes.items()}
            else:
                found = {name: range_of(item, method) for name, item in self.histograms.items()}
            self._ranges[method] = found
        return self._ranges[method]

    def first(self) -> Activations:
        """Every tensor on the first frame."""
        return next(iter(self._observe()))

    @cached_property
    def extremes(self) -> dict[str, Extremes]:
        lows: dict[str, float] = {}
        highs: dict[str, float] = {}
        means: dict[str, list[NDArray[np.float64]]] = {}
        for activations in self._observe():
            for name, value in activations.items():
                lows[name] = min(lows.get(name, 0.0), float(value.min()))
                highs[name] = max(highs.get(name, 0.0), float(value.max()))
                means.setdefault(name, []).append(self._channel_means(value))
        return {
            name: Extremes(low=lows[name], high=highs[name], channel_means=np.mean(means[name], axis=0))
            for name in lows
        }

    @cached_property
    def histograms(self) -> dict[str, Histogram]:
        counts = {name: np.zeros(BINS, np.int64) for name in self.extremes}
        for activations in self._observe():
            for name, value in activations.items():
                counts[name] += _counts(value, self.extremes[name])
        return {
            name: Histogram(low=item.low, high=item.high, counts=counts[name]) for name, item in self.extremes.items()
        }

    def _channel_means(self, value: NDArray[np.float32]) -> NDArray[np.float64]:
        channels = self.channel_axis if value.ndim == 4 else value.ndim - 1
        return np.asarray(value.mean(axis=tuple(axis for axis in range(value.ndim) if axis != channels)), np.float64)


def _counts(value: NDArray[np.float32], extremes: Extremes) -> NDArray[np.int64]:
    width = (extremes.high - extremes.low) / BINS
    if width <= 0:
        return np.zeros(BINS, np.int64)
    parts = ((value.ravel() - np.float32(extremes.low)) * np.float32(1 / width)).astype(np.int32)
    return np.bincount(np.minimum(parts, BINS - 1), minlength=BINS)
