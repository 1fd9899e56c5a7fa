"""Samples of a time, in the order they were taken; of an endless run the memory they need can be bounded."""

import random
from array import array

ENOUGH = 1 << 14  # 9 minutes at 30 a second, 128 KiB
_RECENT = 16


class Samples:
    """Nanoseconds. Without a limit every one is kept.

    With a limit every one is kept up to it, and of more a fair sample, every one being as likely to be in it (Vitter,
    Random Sampling with a Reservoir, 1985, algorithm R). Number, sum, largest and jitter are always of all.

    Args:
        limit: how many are kept at most.

    Attributes:
        n: how many there were.
        total_ns: their sum.
        max_ns: the largest; 0 without any.
        steps_ns: sum of the absolute differences between each and the one before it.
        recent_ns: mean of about the last sixteen, the newer ones weighing more; 0 without any.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._limit = limit
        self._draw = random.Random(0)
        self._clear()

    def _clear(self) -> None:
        self.n = self.total_ns = self.max_ns = self.steps_ns = self._before_ns = 0
        self.recent_ns = 0.0
        self._kept = array("q")

    def add(self, ns: int) -> None:
        self.steps_ns += abs(ns - self._before_ns) if self.n else 0
        self._before_ns = ns
        self.n += 1
        self.total_ns += ns
        self.max_ns = max(self.max_ns, ns)
        self.recent_ns += (ns - self.recent_ns) / min(self.n, _RECENT)
        if self._limit is None or self.n <= self._limit:
            self._kept.append(ns)
        elif (place := self._draw.randrange(self.n)) < self._limit:
            self._kept[place] = ns

    def keep(self, count: int) -> None:
        """Forget those after the first `count`, which must all have been kept."""
        first = self._kept[:count]
        self._clear()
        for ns in first:
            self.add(ns)

    @property
    def kept_ns(self) -> tuple[int, ...]:
        return tuple(self._kept)
