"""A fixed piece of work that takes its turn among the artifacts: how fast the machine itself is at that moment.

A figure from yesterday and one from today differ by the model and by the machine. Divided by the yardstick's time of
the same round, the machine's part goes out. It is made of what networks are made of, small matrix products and copies,
and uses no engine: an engine that became slower must show. Its threads take small pieces from one heap, as those of
inference engines do: one that is held up leaves the rest to the others.
"""

import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np

YARDSTICK_VERSION = 2
_SIDE = 64  # numpy's BLAS keeps products of this size on the thread that asks
_PRODUCTS = 16
_COPY_BYTES = 1 << 20
_LONGEST_NS = 20e6
_STEPS, _TRIALS = 2, 5  # of a single unit on several threads most is their meeting


@dataclass(frozen=True, kw_only=True)
class YardstickTimes:
    """What the yardstick took.

    Attributes:
        threads: that shared the work.
        repeats: units of work a sample, for each thread; a sample lasts about as long as an inference, so that both
            are cut short or spared by the scheduler alike.
        samples_ns: of one unit for each thread, a round each.
    """

    threads: int
    repeats: int
    samples_ns: tuple[int, ...]


class Yardstick:
    """The work, on as many threads as the artifacts it is to be compared with.

    Args:
        threads: that share the work; a sample ends when the last one has.
        repeats: units of work a sample, for each thread.
    """

    def __init__(self, threads: int, repeats: int = 1) -> None:
        self.threads = threads
        self.repeats = repeats
        self._works = [_Work() for _ in range(threads)]
        self._pool = ThreadPoolExecutor(threads - 1) if threads > 1 else None

    @classmethod
    def lasting(cls, target_ns: float, threads: int, *, clock: Callable[[], int] = time.perf_counter_ns) -> Self:
        """One whose samples last about `target_ns`, at most 20 ms."""
        yardstick = cls(threads)
        wanted_ns = min(target_ns, _LONGEST_NS) if math.isfinite(target_ns) else _LONGEST_NS
        for _ in range(_STEPS):
            times = []
            for _ in range(_TRIALS):
                start_ns = clock()
                yardstick.run()
                times.append(clock() - start_ns)
            yardstick.repeats = max(1, round(yardstick.repeats * wanted_ns / max(min(times), 1)))
        return yardstick

    def run(self) -> None:
        heap = iter(range(self.repeats * self.threads))
        others = [self._pool.submit(work.run, heap) for work in self._works[1:]] if self._pool else []
        self._works[0].run(heap)
        for other in others:
            other.result()

    def times(self, samples_ns: tuple[int, ...]) -> YardstickTimes:
        units = tuple(round(sample / self.repeats) for sample in samples_ns)
        return YardstickTimes(threads=self.threads, repeats=self.repeats, samples_ns=units)

    def close(self) -> None:
        if self._pool:
            self._pool.shutdown()


class _Work:
    def __init__(self) -> None:
        generator = np.random.default_rng(0)
        self._left = generator.random((_PRODUCTS, _SIDE, _SIDE), np.float32)
        self._right = generator.random((_SIDE, _SIDE), np.float32)
        self._product = np.empty_like(self._left)
        self._source = np.zeros(_COPY_BYTES, np.uint8)
        self._target = np.empty_like(self._source)

    def run(self, heap: Iterator[int]) -> None:
        for _ in heap:
            np.matmul(self._left, self._right, out=self._product)
            np.copyto(self._target, self._source)
