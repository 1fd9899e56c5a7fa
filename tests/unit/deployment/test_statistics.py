"""Extremes, channel means and histograms over frames, by hand."""

from collections.abc import Iterator

import numpy as np
import pytest

from unetkit.deployment.ranges import BINS
from unetkit.deployment.statistics import Activations, Statistics

FIRST = np.array([[[[1.0, -2.0], [3.0, 0.0]]]], np.float32)  # (1, 1, 2, 2)
SECOND = np.array([[[[5.0, 0.0], [7.0, 2.0]]]], np.float32)


def statistics(channel_axis: int, passes: list[int] | None = None) -> Statistics:
    def observe() -> Iterator[Activations]:
        if passes is not None:
            passes.append(1)
        yield {"map": FIRST, "vector": np.array([[4.0, 6.0]], np.float32)}
        yield {"map": SECOND, "vector": np.array([[8.0, 2.0]], np.float32)}

    return Statistics(observe, channel_axis=channel_axis)


@pytest.mark.parametrize(
    ("channel_axis", "means"),
    [(3, [4.0, 0.0]), (2, [(1 - 2 + 5 + 0) / 4, (3 + 0 + 7 + 2) / 4]), (1, [2.0])],
)
def test_extremes_are_over_all_frames_and_means_by_channel(channel_axis: int, means: list[float]) -> None:
    extremes = statistics(channel_axis).extremes
    assert (extremes["map"].low, extremes["map"].high) == (-2.0, 7.0)
    assert extremes["map"].channel_means.tolist() == means
    assert extremes["vector"].channel_means.tolist() == [6.0, 4.0]


def test_zero_is_always_within() -> None:
    extremes = statistics(3).extremes["vector"]
    assert (extremes.low, extremes.high) == (0.0, 8.0)


def test_a_histogram_counts_every_value_in_its_part() -> None:
    histogram = statistics(3).histograms["vector"]  # 4, 6, 8, 2 of [0, 8]
    assert np.flatnonzero(histogram.counts).tolist() == [BINS // 4, BINS // 2, BINS * 3 // 4, BINS - 1]
    assert histogram.counts.sum() == 4


def test_minmax_looks_at_the_frames_once_and_the_others_once_more_for_all_of_them() -> None:
    passes: list[int] = []
    gathered = statistics(3, passes)
    assert gathered.ranges("minmax")["map"] == (-2.0, 7.0)
    assert len(passes) == 1
    gathered.ranges("mse")
    gathered.ranges("percentile")
    assert len(passes) == 2
