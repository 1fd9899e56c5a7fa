import math

import numpy as np
import pytest

from unetkit.benchmarks.ratio import Ratio, interval, paired_ratio, resampled_medians


def ratio_of(own: list[int], first: list[int]) -> Ratio:
    return paired_ratio("model.onnx", "infer", own, first)


def noisy(seed: int, factor: float, count: int = 200) -> tuple[list[int], list[int]]:
    """Two models on a machine whose pace wanders and doubles at times; the second is `factor` times as slow."""
    generator = np.random.default_rng(seed)
    pace = np.exp(np.cumsum(generator.normal(0, 0.03, count))) * generator.choice([1, 2], count, p=[0.8, 0.2])
    own, first = (pace * generator.normal(5e6, 2.5e5, count) for _ in range(2))
    return [int(value * factor) for value in own], [int(value) for value in first]


def test_a_difference_of_a_tenth_is_found_on_a_machine_whose_pace_wanders_by_far_more() -> None:
    for factor, verdict in ((1.1, "slower"), (0.9, "faster")):
        found = [ratio_of(*noisy(seed, factor)) for seed in range(20)]
        assert {each.verdict for each in found} == {verdict}
        assert np.median([each.median for each in found]) == pytest.approx(factor, rel=0.02)


def test_equal_models_are_told_apart_as_often_as_the_interval_s_confidence_allows() -> None:
    verdicts = [ratio_of(*noisy(seed, 1.0)).verdict for seed in range(100)]
    # one in twenty is what 95 % means; 12 of 100 would come up in less than one of 300 honest runs
    assert sum(verdict != "no difference shown" for verdict in verdicts) < 12


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    inside = 0
    for seed in range(200):
        low, high = interval(resampled_medians(np.random.default_rng(seed).normal(3, 1, 60), seed=0))
        inside += low <= 3 <= high
    assert 180 <= inside <= 198  # 190 expected, standard deviation 3


def test_samples_that_hang_together_give_a_wider_interval_than_independent_ones() -> None:
    independent = np.random.default_rng(0).normal(1, 0.1, 400)
    together = np.repeat(independent[:50], 8)
    widths = [np.diff(interval(resampled_medians(values, seed=0)))[0] for values in (independent, together)]
    assert widths[1] > 1.5 * widths[0]  # the same spread, but only 50 looks at it


def test_a_few_pairs_show_nothing() -> None:
    none = ratio_of([5], [0])  # the clock saw nothing
    assert (none.n, none.verdict) == (0, "no difference shown")
    assert math.isnan(none.median)
    one = ratio_of([6], [5])
    assert (one.n, one.median, one.low, one.high) == (1, 1.2, 1.2, 1.2)
    assert one.verdict == ratio_of([6] * 7, [5] * 7).verdict == "no difference shown"
    assert ratio_of([6] * 8, [5] * 8).verdict == "slower"


def test_resamples_drawn_a_few_at_a_time_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).normal(1, 0.1, 300)
    whole = resampled_medians(values, seed=5)
    monkeypatch.setattr("unetkit.benchmarks.ratio._AT_ONCE", 1000)
    np.testing.assert_array_equal(resampled_medians(values, seed=5), whole)
