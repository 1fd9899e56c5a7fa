"""Successive halving: who wins, who is measured longest, and that it ends."""

import random

import pytest

from tests.unit.runtime.enginechoice.fakes import MS, Clock, FakeLane
from unetkit.runtime.enginechoice.race import race, ranked


def raced(times_ms: list[float], *, beside_ms: list[float] | None = None, seconds: float = 1.0) -> tuple[int, Clock]:
    clock = Clock()
    beside = beside_ms or [0.0] * len(times_ms)
    lanes = [FakeLane(clock, infer, work) for infer, work in zip(times_ms, beside, strict=True)]
    standings = race(lanes, seconds=seconds, clock=clock)
    return ranked(standings, [None] * len(lanes))[0], clock


@pytest.mark.parametrize("times_ms", [[3.0], [3.0, 2.0], [4.0, 3.0, 2.0, 9.0, 30.0], [8.0] * 3 + [7.0]])
def test_the_fastest_wins(times_ms: list[float]) -> None:
    winner, _ = raced(times_ms)
    assert times_ms[winner] == min(times_ms)


def test_the_work_beside_it_counts() -> None:
    """Two threads answer sooner (2 ms for 3), but hold the picture up for longer than that (6 ms for 4)."""
    winner, _ = raced([2.0, 3.0], beside_ms=[6.0, 4.0])
    assert winner == 1


def test_slow_ones_leave_early_and_those_alike_are_measured_to_the_end() -> None:
    clock = Clock()
    lanes = [FakeLane(clock, ms) for ms in (2.0, 2.1, 40.0, 50.0, 3.0)]
    race(lanes, seconds=1.0, clock=clock)
    assert lanes[0].turns == lanes[1].turns > lanes[4].turns > 5
    assert [lanes[2].turns, lanes[3].turns] == [3, 3]


def test_who_was_disturbed_in_most_of_its_turns_is_not_dropped_for_that() -> None:
    """Another program takes the processor in the first turns of the best."""
    clock = Clock()

    class Disturbed(FakeLane):
        def turn(self) -> tuple[int, int]:
            infer_ns, beside_ns = super().turn()
            late_ns = 30 * MS if self.turns in {1, 2, 4, 5} else 0
            clock.now_ns += late_ns
            return infer_ns + late_ns, beside_ns

    lanes = [Disturbed(clock, 2.0), *(FakeLane(clock, ms) for ms in (2.5, 2.6, 2.7))]
    standings = race(lanes, seconds=0.5, clock=clock)
    assert ranked(standings, [None] * 4)[0] == 0


def test_the_time_is_kept_however_many_take_part() -> None:
    for count in (2, 5, 12):
        _, clock = raced([2.0 + index / 10 for index in range(count)], seconds=1.5)
        assert clock.now_ns <= 1.5e9 * 1.1  # a round that was begun is finished


def test_each_of_those_that_are_close_has_five_turns_even_where_they_take_longer_than_the_time() -> None:
    clock = Clock()
    lanes = [FakeLane(clock, 900.0), FakeLane(clock, 1000.0)]
    race(lanes, seconds=0.1, clock=clock)
    assert [lane.turns for lane in lanes] == [5, 5]


@pytest.mark.parametrize(("slow", "noise"), [(1, 0.2), (1, 1.0), (5, 0.2), (20, 0.1)])
def test_with_noise_the_winner_is_never_slower_than_1_05_of_the_best(slow: int, noise: float) -> None:
    """Times with an exponential tail, as other programs make them; two candidates are alike."""
    true_ms = [slow * ms for ms in (2.0, 2.06, 2.5, 3.0, 4.0, 9.0)]
    for seed in range(50):
        clock = Clock()
        lanes = [FakeLane(clock, ms, noise=noise, chance=random.Random(f"{seed} {ms}")) for ms in true_ms]
        best, *_ = ranked(race(lanes, seconds=1.5, clock=clock), [1] * len(lanes))
        assert true_ms[best] <= 1.05 * true_ms[0], seed


def test_of_those_alike_the_one_with_the_fewest_threads_is_best() -> None:
    clock = Clock()
    standings = race([FakeLane(clock, ms) for ms in (2.00, 2.05, 2.04, 1.0)][:3], seconds=0.2, clock=clock)
    assert ranked(standings, [4, 1, 2]) == (1, 0, 2)
    assert ranked(standings, [None, 1, 2])[0] == 1  # CUDA's processor threads are none
    assert ranked(standings, [2, None, 2])[0] == 0
