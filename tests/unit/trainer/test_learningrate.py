"""The range test: rates, smoothing, when it ends, what it suggests."""

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from unetkit.errors import UsageError
from unetkit.trainer.learningrate import STEPS, diverged, draw_range_test, rate_of, smoothed, suggestion


def test_rates_go_from_a_millionth_to_one_in_equal_factors() -> None:
    rates = [rate_of(step) for step in range(STEPS)]
    assert rates[0] == pytest.approx(1e-6)
    assert rates[-1] == pytest.approx(1.0)
    np.testing.assert_allclose(np.diff(np.log(rates)), math.log(1e6) / (STEPS - 1))


def test_smoothing_by_hand() -> None:
    # t = 1: 0.1 * 4 / 0.1; t = 2: (0.9 * 0.4 + 0.1 * 2) / (1 - 0.81)
    np.testing.assert_allclose(smoothed([4.0, 2.0]), [4.0, 0.56 / 0.19])


@pytest.mark.parametrize(
    ("losses", "ends"),
    [([1.0], False), ([1.0, 0.9, 0.8], False), ([1.0, math.nan], True), ([1.0, math.inf], True), ([0.1, 9.0], True)],
)
def test_it_ends_when_the_loss_runs_away(losses: list[float], ends: bool) -> None:
    assert diverged(losses) is ends


def test_the_rate_where_the_loss_falls_fastest_is_suggested(tmp_path: Path) -> None:
    """A logistic fall around step 60, then a rise, then no number at all."""
    losses = [2.0 - 1.0 / (1.0 + math.exp((60 - step) / 4)) for step in range(90)]
    test = suggestion([*losses, *(1.0 + 0.2 * step for step in range(20)), math.nan])
    assert len(test.rates) == len(test.losses) == 100  # means of 11 over the 110 before the loss that is no number
    assert rate_of(58) <= test.suggested <= rate_of(62)
    draw_range_test(tmp_path / "curve.png", test)
    assert cv2.imread(str(tmp_path / "curve.png")) is not None


@pytest.mark.parametrize("losses", [[1.0 + 0.1 * step for step in range(20)], [math.nan], [1.0], [2.0, 1.0]])
def test_a_loss_that_never_falls_suggests_nothing(losses: list[float]) -> None:
    with pytest.raises(UsageError, match="did not fall at any learning rate"):
        suggestion(losses)
