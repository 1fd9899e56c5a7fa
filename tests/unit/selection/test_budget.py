import math

import pytest

from unetkit.errors import UsageError
from unetkit.selection.budget import Budget


@pytest.mark.parametrize(
    ("fps", "latency_ms", "times", "share"),
    [
        (50.0, None, (20.0, 99.0), 1.0),  # 1000 / 50 = 20 ms end to end, whatever the network alone takes
        (50.0, None, (30.0, 1.0), 1.5),
        (None, 8.0, (99.0, 4.0), 0.5),
        (50.0, 8.0, (10.0, 6.0), 0.75),  # the tighter of 10/20 and 6/8
        (50.0, 8.0, (15.0, 2.0), 0.75),
    ],
)
def test_a_frame_rate_limits_the_whole_way_and_a_latency_the_network_alone(
    fps: float | None, latency_ms: float | None, times: tuple[float, float], share: float
) -> None:
    budget = Budget.of(fps=fps, latency_ms=latency_ms)
    assert budget.share(end_to_end_ms=times[0], infer_ms=times[1]) == share


@pytest.mark.parametrize(
    ("fps", "latency_ms", "words"),
    [
        (30.0, None, "end to end p95 <= 33.33 ms"),
        (None, 2.5, "infer p95 <= 2.5 ms"),
        (30.0, 2.5, "end to end p95 <= 33.33 ms and infer p95 <= 2.5 ms"),
    ],
)
def test_it_says_which_percentile_of_which_stage(fps: float | None, latency_ms: float | None, words: str) -> None:
    assert str(Budget.of(fps=fps, latency_ms=latency_ms)) == words


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_limit_is_a_number_above_0(value: float) -> None:
    with pytest.raises(UsageError, match=f"--fps is {value}, expected a number above 0"):
        Budget.of(fps=value)
    with pytest.raises(UsageError, match=f"--latency-ms is {value}, expected a number above 0"):
        Budget.of(latency_ms=value)


def test_without_a_limit_there_is_nothing_to_choose_by() -> None:
    with pytest.raises(UsageError, match="give --fps or --latency-ms"):
        Budget.of()
