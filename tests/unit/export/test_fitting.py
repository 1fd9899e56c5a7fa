"""Inference times as a share of another model's, with a clock that the models themselves move on."""

from typing import Any

import numpy as np
import pytest

from unetkit.export.fitting import latency_ratio


class Timed:
    """A segmenter whose inference takes what the list says, over and over; it notes when it ran."""

    now_ns = 0
    order: list["Timed"]

    def __init__(self, *takes_ns: int) -> None:
        self.takes_ns = takes_ns
        self.calls = 0

    def preprocess(self, frame: Any) -> tuple[Any, None]:
        return frame, None

    def infer(self, tensor: Any) -> None:
        Timed.now_ns += self.takes_ns[self.calls % len(self.takes_ns)]
        Timed.order.append(self)
        self.calls += 1


FRAMES = [np.zeros((2, 2, 3), np.uint8)]


@pytest.mark.parametrize(
    ("candidate", "baseline", "ratio"),
    [
        (Timed(50), Timed(100), 0.5),
        (Timed(50, 500, 5000), Timed(100, 1000, 10000), 0.5),  # each round's own ratio, whatever the machine does
        (Timed(100, 100, 100, 9000), Timed(200), 0.5),  # one slow round in four does not show
    ],
)
def test_the_ratio_is_the_median_of_the_rounds(candidate: Timed, baseline: Timed, ratio: float) -> None:
    Timed.now_ns, Timed.order = 0, []
    given = latency_ratio(candidate, baseline, FRAMES, clock=lambda: Timed.now_ns)  # type: ignore[arg-type]
    assert given == pytest.approx(ratio)


def test_who_begins_changes_every_round_and_the_first_round_does_not_count() -> None:
    slow_start = Timed(10**9, *[100] * 20)
    baseline = Timed(100)
    Timed.now_ns, Timed.order = 0, []
    assert latency_ratio(slow_start, baseline, FRAMES, clock=lambda: Timed.now_ns) == 1  # type: ignore[arg-type]
    first = [segmenter is baseline for segmenter in Timed.order[::2]]
    assert first == [False, True] * 10 + [False]
    assert slow_start.calls == baseline.calls == 21
