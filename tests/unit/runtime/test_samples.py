import numpy as np

from unetkit.runtime.latency import StageClock
from unetkit.runtime.samples import Samples


def test_up_to_the_limit_every_sample_is_kept_in_order() -> None:
    samples = Samples(limit=5)
    for ns in (5, 1, 4, 1, 3):
        samples.add(ns)
    assert samples.kept_ns == (5, 1, 4, 1, 3)
    assert (samples.n, samples.total_ns, samples.max_ns) == (5, 14, 5)


def test_beyond_it_memory_is_bounded_and_number_sum_and_largest_stay_exact() -> None:
    samples = Samples(limit=100)
    for ns in range(10_000):
        samples.add(ns)
    samples.add(10**12)
    assert len(samples.kept_ns) == 100
    assert (samples.n, samples.total_ns, samples.max_ns) == (10_001, 49_995_000 + 10**12, 10**12)


def test_early_and_late_samples_are_kept_alike() -> None:
    samples = Samples(limit=2000)
    for ns in range(40_000):
        samples.add(ns)
    # Of a uniform draw of 2000 the mean lies within 40000 / sqrt(12 * 2000) = 258 of the middle, 5 times that for sure.
    assert abs(float(np.mean(samples.kept_ns)) - 20_000) < 1300
    quarters = np.histogram(samples.kept_ns, bins=4, range=(0, 40_000))[0]
    assert np.abs(quarters - 500).max() < 100  # binomial, deviation 19


def test_a_stage_s_mean_and_largest_are_of_all_samples() -> None:
    clock = StageClock(["infer"])
    for ns in (1_000_000, 2_000_000, 9_000_000):
        clock.record("infer", ns)
    stats = clock.stats()[0]
    assert (stats.n, stats.mean_ms, stats.p50_ms, stats.max_ms, stats.jitter_ms) == (3, 4.0, 2.0, 9.0, 4.0)


def test_of_a_bounded_stage_all_but_the_percentiles_are_of_all_samples() -> None:
    clock = StageClock(["infer"], limit=2)
    for ms in (1, 2, 9, 4):
        clock.record("infer", ms * 1_000_000)
    stats = clock.stats()[0]
    assert len(clock.samples_ns("infer")) == 2
    assert (stats.n, stats.mean_ms, stats.max_ms, stats.jitter_ms) == (4, 4.0, 9.0, 13 / 3)


def test_what_is_forgotten_counts_nowhere() -> None:
    samples = Samples()
    for ns in (4, 1, 7):
        samples.add(ns)
    samples.keep(2)
    assert (samples.kept_ns, samples.n, samples.total_ns, samples.max_ns, samples.steps_ns) == ((4, 1), 2, 5, 4, 3)
