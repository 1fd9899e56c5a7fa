import numpy as np
import pytest

from unetkit.benchmarks.steadiness import WINDOW, is_steady

STEADY = [100] * 2 * WINDOW


def drawn(seed: int, spread: float, count: int = 2 * WINDOW) -> list[int]:
    return [int(value) for value in np.random.default_rng(seed).normal(1e6, spread * 1e6, count)]


@pytest.mark.parametrize(
    ("samples", "steady"),
    [
        ([], False),
        (STEADY[1:], False),  # not enough to compare
        (STEADY, True),
        ([9000, 5000, *STEADY], True),  # what came before does not count
        ([100] * WINDOW + [96] * WINDOW, True),
        ([100] * WINDOW + [94] * WINDOW, False),
        ([100] * WINDOW + [106] * WINDOW, False),  # getting slower is no steadiness either
        ([100] * 8 + [100, 100, 100, 100, 100, 9000, 9000, 9000], True),  # outliers are the machine's, not the engine's
        ([0] * 2 * WINDOW, True),  # a clock too coarse to see anything
        (
            [60, 140] * 4 + [50, 110] * 4,
            True,
        ),  # medians 100 and 80; widths 80 and 60, so 35 % would do, 25 % are allowed
        ([60, 140] * 4 + [40, 100] * 4, False),  # 70 is farther than 25 %
    ],
)
def test_steady_is_what_does_not_differ_from_what_was_just_before(samples: list[int], steady: bool) -> None:
    assert is_steady(samples) is steady


@pytest.mark.parametrize("spread", [0.01, 0.1, 0.5])
def test_noise_alone_rarely_hides_steadiness(spread: float) -> None:
    found = sum(is_steady(drawn(seed, spread)) for seed in range(200))
    assert found > 80  # and a warm-up looks again after every frame


def test_a_slow_start_is_not_taken_for_steady_in_spite_of_noise() -> None:
    falling = np.linspace(3, 1, 2 * WINDOW)  # three times as slow at first
    samples = [[int(value) for value in falling * drawn(seed, 0.05)] for seed in range(200)]
    assert sum(map(is_steady, samples)) == 0
