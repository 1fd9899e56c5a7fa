"""Inference times of opened artifacts beside each other: they take turns, so that what else runs hits all alike."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from unetkit.contract.arrays import InputTensor
from unetkit.runtime.segmenter import Segmenter

_WARMUP = 3
_LEAST_ROUNDS = 5


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Inference times of one artifact in one engine: one sample a round, in the order of the rounds."""

    samples_ns: tuple[int, ...]

    @property
    def median_ms(self) -> float:
        return float(np.median(self.samples_ns)) / 1e6

    def over(self, other: "Lane") -> tuple[float, float, float]:
        """Lower quartile, median and upper quartile of this lane's time as a share of the other's, round by round."""
        ratios = [own / max(1, its) for own, its in zip(self.samples_ns, other.samples_ns, strict=True)]
        low, middle, high = np.percentile(ratios, (25, 50, 75))
        return float(low), float(middle), float(high)


def interleaved(
    segmenters: Sequence[Segmenter],
    tensor: InputTensor,
    *,
    rounds: int = 60,
    seconds: float = 10.0,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> tuple[Lane, ...]:
    """Time `infer` alone; who begins changes every round.

    Before each timed inference the same lane does one that is not: the others have pushed its weights out of the
    processor's caches, where a device that runs one model has them.

    Args:
        segmenters: opened, all of one input size.
        tensor: uint8 (1, H, W, 3), what all of them are given.
        rounds: at most.
        seconds: after which no further round begins, once five are done.
        clock: gives nanoseconds.
    """
    for _ in range(_WARMUP):
        for segmenter in segmenters:
            segmenter.infer(tensor)
    samples: list[list[int]] = [[] for _ in segmenters]
    start = clock()
    for done in range(rounds):
        if done >= _LEAST_ROUNDS and clock() - start > seconds * 1e9:
            break
        for turn in range(len(segmenters)):
            lane = (done + turn) % len(segmenters)
            segmenters[lane].infer(tensor)
            before = clock()
            segmenters[lane].infer(tensor)
            samples[lane].append(clock() - before)
    return tuple(Lane(samples_ns=tuple(each)) for each in samples)
