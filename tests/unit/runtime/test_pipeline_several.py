"""Sources that have no frame for a while, and several sources with one model."""

import time
from pathlib import Path

from tests.unit.runtime.fakes import SPEC, BrightnessBackend, ListSink, ListSource, fake_segmenter
from unetkit.runtime.running.pipeline import run_pipeline, run_together
from unetkit.runtime.running.stream import Stream
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.views.painter import Painter


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
