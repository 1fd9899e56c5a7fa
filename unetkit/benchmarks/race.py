"""Two pipelines over the same clip, taking turns in blocks of frames."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from unetkit.benchmarks.clip import ClipPipeline
from unetkit.contract.arrays import Labels
from unetkit.errors import SourceError


@dataclass(frozen=True, kw_only=True)
class Race:
    """What came of it.

    Attributes:
        frames_per_round: frames each pipeline did a round.
        first_ns: time of the first pipeline, a round each.
        second_ns: time of the second, a round each.
        agreement: share of equal pixels in the two masks, a frame each.
    """

    frames_per_round: int
    first_ns: tuple[int, ...]
    second_ns: tuple[int, ...]
    agreement: tuple[float, ...]


def race(
    first: ClipPipeline,
    second: ClipPipeline,
    *,
    rounds: int,
    frames_per_round: int,
    warmup: int,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Race:
    """Both do the same frames each round; who begins changes every round.

    Only steps are timed: opening the clip, starting over at its end and comparing masks are not.

    Raises:
        SourceError: the clip has fewer than two frames.
    """
    pair = first, second
    for pipeline in pair:
        pipeline.rewind()
        _block(pipeline, warmup, clock)
    times: tuple[list[int], list[int]] = ([], [])
    agreement: list[float] = []
    for number in range(rounds):
        masks: list[list[Labels]] = [[], []]
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            masks[side], elapsed_ns = _block(pair[side], frames_per_round, clock)
            times[side].append(elapsed_ns)
        agreement += [float(np.mean(one == other)) for one, other in zip(*masks, strict=True)]
    return Race(
        frames_per_round=frames_per_round,
        first_ns=tuple(times[0]),
        second_ns=tuple(times[1]),
        agreement=tuple(agreement),
    )


def _block(pipeline: ClipPipeline, frames: int, clock: Callable[[], int]) -> tuple[list[Labels], int]:
    masks: list[Labels] = []
    total_ns = 0
    ended = False
    while len(masks) < frames:
        start_ns = clock()
        labels = pipeline.step()
        elapsed_ns = clock() - start_ns
        if labels is not None:
            masks.append(labels)
            total_ns += elapsed_ns
        elif ended:
            raise SourceError("the clip has fewer than two frames; give a longer one")
        else:
            pipeline.rewind()
        ended = labels is None
    return masks, total_ns
