"""Who wins a race, who leaves it when, and that it ends."""

import math
import random

import pytest

from tests.unit.runtime.enginechoice.fakes import MS, Clock, FakeLane
from unetkit.runtime.enginechoice.race import Outcome, heat, near, race


def raced(lanes: list[FakeLane], *, threads: list[int | None] | None = None, seconds: float = 10.0) -> Outcome:
    return race(lanes, threads or [1] * len(lanes), seconds=seconds, clock=lanes[0].clock)


def lanes_of(times_ms: list[float], beside_ms: list[float] | None = None) -> list[FakeLane]:
    clock = Clock()
    beside = beside_ms or [0.0] * len(times_ms)
    return [FakeLane(clock, infer, work) for infer, work in zip(times_ms, beside, strict=True)]


@pytest.mark.parametrize("times_ms", [[3.0], [3.0, 2.0], [4.0, 3.0, 2.0, 9.0, 30.0], [8.0] * 3 + [7.0]])
def test_the_fastest_wins_and_the_others_follow_in_their_order(times_ms: list[float]) -> None:
    found = raced(lanes_of(times_ms))
    assert [times_ms[lane] for lane in found.order] == sorted(times_ms)
    assert found.within <= 1.05
    assert not found.undecided


def test_the_work_beside_it_counts() -> None:
    """Two threads answer sooner (2 ms for 3), but hold the picture up for longer than that (6 ms for 4)."""
    assert raced(lanes_of([2.0, 3.0], beside_ms=[6.0, 4.0])).order == (1, 0)


def test_who_is_far_behind_leaves_after_three_turns_and_a_clear_race_is_short() -> None:
    lanes = lanes_of([2.0, 2.4, 40.0, 50.0, 3.0])
    raced(lanes, seconds=60)
    assert [lane.turns for lane in lanes[2:4]] == [3, 3]
    assert lanes[0].turns > lanes[1].turns == lanes[4].turns > 3
    assert lanes[0].clock.now_ns < 2e9  # they leave after six observations, and nobody is left to be compared


def test_what_is_close_is_looked_at_for_three_seconds_whatever_the_first_one_says() -> None:
    """In the first second the best is disturbed all the time."""
    clock = Clock()

    class Disturbed(FakeLane):
        def turn(self) -> tuple[int, int]:
            infer_ns, beside_ns = super().turn()
            return infer_ns + (3 * MS if self.clock.now_ns < 1e9 else 0), beside_ns

    assert raced([Disturbed(clock, 8.0), FakeLane(clock, 10.0)]).order == (0, 1)
    assert 3e9 < clock.now_ns < 6e9


def test_who_is_shown_to_be_slower_leaves_while_others_are_told_apart() -> None:
    clock = Clock()
    times_ms = [2.0, 2.0, 2.4]
    lanes = [FakeLane(clock, ms, noise=0.1, chance=random.Random(seed)) for seed, ms in enumerate(times_ms)]
    found = raced(lanes, seconds=60)
    assert lanes[0].turns == lanes[1].turns > lanes[2].turns > 3
    assert found.order[-1] == 2


def test_a_race_that_cannot_be_decided_ends_with_its_time_and_says_so() -> None:
    clock = Clock()
    lanes = [FakeLane(clock, 2.0, noise=3.0, chance=random.Random(seed)) for seed in range(4)]
    found = raced(lanes, seconds=4)
    assert 4e9 < clock.now_ns < 4.3e9
    assert 1.05 < found.within < 3
    assert len(found.undecided) > 1
    assert found.undecided[found.order[0]] == found.within


def test_three_rounds_are_made_even_where_they_take_longer_than_the_time_but_show_nothing() -> None:
    lanes = lanes_of([900.0, 1000.0])
    found = raced(lanes, seconds=0.1)
    assert [lane.turns for lane in lanes] == [3, 3]
    assert (found.order, found.within) == ((0, 1), math.inf)


class Uneasy(FakeLane):
    """On a machine whose pace is another one for a second or two; more threads suffer more."""

    suffers = 1.5

    def turn(self) -> tuple[int, int]:
        pace = self.suffers if random.Random(self.clock.now_ns // 1_300_000_000).random() < 0.5 else 1.0
        before_ns = self.clock.now_ns
        infer_ns, beside_ns = super().turn()
        self.clock.now_ns = before_ns + int((self.clock.now_ns - before_ns) * pace)
        return int(infer_ns * pace), int(beside_ns * pace)


@pytest.mark.parametrize(("kind", "slow", "noise"), [(FakeLane, 1, 1.0), (FakeLane, 20, 0.1), (Uneasy, 2, 0.3)])
def test_the_winner_is_never_slower_than_1_05_of_the_best(kind: type[FakeLane], slow: int, noise: float) -> None:
    """Times with an exponential tail, as other programs make them; two candidates are alike."""
    true_ms = [slow * ms for ms in (2.0, 2.06, 2.5, 3.0, 4.0, 9.0)]
    for seed in range(40):
        clock = Clock()
        lanes = [kind(clock, ms, noise=noise, chance=random.Random(f"{seed} {ms}")) for ms in true_ms]
        best, *_ = raced(lanes, seconds=10).order
        assert true_ms[best] <= 1.05 * true_ms[0], seed


def test_of_those_alike_the_one_with_the_fewest_threads_wins_if_it_is_shown_to_be_close() -> None:
    assert raced(lanes_of([2.00, 2.05, 2.04]), threads=[4, 1, 2]).order[0] == 1
    assert raced(lanes_of([2.00, 2.05]), threads=[None, 1]).order[0] == 1  # CUDA's processor threads are none
    assert raced(lanes_of([2.05, 2.00]), threads=[None, 2]).order[0] == 1
    assert raced(lanes_of([2.00, 2.08]), threads=[2, 1]).order[0] == 0
    clock = Clock()
    unsure = [FakeLane(clock, ms, noise=3.0, chance=random.Random(seed)) for seed, ms in enumerate((2.0, 2.01))]
    found = raced(unsure, threads=[2, 1], seconds=2)
    costs = [standing.cost_ms for standing in found.standings]
    assert found.within > 1.05
    assert costs[found.order[0]] < costs[found.order[1]]  # nothing but the time speaks then


def test_a_heat_is_three_turns_each_and_who_was_disturbed_once_is_not_far_behind() -> None:
    clock = Clock()

    class Disturbed(FakeLane):
        def turn(self) -> tuple[int, int]:
            infer_ns, beside_ns = super().turn()
            return infer_ns + (0 if self.turns == 2 else 30 * MS), beside_ns

    standings = heat([FakeLane(clock, 2.0), Disturbed(clock, 2.5), FakeLane(clock, 4.5)])
    assert [len(standing.infer_ns) for standing in standings] == [3, 3, 3]
    assert near(standings, range(3)) == [0, 1]
