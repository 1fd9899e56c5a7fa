import pytest

from unetkit.errors import UsageError
from unetkit.runtime.running.deadline import MAX_STRIDE, Deadline, Rung

MS = 1_000_000
FULL = Rung(model=0, stride=1)


class Run:
    """Shows frames on a clock of its own: one every 20 ms, the rest of the work being 5 ms."""

    def __init__(self, deadline: Deadline, rest_ms: float = 5) -> None:
        self.deadline, self.rest_ms, self.now_ms = deadline, rest_ms, 0.0

    def show(self, seconds: float, segment_ms: dict[int, float]) -> list[Rung]:
        """The rungs, as they followed each other."""
        seen = [self.deadline.rung]
        for index in range(round(seconds * 50)):
            rung = self.deadline.rung
            if index % rung.stride == 0:
                self.deadline.segmented(rung.model, round(segment_ms[rung.model] * MS))
            self.now_ms += 20
            self.deadline.shown(round(self.now_ms * MS), round(self.rest_ms * MS))
            if self.deadline.rung != seen[-1]:
                seen.append(self.deadline.rung)
        return seen


@pytest.mark.parametrize(
    ("target_fps", "segment_ms", "expected"),
    [
        (30, {0: 20}, FULL),  # 5 + 20 of 33.3
        (25, {0: 34}, FULL),  # 5 + 34 of 40: over 0.9, but in time
        (25, {0: 40}, Rung(model=0, stride=2)),  # 5 + 40 / 2
        (25, {0: 100}, Rung(model=0, stride=4)),  # 5 + 100 / 3 = 38.3 is over 0.9 of 40, 5 + 25 is not
        (25, {0: 100, 1: 20}, Rung(model=1, stride=1)),  # a mask for each frame goes before the better model
        (25, {0: 100, 1: 40}, Rung(model=1, stride=2)),
        (25, {0: 44, 1: 40}, Rung(model=0, stride=2)),  # the stand-in is no help: 5 + 40
    ],
)
def test_the_best_rung_is_taken_whose_frames_come_in_time(
    target_fps: float, segment_ms: dict[int, float], expected: Rung
) -> None:
    deadline = Deadline(target_fps, models=len(segment_ms))
    for model, cost_ms in segment_ms.items():
        deadline.expect(model, round(cost_ms * MS))
    Run(deadline).show(2, segment_ms)
    assert deadline.rung == expected
    assert deadline.reachable


def test_where_drawing_alone_takes_too_long_it_goes_all_the_way_and_says_so() -> None:
    deadline = Deadline(100)
    deadline.expect(0, 5 * MS)
    Run(deadline, rest_ms=12).show(2, {0: 5})
    assert deadline.rung == Rung(model=0, stride=MAX_STRIDE)
    assert not deadline.reachable


def test_streams_share_what_segments() -> None:
    one, two = Deadline(25), Deadline(25, streams=2)
    for deadline in (one, two):
        deadline.expect(0, 20 * MS)
        Run(deadline).show(2, {0: 20})
    assert (one.rung, two.rung) == (FULL, Rung(model=0, stride=2))  # 5 + 20 of 40; 5 + 2 * 20 / 2


def test_the_first_frame_s_rest_does_not_count() -> None:
    deadline = Deadline(25)
    deadline.expect(0, 20 * MS)
    deadline.shown(0, 10_000 * MS)  # a window opens
    assert Run(deadline).show(5, {0: 20}) == [FULL]


def test_a_frame_that_was_held_up_changes_nothing() -> None:
    deadline = Deadline(25)
    deadline.expect(0, 20 * MS)
    run = Run(deadline)
    run.show(2, {0: 20})
    deadline.segmented(0, 900 * MS)  # believed to be 40: the mean becomes 24
    deadline.shown(round(run.now_ms * MS), 900 * MS)
    assert run.show(5, {0: 20}) == [FULL]


def test_nothing_changes_before_half_a_second_is_over() -> None:
    deadline = Deadline(25)
    deadline.expect(0, 100 * MS)
    run = Run(deadline)
    assert run.show(0.5, {0: 100}) == [FULL]
    assert run.show(0.04, {0: 100}) == [FULL, Rung(model=0, stride=4)]


def test_it_goes_back_only_when_there_was_room_for_three_seconds() -> None:
    deadline = Deadline(25)
    deadline.expect(0, 60 * MS)
    run = Run(deadline)
    run.show(2, {0: 60})
    assert deadline.rung == Rung(model=0, stride=2)  # 5 + 60 / 2 is within 0.9 of 40
    assert run.show(3, {0: 20}) == [Rung(model=0, stride=2)]
    assert run.show(2, {0: 20})[-1] == FULL


def test_between_the_two_limits_it_stays_where_it_is() -> None:
    down, up = Deadline(25), Deadline(25)
    down.expect(0, 32 * MS)
    assert Run(down).show(20, {0: 32}) == [FULL]  # 5 + 32 of 40: not late
    up.expect(0, 60 * MS)
    run = Run(up)
    run.show(2, {0: 60})
    assert run.show(20, {0: 28}) == [Rung(model=0, stride=2)]  # 5 + 28 of 40: not roomy


def test_a_load_that_comes_and_goes_does_not_bring_it_back_and_forth() -> None:
    deadline = Deadline(25)
    deadline.expect(0, 30 * MS)
    run = Run(deadline)
    seen = run.show(2, {0: 30})
    for _ in range(10):
        seen += run.show(0.6, {0: 90})[1:] + run.show(0.6, {0: 20})[1:]
    strides = [rung.stride for rung in seen]
    assert strides == sorted(strides)  # never up while it is uneasy
    assert strides[-1] > 1


def test_what_slows_one_model_is_taken_to_slow_the_others() -> None:
    """Else a model that was left under load would be thought slow for ever."""
    deadline = Deadline(25, models=2)
    deadline.expect(0, 30 * MS)
    deadline.expect(1, 10 * MS)
    run = Run(deadline)
    run.show(3, {0: 120, 1: 40})
    assert deadline.rung == Rung(model=1, stride=2)
    run.show(12, {0: 25, 1: 8})
    assert deadline.rung == FULL


@pytest.mark.parametrize("target_fps", [0, -1, float("nan")])
def test_a_target_that_makes_no_sense_is_refused(target_fps: float) -> None:
    with pytest.raises(UsageError, match="frames a second, expected more than 0"):
        Deadline(target_fps)
