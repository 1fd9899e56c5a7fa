"""A race: all take turns, who is shown to be slower leaves, until the winner is shown to be close to the best.

Successive elimination for the best arm within epsilon (Even-Dar, Mannor and Mansour 2006, "Action elimination and
stopping conditions"). Rounds of a quarter of a second are one observation: what the machine does for a second or two
hits all who take turns in it, but not all alike, so that more rounds of the same second tell nothing new.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unetkit.runtime.enginechoice.paired import CLOSE, bound_of, verdict

FAR = 2.0  # who takes so many times the leader's time is no candidate
_SEEN = 3  # turns after which that is said
_BLOCK_NS = 250_000_000  # of rounds that are one observation
_LEAST = 12  # observations: three seconds at least, whatever the machine does in one of them


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
    def costs_ns(self) -> NDArray[np.float64]:
        """Of both together, float64 (turns,): a thread that the one takes from the other shows."""
        return np.maximum(np.add(self.infer_ns, self.beside_ns, dtype=np.float64), 1)

    @property
    def cost_ms(self) -> float:
        return float(np.median(self.costs_ns)) / 1e6

    @property
    def best_ms(self) -> float:
        """Of both together, the best turn: what disturbed the others is not in it."""
        return float(self.costs_ns.min()) / 1e6


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a race found.

    Attributes:
        standings: of each lane, in their order.
        order: indices of the lanes, the winner first; after it by what they took.
        within: the winner is shown to take at most so many times the time of each of the others; above 1.05 where the
            time was over before that was shown, infinite where there were only a few rounds.
        undecided: where it is above, every lane that may be the best, the winner among them, each with such a bound of
            its own.
    """

    standings: tuple[Standing, ...]
    order: tuple[int, ...]
    within: float
    undecided: Mapping[int, float] = field(default_factory=dict)


def heat(lanes: Sequence[Lane]) -> tuple[Standing, ...]:
    """Three turns each: enough to see who is far behind."""
    standings = tuple(Standing() for _ in lanes)
    for done in range(_SEEN):
        _take_turns(lanes, standings, range(len(lanes)), first=done)
    return standings


def near(standings: Sequence[Standing], among: Sequence[int]) -> list[int]:
    """Indices of those whose best turn is within twice the leader's usual one."""
    bound_ms = FAR * min(standings[lane].cost_ms for lane in among)
    return [lane for lane in among if standings[lane].best_ms <= bound_ms]


def race(
    lanes: Sequence[Lane],
    threads: Sequence[int | None],
    *,
    seconds: float,
    clock: Callable[[], int] = time.perf_counter_ns,
) -> Outcome:
    """Take turns until the winner is shown to be close to the best, or the time is used up.

    Args:
        lanes: at least one; who begins changes every round.
        threads: of each.
        seconds: at most, once there were three rounds.
        clock: nanoseconds.
    """
    standings = tuple(Standing() for _ in lanes)
    running = list(range(len(lanes)))
    blocks = [0]  # rounds that were done when each ended
    begun_ns = now_ns = clock()
    until_ns = begun_ns + int(seconds * 1e9)
    for done in count(1):
        _take_turns(lanes, standings, running, first=done)
        now_ns = clock()
        over = done >= _SEEN and now_ns >= until_ns
        if done == _SEEN:
            running = near(standings, running)
        if now_ns - begun_ns < _BLOCK_NS and not over:
            continue
        begun_ns = now_ns
        blocks.append(done)
        costs = _observed(standings, running, blocks)
        seen = verdict(costs, [threads[lane] for lane in running])
        if over or len(running) == 1 or (len(blocks) > _LEAST and seen.within <= CLOSE):
            break
        running = [lane for place, lane in enumerate(running) if place not in seen.slower]
    winner = running[seen.winner]
    others = sorted((lane for lane in range(len(lanes)) if lane != winner), key=lambda lane: standings[lane].cost_ms)
    undecided = {} if seen.within <= CLOSE else {lane: bound_of(costs, place) for place, lane in enumerate(running)}
    return Outcome(standings=standings, order=(winner, *others), within=seen.within, undecided=undecided)


def _observed(standings: Sequence[Standing], running: Sequence[int], blocks: Sequence[int]) -> NDArray[np.float64]:
    """What each took in a block, in the median: (blocks, lanes). Who still runs was there in every round."""
    costs = np.stack([standings[lane].costs_ns for lane in running], axis=1)
    return np.stack([np.median(costs[start:end], axis=0) for start, end in pairwise(blocks)])


def _take_turns(lanes: Sequence[Lane], standings: Sequence[Standing], running: Sequence[int], *, first: int) -> None:
    for turn in range(len(running)):
        lane = running[(first + turn) % len(running)]
        infer_ns, beside_ns = lanes[lane].turn()
        standings[lane].infer_ns.append(infer_ns)
        standings[lane].beside_ns.append(beside_ns)
