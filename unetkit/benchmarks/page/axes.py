"""Scales and round numbers for the axes of a plot."""

import math
from collections.abc import Sequence


class Scale:
    """Value -> position in pixels, linear or logarithmic, from (low, start) to (high, end).

    Attributes:
        ticks: values to mark: those given, else round numbers that enclose all.
    """

    def __init__(
        self, values: Sequence[float], start: float, end: float, *, log: bool = False, ticks: Sequence[float] = ()
    ) -> None:
        known = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
        low, high = (min(known), max(known)) if known else (1.0, 2.0)
        self._log, self._start, self._end = log, start, end
        self.ticks = tuple(ticks) or (_decades(low, high) if log else _steps(low, high))
        self.low, self.high = min(low, self.ticks[0]), max(high, self.ticks[-1])

    def __call__(self, value: float) -> float:
        """Where a value lies."""
        low, high = (math.log(self.low), math.log(self.high)) if self._log else (self.low, self.high)
        at = math.log(max(value, self.low)) if self._log else value
        return round(self._start + (at - low) / (high - low) * (self._end - self._start), 1)

    def label(self, tick: float) -> str:
        """A tick as text, with as many digits as tell it from its neighbour."""
        if self._log or len(self.ticks) < 2:
            return figure(tick)
        step = min(later - earlier for earlier, later in zip(self.ticks, self.ticks[1:], strict=False))
        return f"{tick:.{max(0, -math.floor(math.log10(step) + 1e-9))}f}"


def figure(value: float) -> str:
    """Three digits that count."""
    return f"{value:.3g}" if abs(value) < 1e4 else f"{value:.0f}"


def _steps(low: float, high: float) -> tuple[float, ...]:
    """Round numbers that enclose both, about five."""
    span = high - low or abs(high) or 1.0
    size = 10 ** math.floor(math.log10(span / 5))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size * 5 >= span * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(number * step for number in range(first, max(last, first + 1) + 1))


def _decades(low: float, high: float) -> tuple[float, ...]:
    """1, 2, 5, 10, 20, ... from below the lowest to above the highest."""
    numbers = [factor * 10.0**power for power in range(-9, 13) for factor in (1, 2, 5)]
    first = max((each for each in numbers if each <= low * (1 + 1e-9)), default=numbers[0])
    last = min((each for each in numbers if each >= high * (1 - 1e-9) and each > first), default=numbers[-1])
    chosen = [each for each in numbers if first <= each <= last]
    wide = len(chosen) > 9
    return tuple(each for each in chosen if not wide or each in {first, last} or math.log10(each).is_integer())
