"""What observations show: how far a median is known, who is slower, and who wins of those alike."""

import math

import numpy as np
import pytest

from unetkit.runtime.enginechoice.paired import Interval, Verdict, verdict


def missed(low: int, count: int) -> float:
    """That a median lies below the (low + 1)th of so many values or above the one as far from the other end."""
    return sum(math.comb(count, below) for below in range(low + 1)) / 2.0 ** (count - 1)


@pytest.mark.parametrize("count", [7, 10, 11, 12, 25, 40, 100])
def test_the_interval_is_the_narrowest_by_ranks_that_covers_the_median(count: int) -> None:
    """Of 0, 1, 2, ... a value is its rank. 99 % by the normal distribution are 98.4 % at least by the exact one."""
    found = Interval.of(np.random.default_rng(0).permutation(count).astype(np.float64))
    low = int(found.low)
    assert (found.median, found.high) == ((count - 1) / 2, count - 1 - low)
    assert missed(low, count) <= 0.016 < missed(low + 1, count)


def test_of_six_values_the_interval_is_all() -> None:
    assert Interval.of(np.arange(6.0)) == Interval(median=2.5, low=0.0, high=5.0)
    assert missed(0, 6) == 0.03125


@pytest.mark.parametrize("count", [1, 5])
def test_a_few_values_bound_nothing(count: int) -> None:
    assert Interval.of(np.full(count, 2.0)) == Interval(median=2.0, low=0.0, high=math.inf)


def test_the_machines_pace_in_a_moment_tells_nothing_of_those_who_shared_it() -> None:
    steady = np.tile([2.0, 2.2, 3.0], (12, 1))
    pace = np.array([1.0, 4.0, 1.5] * 4)[:, None]
    assert verdict(steady * pace, [1, 1, 1]) == verdict(steady, [1, 1, 1])
    assert verdict(steady, [1, 1, 1]) == Verdict(winner=0, within=2.0 / 2.2, slower=frozenset({1, 2}))


def test_who_is_slower_is_said_once_it_is_shown() -> None:
    costs = np.tile([2.0, 3.0, 2.05], (6, 1))
    assert verdict(costs[:5], [1, 1, 1]) == Verdict(winner=0, within=math.inf, slower=frozenset())
    assert verdict(costs, [1, 1, 1]).slower == {1}  # 2.05 is alike


@pytest.mark.parametrize(("worst", "winner", "within"), [(1.04, 1, 1.04), (1.08, 0, 1.0 / 1.02)])
def test_fewer_threads_win_only_where_they_are_shown_to_be_close(worst: float, winner: int, within: float) -> None:
    """Of nine ratios the highest is the bound."""
    costs = np.array([[1.0, ratio] for ratio in [1.02] * 8 + [worst]])
    found = verdict(costs, [2, 1])
    assert found.winner == winner
    assert found.within == pytest.approx(within)


def test_one_alone_is_close_to_nobody_else() -> None:
    assert verdict(np.full((3, 1), 2.0), [None]) == Verdict(winner=0, within=1.0, slower=frozenset())
