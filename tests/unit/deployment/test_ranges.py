"""What part of a tensor's values int8 covers, by each method."""

import numpy as np
import pytest

from unetkit.deployment.ranges import BINS, RANGE_METHODS, Histogram, RangeMethod, range_of


def histogram(low: float, high: float, **counts: int) -> Histogram:
    """`counts`: how many lie in part b0, b1, ..."""
    held = np.zeros(BINS, np.int64)
    for name, count in counts.items():
        held[int(name[1:])] = count
    return Histogram(low=low, high=high, counts=held)


def evenly(low: float, high: float) -> Histogram:
    return Histogram(low=low, high=high, counts=np.full(BINS, 100, np.int64))


WIDTH = 8 / BINS  # of a part, in what follows


def test_minmax_covers_everything_seen() -> None:
    assert range_of(histogram(-1.0, 7.0, b0=1, b2047=1), "minmax") == (-1.0, 7.0)


def test_percentile_leaves_out_five_in_a_hundred_thousand_at_each_end() -> None:
    seen = histogram(-4.0, 4.0, b0=4, b500=50_000, b1500=49_990, b2047=4)
    low, high = range_of(seen, "percentile")
    assert low == pytest.approx(-4 + 500 * WIDTH)  # where part 500 begins
    assert high == pytest.approx(-4 + 1501 * WIDTH)  # where part 1500 ends


def test_percentile_keeps_an_end_that_more_values_lie_at() -> None:
    seen = histogram(-4.0, 4.0, b0=6, b1500=100_000, b2047=6)
    assert range_of(seen, "percentile") == pytest.approx((-4.0, 4.0))


def test_mse_gives_up_a_lone_outlier_for_finer_steps() -> None:
    # 100,000 values spread over [0, 2.4) and one at 8. Steps of 8 / 255 cost each (8 / 255)^2 / 12 = 8.2e-5, 8.2 in
    # all; clipping at 30 % costs 5.6^2 = 31 and saves over nine tenths of it: too dear for one outlier in 100,000 ...
    body = {f"b{part}": 160 for part in range(614)}
    assert range_of(histogram(0.0, 8.0, **body, b2047=1), "mse")[1] > 5
    # ... and cheap for one in 100 million.
    body = {f"b{part}": 160_000 for part in range(614)}
    assert range_of(histogram(0.0, 8.0, **body, b2047=1), "mse")[1] == pytest.approx(2.4)


def test_entropy_gives_up_a_thin_tail_but_no_part_of_an_even_distribution() -> None:
    falling = {f"b{part}": int(1_000_000 * 0.5 ** (part / 20)) for part in range(400)}  # halved every 0.08
    assert range_of(histogram(0.0, 8.0, **falling, b2047=1), "entropy")[1] < 4
    assert range_of(evenly(-2.0, 6.0), "entropy") == pytest.approx((-2.0, 6.0))


@pytest.mark.parametrize("method", RANGE_METHODS)
@pytest.mark.parametrize("seen", [evenly(0.0, 6.0), evenly(-3.0, 0.0), evenly(-1.0, 5.0), histogram(0.0, 0.0, b0=5)])
def test_every_range_holds_zero_and_nothing_that_was_not_seen(method: RangeMethod, seen: Histogram) -> None:
    low, high = range_of(seen, method)
    assert seen.low <= low <= 0 <= high <= seen.high


@pytest.mark.parametrize("method", RANGE_METHODS)
def test_a_tensor_that_is_always_zero_has_no_range(method: RangeMethod) -> None:
    assert range_of(histogram(0.0, 0.0), method) == (0.0, 0.0)
