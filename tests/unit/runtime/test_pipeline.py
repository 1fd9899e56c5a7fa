import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC, BrightnessBackend, ListSink, ListSource, fake_segmenter
from unetkit.contract.arrays import BgrFrame, InputTensor, Scores
from unetkit.contract.postprocess import Mask
from unetkit.errors import OutputError, SourceError
from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.running.controls import Controls, ControlState
from unetkit.runtime.running.figures import LiveFigures
from unetkit.runtime.running.pipeline import run_pipeline, run_together
from unetkit.runtime.running.snapshots import Snapshots
from unetkit.runtime.running.steadying import Steadying
from unetkit.runtime.running.stream import Stream
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.views.look import AS_IT_COMES, Look
from unetkit.runtime.views.painter import Painter

FILE_STAGES = ["read", "preprocess", "infer", "postprocess", "overlay", "sink", "end_to_end"]


def counts(report: LatencyReport) -> dict[str, int]:
    return {stage.name: stage.n for stage in report.stages}


def test_every_frame_of_a_file_reaches_the_sink_with_its_mask(tmp_path: Path) -> None:
    source, sink = ListSource([0, 200, 50, 255]), ListSink()
    report = run_pipeline(source, fake_segmenter(tmp_path), sink, painter=Painter(SPEC))
    assert [int(frame.bgr[0, 0, 0]) for frame, _, _ in sink.shown] == [0, 200, 50, 255]
    assert [int(mask.labels[0, 0]) for _, mask, _ in sink.shown] == [0, 1, 0, 1]
    assert sink.shown[0][1].labels.shape == (6, 10)
    assert (report.frames, report.dropped, report.ended) == (4, 0, "fake source ended")
    assert not report.interrupted
    assert not report.lost


def test_every_stage_has_one_sample_a_frame_and_warm_up_has_none(tmp_path: Path) -> None:
    backend = BrightnessBackend()
    report = run_pipeline(
        ListSource([1, 2, 3, 4, 5]), fake_segmenter(tmp_path, backend), ListSink(), painter=Painter(SPEC), warmup=4
    )
    assert counts(report) == dict.fromkeys(FILE_STAGES, 5)
    assert backend.calls == 4 + 5


def test_a_live_source_has_its_age_measured_and_its_warm_up_frame_and_drops_left_out(tmp_path: Path) -> None:
    sink = ListSink()
    report = run_pipeline(ListSource([1, 2, 3, 4], live=True), fake_segmenter(tmp_path), sink, painter=Painter(SPEC))
    assert [frame.index for frame, _, _ in sink.shown] == [1, 2, 3]
    assert counts(report) == dict.fromkeys([*FILE_STAGES, "age"], 3)
    assert report.dropped == 3 * 2  # the fake drops two a frame; those of the warm-up are not the run's


def test_without_warm_up_a_live_source_s_first_frame_is_used(tmp_path: Path) -> None:
    sink = ListSink()
    run_pipeline(ListSource([1, 2], live=True), fake_segmenter(tmp_path), sink, warmup=0)
    assert [frame.index for frame, _, _ in sink.shown] == [0, 1]


def test_nothing_is_drawn_for_a_sink_that_does_not_look(tmp_path: Path) -> None:
    sink = ListSink(wants_drawn=False)
    report = run_pipeline(ListSource([255]), fake_segmenter(tmp_path), sink, painter=Painter(SPEC))
    assert "overlay" not in counts(report)
    assert (sink.shown[0][2] == 255).all()


def test_the_run_stops_at_its_limit(tmp_path: Path) -> None:
    report = run_pipeline(ListSource([1] * 9), fake_segmenter(tmp_path), ListSink(), max_frames=3)
    assert (report.frames, report.ended) == (3, "limit of 3 frames reached")


def test_the_run_stops_when_the_user_wants(tmp_path: Path) -> None:
    report = run_pipeline(ListSource([1] * 9), fake_segmenter(tmp_path), ListSink(stop_after=2))
    assert (report.frames, report.ended, report.interrupted) == (2, "stopped by the user", False)


@pytest.mark.parametrize(("call", "frames"), [(1, 0), (4, 0), (6, 2)])
def test_ctrl_c_ends_with_the_report_and_everything_closed(tmp_path: Path, call: int, frames: int) -> None:
    source, sink = ListSource([1] * 9), ListSink()
    backend = BrightnessBackend(interrupt_at=call)  # the first three calls are the warm-up
    report = run_pipeline(source, fake_segmenter(tmp_path, backend), sink)
    assert (report.frames, report.interrupted, report.ended) == (frames, True, "interrupted")
    assert source.closed
    assert sink.closed
    assert report.to_dict()["fps"] is None or frames


def test_a_source_that_breaks_in_the_middle_ends_the_run_with_its_report(tmp_path: Path) -> None:
    source, sink = ListSource([1, 2, -1]), ListSink()
    report = run_pipeline(source, fake_segmenter(tmp_path), sink)
    assert (report.frames, report.lost) == (2, True)
    assert report.ended == "fake source did not deliver a frame for 1 s"
    assert source.closed
    assert sink.closed


@pytest.mark.parametrize(("greys", "words"), [([], "no frame"), ([-1], "did not deliver")])
def test_a_source_without_any_frame_is_an_error(tmp_path: Path, greys: list[int], words: str) -> None:
    source, sink = ListSource(greys), ListSink()
    with pytest.raises(SourceError, match=words):
        run_pipeline(source, fake_segmenter(tmp_path), sink)
    assert source.closed
    assert sink.closed


def test_a_sink_that_cannot_write_is_an_error_and_everything_is_closed(tmp_path: Path) -> None:
    class FullDisk(ListSink):
        def show(self, *result: object) -> bool:
            raise OutputError("disk full")

    source, sink = ListSource([1, 2]), FullDisk()
    with pytest.raises(OutputError, match="disk full"):
        run_pipeline(source, fake_segmenter(tmp_path), sink)
    assert source.closed
    assert sink.closed


def test_the_report_says_what_ran(tmp_path: Path) -> None:
    report = run_pipeline(ListSource([1]), fake_segmenter(tmp_path), ListSink())
    assert (report.engine, report.device, report.precision, report.threads) == ("onnx", "CPU", "int8", 2)
    assert report.artifact == str(tmp_path / "fake.onnx")
    assert report.artifact_sha256 == hashlib.sha256(b"abc").hexdigest()
    assert report.fps > 0


class TickingClock:
    """Nanoseconds that go on by 10 ms at each look."""

    def __init__(self) -> None:
        self._ns = 0

    def __call__(self) -> int:
        self._ns += 10_000_000
        return self._ns


def test_the_line_on_the_picture_names_speed_device_drops_and_age(tmp_path: Path) -> None:
    seen: list[Sequence[str]] = []

    class Listening(Painter):
        def draw(self, frame, mask, look=AS_IT_COMES, *, lines=(), panel=(), notice=None):  # type: ignore[no-untyped-def]
            seen.append(lines)
            return super().draw(frame, mask, look, lines=lines, panel=panel, notice=notice)

    source = ListSource([1] * 6, live=True)
    run_pipeline(source, fake_segmenter(tmp_path), ListSink(), painter=Listening(SPEC), clock=TickingClock())
    last = seen[-1][0]
    assert [word in last for word in ("fps", "p95 ", "infer ", "CPU int8", "drops 10", "age ")] == [True] * 6


def test_the_figures_are_told_to_whoever_wants_them(tmp_path: Path) -> None:
    told: list[LiveFigures] = []
    source = ListSource([1] * 20)
    stream = Stream(source=source, sink=ListSink(), painter=Painter(SPEC), on_figures=told.append)
    run_together([stream], fake_segmenter(tmp_path), warmup=0, clock=TickingClock())
    assert 2 <= len(told) < 20  # several times a second, not each frame
    assert [figures.frames for figures in told] == sorted({figures.frames for figures in told})
    assert (told[-1].source, told[-1].device, told[-1].dropped, told[-1].age_ms) == ("fake source", "CPU", None, None)
    assert told[-1].fps is not None


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


class HesitantSource(ListSource):
    """Has no frame for so many looks before each frame after the second."""

    def __init__(self, greys: list[int], *, looks: int) -> None:
        super().__init__(greys, live=True)
        self._looks = self._left = looks

    def poll(self, wait_s: float) -> bool:
        self._left -= 1
        self.notice = "no picture for 4 s: it is silent" if self._left >= 0 else None
        if self._left >= 0:
            time.sleep(wait_s)
        return self._left < 0

    def read(self) -> Frame | None:
        self._left = self._looks
        self.notice = None
        return super().read()


def test_without_a_frame_the_sink_stays_in_use_and_gets_the_last_picture_with_the_notice(tmp_path: Path) -> None:
    sink = ListSink()
    source = HesitantSource([0, 50, 100], looks=4)
    run_pipeline(source, fake_segmenter(tmp_path), sink, painter=Painter(SPEC))
    assert len(sink.idled) == 8  # before the third frame and before the end
    noticed, last = sink.idled[0], sink.shown[0][2]
    assert noticed is not None
    assert noticed.shape == last.shape
    assert (noticed != last).any()
    assert (noticed[-1] == last[-1]).all()  # the banner is across the middle
    assert len(sink.shown) == 2


def test_a_sink_that_looks_at_no_picture_is_idle_without_one(tmp_path: Path) -> None:
    sink = ListSink(wants_drawn=False)
    run_pipeline(HesitantSource([0, 50, 100], looks=2), fake_segmenter(tmp_path), sink, painter=Painter(SPEC))
    assert sink.idled == [None] * 4


def test_the_user_can_stop_while_there_is_no_frame(tmp_path: Path) -> None:
    sink = ListSink(stop_idle_after=3)
    report = run_pipeline(HesitantSource([0, 50, 100], looks=1000), fake_segmenter(tmp_path), sink)
    assert (report.ended, report.frames, len(sink.idled)) == ("stopped by the user", 1, 3)


def test_outages_are_in_the_report(tmp_path: Path) -> None:
    source = ListSource([0, 1, 2], live=True)
    source.outages_s = (1.5, 4.0)
    assert run_pipeline(source, fake_segmenter(tmp_path), ListSink()).outages_s == (1.5, 4.0)


def test_several_sources_take_turns_with_one_model_and_each_has_its_report(tmp_path: Path) -> None:
    backend = BrightnessBackend()
    sinks = [ListSink(), ListSink(), ListSink()]
    sources = [ListSource([10, 200, 30]), ListSource([250]), HesitantSource([0, 1, 2, 3], looks=3)]
    streams = [
        Stream(source=source, sink=sink, painter=Painter(SPEC)) for source, sink in zip(sources, sinks, strict=True)
    ]
    reports = run_together(streams, fake_segmenter(tmp_path, backend), warmup=1)
    assert [report.frames for report in reports] == [3, 1, 3]  # a live source's first frame is for warming up
    assert [report.ended for report in reports] == ["fake source ended"] * 3
    assert [report.source for report in reports] == ["fake source"] * 3
    assert [int(frame.bgr[0, 0, 0]) for frame, _, _ in sinks[0].shown] == [10, 200, 30]
    assert [int(mask.labels[0, 0]) for _, mask, _ in sinks[1].shown] == [1]
    assert backend.calls == 7 + 3
    assert all(source.closed for source in sources)
    assert all(sink.closed for sink in sinks)


def test_a_user_who_stops_at_one_of_several_sinks_stops_all(tmp_path: Path) -> None:
    sinks = [ListSink(), ListSink(stop_after=2)]
    streams = [Stream(source=ListSource([1] * 50), sink=sink) for sink in sinks]
    reports = run_together(streams, fake_segmenter(tmp_path))
    assert [report.ended for report in reports] == ["stopped by the user"] * 2
    assert [len(sink.shown) for sink in sinks] == [2, 2]


def test_of_several_sources_one_that_breaks_off_does_not_stop_the_others(tmp_path: Path) -> None:
    streams = [Stream(source=ListSource(greys), sink=ListSink()) for greys in ([1, -1], [1, 2, 3])]
    reports = run_together(streams, fake_segmenter(tmp_path))
    assert [(report.frames, report.lost) for report in reports] == [(1, True), (3, False)]


def test_ctrl_c_ends_all_of_several_sources_with_their_reports(tmp_path: Path) -> None:
    streams = [Stream(source=ListSource([1] * 9), sink=ListSink()) for _ in range(2)]
    reports = run_together(streams, fake_segmenter(tmp_path, BrightnessBackend(interrupt_at=6)), warmup=0)
    assert [(report.frames, report.interrupted) for report in reports] == [(3, True), (2, True)]


def test_masks_are_steadied_by_what_the_stream_was_given(tmp_path: Path) -> None:
    # The model says logits of +-0.5 in turns, of a picture that stays as it is.
    class Trembling(BrightnessBackend):
        def infer(self, tensor: InputTensor) -> Scores:
            self.calls += 1
            scores = np.zeros((*tensor.shape[1:3], 3), np.float32)
            scores[..., 1] = 0.5 if self.calls % 2 else -0.5
            return scores

    def flips(steadying: Steadying | None) -> int:
        sink = ListSink()
        run_pipeline(ListSource([7] * 9), fake_segmenter(tmp_path, Trembling()), sink, warmup=0, steadying=steadying)
        labels = [int(mask.labels[0, 0]) for _, mask, _ in sink.shown]
        return int(np.abs(np.diff(labels)).sum())

    assert flips(None) == 8
    assert flips(Steadying(SPEC)) == 0
