"""A rate that is kept, on a clock that goes on only where something takes time."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC, BrightnessBackend, ListSink, ListSource, fake_segmenter, make_frame
from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec
from unetkit.errors import UsageError
from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.running.pipeline import run_together
from unetkit.runtime.running.ratekeeper import RateKeeper
from unetkit.runtime.running.stream import Stream
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.views.painter import Painter

MS = 1_000_000


class Clock:
    """Nanoseconds; goes on when told."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns

    def sleep(self, ms: float) -> None:
        self.ns += round(ms * MS)


class Beside(Executor):
    """A thread that is simulated: what it runs takes its time beside the caller's, one thing after the other."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._free_ns = clock, 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        caller_ns = self._clock.ns
        self._clock.ns = max(caller_ns, self._free_ns)
        result = fn(*args, **kwargs)
        self._free_ns, self._clock.ns = self._clock.ns, caller_ns
        return Finished(self._clock, self._free_ns, result)


class Finished(Future[Any]):
    """Done when the clock says so; waiting for it lets the time go by."""

    def __init__(self, clock: Clock, at_ns: int, outcome: object) -> None:
        super().__init__()
        self._clock, self._at_ns, self._outcome = clock, at_ns, outcome

    def done(self) -> bool:
        return self._clock.ns >= self._at_ns

    def result(self, timeout: float | None = None) -> Any:
        self._clock.ns = max(self._clock.ns, self._at_ns)
        return self._outcome


class SleepingBackend(BrightnessBackend):
    """Takes `ms` of the clock a frame."""

    def __init__(self, clock: Clock, ms: float) -> None:
        super().__init__()
        self._clock, self.ms = clock, ms

    def infer(self, tensor: InputTensor) -> Scores:
        self._clock.sleep(self.ms)
        return super().infer(tensor)


class Camera(ListSource):
    """30 frames a second of the clock, the newest only; over after `seconds`."""

    period_ns = 1_000_000_000 // 30

    def __init__(self, clock: Clock, seconds: float) -> None:
        super().__init__([], live=True)
        self._clock, self._end_ns, self._tick = clock, round(seconds * 1e9), -1

    def poll(self, wait_s: float) -> bool:
        due_ns = (self._tick + 1) * self.period_ns
        self._clock.ns = max(self._clock.ns, min(due_ns, self._clock.ns + round(wait_s * 1e9)))
        return self._clock.ns >= due_ns

    def read(self) -> Frame | None:
        self.poll(1)
        tick = self._clock.ns // self.period_ns
        self.dropped += tick - self._tick - 1
        self._tick = tick
        return None if self._clock.ns > self._end_ns else make_frame(tick, grey=200)


class Screen(ListSink):
    """Takes 4 ms of the clock a picture, and does something when its time has come."""

    def __init__(self, clock: Clock, acts: dict[int, Callable[[], object]] | None = None) -> None:
        super().__init__()
        self._clock, self._acts = clock, acts or {}

    def show(self, *result: Any) -> bool:
        self._clock.sleep(4)
        for second in [second for second in self._acts if self._clock.ns >= second * 1e9]:
            self._acts.pop(second)()
        return super().show(*result)


def of_side(segmenter: Segmenter, side: int) -> Segmenter:
    """The same with an input of another size."""
    spec = ModelSpec(name="fake", input=InputSpec(height=side, width=side), classes=SPEC.classes)
    return Segmenter(segmenter.path, spec, segmenter.backend)


def run(
    tmp_path: Path,
    clock: Clock,
    backends: list[SleepingBackend],
    *,
    target_fps: float | None,
    seconds: float,
    acts: dict[int, Callable[[], object]] | None = None,
    told: list[LiveFigures] | None = None,
) -> LatencyReport:
    sides = range(8 * len(backends), 0, -8)
    segmenters = [
        of_side(fake_segmenter(tmp_path, backend), side) for backend, side in zip(backends, sides, strict=True)
    ]
    masks = None
    if target_fps is not None:
        masks = RateKeeper(target_fps, segmenters, clock=clock, executor=Beside(clock)).share(1)
    stream = Stream(
        source=Camera(clock, seconds),
        sink=Screen(clock, acts),
        painter=Painter(SPEC),
        masks=masks,
        on_figures=None if told is None else told.append,
    )
    return run_together([stream], segmenters[0], clock=clock, warmup=1)[0]


def test_without_a_target_a_slow_model_costs_the_rate(tmp_path: Path) -> None:
    clock = Clock()
    report = run(tmp_path, clock, [SleepingBackend(clock, 100)], target_fps=None, seconds=20)
    assert report.fps == pytest.approx(1 / 0.104, rel=0.05)
    assert report.gave_up is None


@pytest.mark.parametrize("infer_ms", [40, 100, 250])
def test_a_target_is_kept_by_fewer_masks_however_slow_the_model(tmp_path: Path, infer_ms: float) -> None:
    clock, told = Clock(), list[LiveFigures]()
    backend = SleepingBackend(clock, infer_ms)
    report = run(tmp_path, clock, [backend], target_fps=30, seconds=20, told=told)
    assert report.frames >= (20 - 1) * 30  # the first second shows what it costs
    assert backend.calls < report.frames / 2 + 20
    assert told[-1].fps == pytest.approx(30, rel=0.01)  # and then every frame comes
    assert str(told[-1].gave_up).startswith("30 fps by a mask for every ")
    assert f"masks for {report.frames:,} frames" in str(report.gave_up)


def test_a_smaller_model_stands_in_where_it_is_given(tmp_path: Path) -> None:
    clock, told = Clock(), list[LiveFigures]()
    large, small = SleepingBackend(clock, 100), SleepingBackend(clock, 15)
    report = run(tmp_path, clock, [large, small], target_fps=30, seconds=20, told=told)
    assert report.frames >= (20 - 1) * 30
    assert told[-1].gave_up == "30 fps by fake 8x8"
    assert small.calls > report.frames * 0.95
    assert "by fake 16x16" in str(report.gave_up)
    assert "by fake 8x8" in str(report.gave_up)


def test_when_the_load_is_gone_so_is_what_was_given_up(tmp_path: Path) -> None:
    clock, told = Clock(), list[LiveFigures]()
    backend = SleepingBackend(clock, 100)
    report = run(
        tmp_path,
        clock,
        [backend],
        target_fps=30,
        seconds=30,
        acts={10: lambda: setattr(backend, "ms", 8)},
        told=told,
    )
    assert report.frames >= (30 - 1) * 30
    assert told[-1].gave_up is None
    assert "at the most a mask for every 4th frame" in str(report.gave_up)  # 4 + 100 / 4 = 29 of 33.3


@pytest.mark.parametrize(("infer_ms", "gives_up"), [(8, False), (60, True)])
def test_several_streams_keep_their_rate_together(tmp_path: Path, infer_ms: float, gives_up: bool) -> None:
    """Of 33.3 ms two pictures take 8 and two masks 16 or 120."""
    clock = Clock()
    segmenter = fake_segmenter(tmp_path, SleepingBackend(clock, infer_ms))
    keeper = RateKeeper(30, [segmenter], clock=clock, executor=Beside(clock))
    streams = [
        Stream(source=Camera(clock, 20), sink=Screen(clock), painter=Painter(SPEC), masks=keeper.share(2))
        for _ in range(2)
    ]
    for report in run_together(streams, segmenter, clock=clock, warmup=1):
        assert report.frames >= (20 - 1) * 30
        assert (report.gave_up != "target 30 fps: nothing was given up") == gives_up


def test_a_target_that_costs_nothing_gives_nothing_up(tmp_path: Path) -> None:
    clock = Clock()
    backend = SleepingBackend(clock, 10)
    report = run(tmp_path, clock, [backend], target_fps=30, seconds=5)
    assert report.gave_up == "target 30 fps: nothing was given up"
    assert backend.calls == report.frames + 1  # and one to warm up
    assert {stage.name: stage.n for stage in report.stages}["infer"] == report.frames


def test_a_target_out_of_reach_is_said(tmp_path: Path) -> None:
    clock, told = Clock(), list[LiveFigures]()
    run(tmp_path, clock, [SleepingBackend(clock, 10)], target_fps=300, seconds=5, told=told)
    assert str(told[-1].gave_up).startswith("300 fps cannot be kept, even with a mask for every 10th frame")


def test_a_mask_is_never_drawn_over_a_frame_of_another_size(tmp_path: Path) -> None:
    clock = Clock()
    keeper = RateKeeper(
        30, [fake_segmenter(tmp_path, SleepingBackend(clock, 100))], clock=clock, executor=Beside(clock)
    )
    masks = keeper.share(1)
    for index in range(60):
        clock.sleep(20)
        hw = (6, 10) if index < 42 else (12, 20)
        mask, _ = masks.mask_for(np.zeros((*hw, 3), np.uint8))
        assert mask.labels.shape == hw
        masks.shown(clock(), 4 * MS)
    assert masks.given_up is not None  # so that there was a mask of the old size under way


def test_masks_are_made_by_a_thread_of_their_own_that_ends(tmp_path: Path) -> None:
    keeper = RateKeeper(1000, [fake_segmenter(tmp_path, BrightnessBackend(delay_s=0.02))])
    stream = Stream(source=ListSource([200] * 60), sink=ListSink(), painter=Painter(SPEC), masks=keeper.share(1))
    (report,) = run_together([stream], keeper.segmenters[0])
    keeper.close()
    keeper.close()
    assert report.frames == 60
    assert not any(thread.name.startswith("masks") for thread in threading.enumerate())


def test_an_error_of_the_model_reaches_the_run(tmp_path: Path) -> None:
    class Broken(BrightnessBackend):
        def infer(self, tensor: InputTensor) -> Scores:
            raise UsageError("the engine is gone")

    keeper = RateKeeper(30, [fake_segmenter(tmp_path, Broken())])
    stream = Stream(source=ListSource([1, 2]), sink=ListSink(), masks=keeper.share(1))
    with pytest.raises(UsageError, match="the engine is gone"):
        run_together([stream], keeper.segmenters[0])
    keeper.close()


def test_a_stand_in_of_other_classes_is_refused(tmp_path: Path) -> None:
    asked = fake_segmenter(tmp_path)
    classes = (ClassSpec(name="background", bgr=(0, 0, 0)), ClassSpec(name="horse", bgr=(1, 2, 3)))
    other = ModelSpec(name="other", input=InputSpec(height=8, width=8), classes=classes)
    with pytest.raises(UsageError, match="its classes are background, horse, not background, cat, dog"):
        RateKeeper(30, [asked, Segmenter(asked.path, other, BrightnessBackend())])
