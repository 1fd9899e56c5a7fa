"""The study's arithmetic; engines and their times are made up."""

import itertools

import pytest

from unetkit.studies.engine_choice import compare

MS = 1_000_000


def test_auto_is_compared_with_each_in_the_same_round() -> None:
    """The second round is twice as slow for all: ratios do not see it."""
    turns = [itertools.cycle([3 * MS, 6 * MS]), itertools.cycle([2 * MS, 4 * MS]), itertools.cycle([6 * MS, 12 * MS])]
    found = compare("inference", [lambda lane=lane: next(lane) for lane in turns], 0.0, clock=lambda: 0)  # type: ignore[misc]
    assert found.rounds == 5
    assert [ratio.median for ratio in found.over] == [1.0, 1.5, 0.5]
    assert (found.best, found.median_ms) == (1, (3.0, 2.0, 6.0))


def test_rounds_go_on_for_the_time_that_is_given() -> None:
    now = itertools.count(step=MS)  # each look at the clock takes a millisecond
    found = compare("inference", [lambda: 1, lambda: 1], 0.02, clock=lambda: next(now))
    assert found.rounds == pytest.approx(20, abs=6)  # those before the first look, and the look after the last
