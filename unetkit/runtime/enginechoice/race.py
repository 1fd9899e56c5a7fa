"""Successive halving: all take turns for a moment, the better half goes on, until the time is used up.

Karnin, Koren and Somekh (2013), Almost optimal exploration in multi-armed bandits: each round has an equal share of the
time, so that those who are hard to tell apart are measured longest.
"""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

_LEAST, _MOST = 5, 200  # rounds of turns before a halving
_FAR, _SEEN = 2.0, 3  # who takes so many times the leader's time in the best of so many turns leaves at once
_CLOSE = 1.10  # who was within this of the leader in a turn is not dropped: it may have been disturbed in the others
_ALIKE = 1.03  # who is within this of the winner may win for another reason


class Lane(Protocol):
    """Who takes part."""

    def turn(self) -> tuple[int, int]:
        """Nanoseconds of one inference, and of the work that went on beside it (0: none)."""


@dataclass(eq=False)
class Standing:
    """What was seen of a lane: nanoseconds, a sample a turn."""

    infer_ns: list[int] = field(default_factory=list)
    beside_ns: list[int] = field(default_factory=list)

    @property
    def infer_ms(self) -> float:
        return statistics.median(self.infer_ns) / 1e6

    @property
    def beside_ms(self) -> float:
        return statistics.median(self.beside_ns) / 1e6

    @property
    def cost_ms(self) -> float:
        """Lower quartile of both together: a thread that the one takes from the other shows.

        What other programs do at the moment shows less than in a median; the choice is for later runs, too.
        """
        return self._both_ns()[len(self.infer_ns) // 4] / 1e6

    @property
    def best_ms(self) -> float:
        """Of both together, the best turn."""
        return self._both_ns()[0] / 1e6

    def _both_ns(self) -> list[int]:
        return sorted(infer + beside for infer, beside in zip(self.infer_ns, self.beside_ns, strict=True))


def race(
    lanes: Sequence[Lane], *, seconds: float, clock: Callable[[], int] = time.perf_counter_ns
) -> tuple[Standing, ...]:
    """Time them all, the good ones longer.

    Args:
        lanes: at least one; who begins changes every round.
        seconds: to be used up, if that many turns are needed.
        clock: nanoseconds.

    Returns:
        Of each lane, in their order.
    """
    standings = tuple(Standing() for _ in lanes)
    running = list(range(len(lanes)))
    halvings = max(1, math.ceil(math.log2(len(lanes))))
    for _ in range(halvings):
        until_ns = clock() + int(seconds * 1e9 / halvings)
        for done in range(_MOST):
            if done >= _LEAST and clock() >= until_ns:
                break
            _take_turns(lanes, standings, running, first=done)
            if done >= _SEEN - 1:
                running = _within(_FAR, standings, running)
        running.sort(key=lambda lane: standings[lane].cost_ms)
        close = _within(_CLOSE, standings, running)
        running = running[: math.ceil(len(running) / 2)]
        running += [lane for lane in close if lane not in running]
        if len(running) == 1:
            break
    return standings


def ranked(standings: Sequence[Standing], threads: Sequence[int | None]) -> tuple[int, ...]:
    """Indices of the lanes, the best first.

    Of those that are alike (within 3 % of the fastest) the one with the fewest threads is best: what it leaves
    is for the camera, the screen and other programs, and it draws less power.
    """
    order = sorted(range(len(standings)), key=lambda lane: standings[lane].cost_ms)
    bound_ms = standings[order[0]].cost_ms * _ALIKE
    alike = [lane for lane in order if standings[lane].cost_ms <= bound_ms]
    best = min(alike, key=lambda lane: (threads[lane] or math.inf, standings[lane].cost_ms))
    return (best, *(lane for lane in order if lane != best))


def _take_turns(lanes: Sequence[Lane], standings: Sequence[Standing], running: Sequence[int], *, first: int) -> None:
    for turn in range(len(running)):
        lane = running[(first + turn) % len(running)]
        infer_ns, beside_ns = lanes[lane].turn()
        standings[lane].infer_ns.append(infer_ns)
        standings[lane].beside_ns.append(beside_ns)


def _within(factor: float, standings: Sequence[Standing], running: Sequence[int]) -> list[int]:
    """Those whose best turn is within a factor of the leader's cost."""
    bound_ms = factor * min(standings[lane].cost_ms for lane in running)
    return [lane for lane in running if standings[lane].best_ms <= bound_ms]
