"""What the machine's pace is told by lasts about as long as what it is held against."""

import math

import pytest

from tests.unit.benchmarks.fakes import MS, HandClock
from unetkit.benchmarks.yardstick import Yardstick

CLOCK = HandClock()


class Met(Yardstick):
    """0.3 ms until its threads have met, and 0.1 ms a unit."""

    def run(self) -> None:
        CLOCK.advance(MS * 3 // 10 + self.repeats * MS // 10)


@pytest.mark.parametrize(("target_ms", "lasts_ms"), [(3, 3), (10, 10), (0.05, 0.4), (500, 20), (math.nan, 20)])
def test_a_sample_lasts_as_long_as_an_inference_and_at_most_20_ms(target_ms: float, lasts_ms: float) -> None:
    yardstick = Met.lasting(target_ms * MS, 1, clock=CLOCK)
    before_ns = CLOCK()
    yardstick.run()
    assert (CLOCK() - before_ns) / MS == pytest.approx(lasts_ms, rel=0.2)  # it is found in two steps


def test_its_times_are_of_a_unit() -> None:
    yardstick = Yardstick(threads=2, repeats=4)
    yardstick.run()
    yardstick.close()
    times = yardstick.times((40, 80))
    assert (times.threads, times.repeats, times.samples_ns) == (2, 4, (10, 20))
