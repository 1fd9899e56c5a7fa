"""A run that is paused: it goes on by steps, loses nothing of a file, and follows the controls meanwhile."""

import time
from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from tests.unit.runtime.fakes import SPEC, ListSink, ListSource, fake_segmenter
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.running.controls import Controls, ControlState
from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.running.pipeline import run_pipeline, run_together
from unetkit.runtime.running.snapshots import Snapshots
from unetkit.runtime.running.stream import Stream
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.views.look import Look
from unetkit.runtime.views.painter import Painter


class PausingSink(ListSink):
    """Pauses after the first frame; the k-th time that it is idle does `acts[k]`."""

    def __init__(self, controls: Controls, acts: dict[int, Callable[[], object]]) -> None:
        super().__init__()
        self._controls, self._acts = controls, acts

    def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
        if not self.shown:
            self._controls.change(paused=True)
        return super().show(frame, mask, drawn)

    def idle(self, drawn: BgrFrame | None) -> bool:
        super().idle(drawn)
        self._acts.get(len(self.idled), lambda: None)()
        return True


def test_a_paused_file_waits_goes_on_by_steps_and_loses_nothing(tmp_path: Path) -> None:
    controls = Controls(SPEC)
    sink = PausingSink(controls, {2: controls.step, 4: lambda: controls.change(paused=False)})
    report = run_pipeline(
        ListSource([1, 2, 3, 4]), fake_segmenter(tmp_path), sink, painter=Painter(SPEC), controls=controls
    )
    assert [frame.index for frame, _, _ in sink.shown] == [0, 1, 2, 3]
    assert len(sink.idled) == 4  # two before the step, two before it goes on
    assert report.ended == "fake source ended"


@pytest.mark.parametrize("ends_paused", [True, False])
def test_a_pause_is_no_part_of_the_run_s_rate(tmp_path: Path, ends_paused: bool) -> None:
    """Frames take a second of the clock each; the pause takes longer than all of them."""
    now_ns = [0]
    controls = Controls(SPEC)

    class Slow(PausingSink):
        def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
            now_ns[0] += 1_000_000_000
            if ends_paused and len(self.shown) == 3:
                controls.change(paused=True)
            return super().show(frame, mask, drawn)

        def idle(self, drawn: BgrFrame | None) -> bool:
            super().idle(drawn)
            return not (ends_paused and len(self.shown) == 4)

    class Source(ListSource):
        def poll(self, wait_s: float) -> bool:
            if controls.state.paused:
                now_ns[0] += 7_000_000_000
            return True

    sink = Slow(controls, {2: lambda: controls.change(paused=False)})
    stream = Stream(source=Source([1] * 4, live=True), sink=sink, painter=Painter(SPEC), controls=controls)
    (report,) = run_together([stream], fake_segmenter(tmp_path), warmup=0, clock=lambda: now_ns[0])
    assert report.fps == pytest.approx(1.0)


def test_a_paused_live_source_goes_on_with_the_newest_and_drops_are_not_the_pause_s(tmp_path: Path) -> None:
    controls = Controls(SPEC)
    sink = PausingSink(controls, {1: lambda: controls.change(paused=False)})

    class Pausing(ListSource):
        def poll(self, wait_s: float) -> bool:
            if controls.state.paused:
                time.sleep(0.02)
            return True

    source = Pausing([1] * 200, live=True)
    report = run_pipeline(
        source, fake_segmenter(tmp_path), sink, painter=Painter(SPEC), controls=controls, max_frames=2, warmup=0
    )
    first, second = (frame.index for frame, _, _ in sink.shown)
    assert second > first + 1  # what came during the pause was thrown away
    assert report.dropped == 2  # the fake drops two a frame; those before the first are not the run's


def test_a_paused_picture_follows_the_controls(tmp_path: Path) -> None:
    controls = Controls(SPEC, ControlState(look=Look(legend=False), heads_up=False))  # no words on so few pixels
    sink = PausingSink(controls, {2: lambda: controls.change(opacity=0.0), 4: lambda: controls.change(paused=False)})
    run_pipeline(ListSource([255, 255]), fake_segmenter(tmp_path), sink, painter=Painter(SPEC), controls=controls)
    before, after = sink.shown[0][2], sink.idled[2]
    assert after is not None
    assert (after == 255).all()  # the frame alone
    assert (before != 255).any()


def test_a_picture_that_is_asked_for_is_written_without_words_while_paused_too(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    controls = Controls(SPEC)
    sink = PausingSink(controls, {1: controls.snapshot, 3: lambda: controls.change(paused=False)})
    source = ListSource([255, 1], hw=(96, 64))
    stream = Stream(source=source, sink=sink, painter=Painter(SPEC), controls=controls, snapshots=Snapshots(folder))
    run_together([stream], fake_segmenter(tmp_path), warmup=0)
    (file,) = folder.iterdir()
    assert controls.said == f"picture in {file}"
    picture = cv2.imread(str(file))
    assert picture is not None
    assert (picture[:20] == (132, 138, 228)).all()  # halves of 255 and of the colour 10 20 200: no line of figures


def test_a_picture_that_cannot_be_written_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.touch()
    controls = Controls(SPEC)
    controls.snapshot()
    stream = Stream(
        source=ListSource([1, 2]),
        sink=PausingSink(controls, {1: controls.snapshot, 2: lambda: controls.change(paused=False)}),
        painter=Painter(SPEC),
        controls=controls,
        snapshots=Snapshots(in_the_way / "below"),
    )
    (report,) = run_together([stream], fake_segmenter(tmp_path), warmup=0)
    assert "cannot write" in str(controls.said)
    assert report.frames == 2


def test_a_notice_and_the_pause_are_in_the_figures(tmp_path: Path) -> None:
    told: list[LiveFigures] = []
    controls = Controls(SPEC)
    sink = PausingSink(controls, {1: lambda: controls.change(recording=True), 3: lambda: controls.change(paused=False)})
    source = ListSource([1, 2])
    source.notice = "it is black"
    stream = Stream(source=source, sink=sink, painter=Painter(SPEC), controls=controls, on_figures=told.append)
    run_together([stream], fake_segmenter(tmp_path), warmup=0)
    assert (told[0].paused, told[0].recording, told[0].notice) == (False, False, "it is black")
    assert any(figures.paused and figures.recording for figures in told)
