"""Threads between the stages: order, errors in their place, bounded queues, nothing left behind."""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import BrightnessBackend, ListSink, ListSource, fake_segmenter, threads_named
from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.postprocess import Mask
from unetkit.errors import DataError, DeviceError, SourceError
from unetkit.runtime.ahead import Ahead
from unetkit.runtime.latency import LatencyReport
from unetkit.runtime.running.networkahead import NetworkAhead, opencv_in_step, work_ahead
from unetkit.runtime.running.pipeline import run_pipeline
from unetkit.runtime.segmenter import Segmenter
from unetkit.runtime.sources.frame import FrameSource
from unetkit.runtime.sources.readahead import ReadAhead
from unetkit.runtime.sources.video import VideoFile
from unetkit.runtime.views.painter import Painter

MASK = Mask(labels=np.zeros((6, 10), np.uint8))


def counting(upto: int, error: Exception | None = None) -> Callable[[], int | None]:
    numbers = iter(range(upto))

    def produce() -> int | None:
        number = next(numbers, None)
        if number is None and error is not None:
            raise error
        return number

    return produce


def test_results_come_in_order_and_then_the_end_for_ever() -> None:
    ahead = Ahead(counting(50))
    assert [ahead.take() for _ in range(50)] == list(range(50))
    assert (ahead.take(), ahead.take()) == (None, None)
    ahead.close()


def test_an_error_stands_where_its_result_would_and_after_all_before_it() -> None:
    ahead = Ahead(counting(3, DataError("picture 3 is broken")))
    assert [ahead.take(), ahead.take(), ahead.take()] == [0, 1, 2]
    with pytest.raises(DataError, match="picture 3"):
        ahead.take()
    assert ahead.take() is None
    ahead.close()


def test_no_more_than_the_queue_holds_is_made_ahead() -> None:
    made: list[int] = []
    ahead = Ahead(lambda: made.append(1) or len(made), depth=2)  # type: ignore[func-returns-value]
    end_s = time.monotonic() + 5
    while len(made) < 2 and time.monotonic() < end_s:
        time.sleep(0.001)
    time.sleep(0.05)
    assert len(made) == 2
    assert ahead.take() == 1
    ahead.close()
    assert len(made) <= 3


def test_closing_ends_the_thread_also_while_its_queue_is_full() -> None:
    ahead = Ahead(counting(1000), name="endless counting")
    ahead.take()
    ahead.close()
    ahead.close()
    assert not threads_named("endless counting")
    assert ahead.take() is None


def test_poll_waits_no_longer_than_it_was_told() -> None:
    held = threading.Event()
    ahead = Ahead(lambda: held.wait(10) and None)
    assert not ahead.poll(0.01)
    held.set()
    assert ahead.poll(10)
    assert ahead.take() is None
    ahead.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a niceness for a thread")
@pytest.mark.parametrize(("gives_way", "above"), [(False, 0), (True, 1)])
def test_who_is_to_give_way_is_one_step_nicer_than_the_others(gives_way: bool, above: int) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    ahead = Ahead(niceness, gives_way=gives_way)
    assert ahead.take() == min(niceness() + above, 19)  # 19 is the most there is
    ahead.close()


def test_a_file_read_ahead_gives_the_frames_of_the_file_each_once_and_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for index in range(40):
        writer.write(np.full((48, 64, 3), 6 * index, np.uint8))
    writer.release()
    plain, source = VideoFile(path), ReadAhead(VideoFile(path))
    assert (source.name, source.fps, source.hw, source.live) == (plain.name, plain.fps, plain.hw, False)
    kept = []
    while (frame := source.read()) is not None:
        kept.append(frame)
    source.close()
    wanted = []
    while (frame := plain.read()) is not None:
        wanted.append(frame)
    assert [frame.index for frame in kept] == [frame.index for frame in wanted] == list(range(40))
    assert [frame.at_s for frame in kept] == [frame.at_s for frame in wanted]
    assert all(np.array_equal(one.bgr, other.bgr) for one, other in zip(kept, wanted, strict=True))
    assert source.read() is None
    assert not threads_named("decoder")


def test_a_run_over_a_source_read_ahead_is_the_same_run(tmp_path: Path) -> None:
    greys = [0, 200, 100, 255] * 10
    runs = []
    for source in (ListSource(greys), ReadAhead(ListSource(greys))):
        sink = ListSink()
        report = run_pipeline(source, fake_segmenter(tmp_path), sink, painter=Painter(fake_segmenter(tmp_path).spec))
        assert {stage.name: stage.n for stage in report.stages}["read"] == len(greys)
        runs.append([(frame.index, int(mask.labels.max())) for frame, mask, _ in sink.shown])
    assert runs[0] == runs[1]


def shown_by(source: FrameSource, segmenter: Segmenter) -> tuple[LatencyReport, list[tuple[int, int, int]]]:
    sink = ListSink()
    report = run_pipeline(source, segmenter, sink, painter=Painter(segmenter.spec))
    return report, [(frame.index, int(mask.labels.max()), int(drawn.max())) for frame, mask, drawn in sink.shown]


def test_a_run_with_the_network_ahead_is_the_same_run_with_every_stage_timed(tmp_path: Path) -> None:
    greys = [0, 200, 100, 255] * 10
    alone, wanted = shown_by(ListSource(greys), fake_segmenter(tmp_path))
    source, segmenter = ListSource(greys), fake_segmenter(tmp_path, BrightnessBackend(delay_s=0.002))
    report, shown = shown_by(NetworkAhead(source, segmenter), segmenter)
    assert shown == wanted
    assert {stage.name: stage.n for stage in report.stages} == {stage.name: stage.n for stage in alone.stages}
    stages = {stage.name: stage for stage in report.stages}
    assert stages["infer"].p50_ms >= 2  # what it took in its thread
    assert stages["end_to_end"].p50_ms >= stages["infer"].p50_ms  # from decoded to drawn, waiting included
    assert source.closed
    assert not threads_named("decoder", "network")


@pytest.mark.parametrize(
    ("cores", "threads", "live", "expected"),
    [
        (4, 4, False, ReadAhead),  # inference takes all cores
        (4, 1, False, NetworkAhead),
        (4, None, False, NetworkAhead),  # a GPU
        (1, 1, False, ListSource),
        (4, 1, True, ListSource),  # the newest frame counts
    ],
)
def test_as_many_threads_work_ahead_as_inference_leaves_cores_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, threads: int | None, live: bool, expected: type
) -> None:
    backend = BrightnessBackend()
    monkeypatch.setattr(backend, "threads", threads, raising=False)
    monkeypatch.setattr("unetkit.runtime.running.networkahead.usable_cores", lambda: cores)
    source = ListSource([1], live=live)
    assert type(work_ahead(source, fake_segmenter(tmp_path, backend))) is expected


@pytest.mark.parametrize(
    ("cores", "threads", "engine", "live", "held"),
    [
        (2, 1, "tflite", False, True),
        (2, 2, "tflite", False, True),
        (8, 1, "tflite", False, False),  # cores are left over
        (2, 2, "opencv", False, False),  # its threads are the network's
        (2, 1, "tflite", True, False),  # nothing works ahead
    ],
)
def test_opencv_has_one_thread_while_all_cores_are_taken_and_its_own_again_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cores: int, threads: int, engine: str, live: bool, held: bool
) -> None:
    backend = BrightnessBackend()
    monkeypatch.setattr(backend, "threads", threads, raising=False)
    monkeypatch.setattr(backend, "engine", engine, raising=False)
    monkeypatch.setattr("unetkit.runtime.running.networkahead.usable_cores", lambda: cores)
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(3)
        with opencv_in_step(ListSource([1], live=live), fake_segmenter(tmp_path, backend)):
            assert cv2.getNumThreads() == (1 if held else 3)
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)


def test_what_breaks_in_the_threads_of_the_network_is_raised_in_its_place(tmp_path: Path) -> None:
    segmenter = fake_segmenter(tmp_path)
    source = ListSource([1, 2, 3, -1])
    report, shown = shown_by(NetworkAhead(source, segmenter), segmenter)
    assert (len(shown), report.lost) == (3, True)

    class Stopping(BrightnessBackend):
        def infer(self, tensor: InputTensor) -> Scores:
            if self.calls == 5:
                raise DeviceError("the engine stopped")
            return super().infer(tensor)

    source, segmenter = ListSource([1] * 9), fake_segmenter(tmp_path, Stopping())
    with pytest.raises(DeviceError, match="stopped"):
        shown_by(NetworkAhead(source, segmenter), segmenter)
    assert source.closed
    assert not threads_named("decoder", "network")


def test_ctrl_c_and_a_limit_end_a_run_with_the_network_ahead_and_its_threads(tmp_path: Path) -> None:
    segmenter = fake_segmenter(tmp_path, BrightnessBackend(interrupt_at=6))
    source = ListSource([1] * 20)
    report, _ = shown_by(NetworkAhead(source, segmenter), segmenter)
    assert report.interrupted
    assert source.closed
    segmenter = fake_segmenter(tmp_path)
    report = run_pipeline(NetworkAhead(ListSource([1] * 50), segmenter), segmenter, ListSink(), max_frames=7)
    assert (report.frames, report.ended) == (7, "limit of 7 frames reached")
    assert not threads_named("decoder", "network")


def test_a_source_with_the_network_ahead_that_nobody_reads_starts_nothing(tmp_path: Path) -> None:
    source = ListSource([1, 2])
    ahead = NetworkAhead(source, fake_segmenter(tmp_path))
    assert ahead.poll(0)
    ahead.close()
    assert ahead.read() is None
    assert source.closed
    assert not threads_named("decoder", "network")


def test_a_source_that_breaks_off_is_lost_after_its_frames_and_closed(tmp_path: Path) -> None:
    source, sink = ListSource([1, 2, 3, -1]), ListSink()
    report = run_pipeline(ReadAhead(source), fake_segmenter(tmp_path), sink)
    assert (report.frames, report.lost) == (3, True)
    assert source.closed
    assert not threads_named("decoder")
    with pytest.raises(SourceError):
        run_pipeline(ReadAhead(ListSource([-1])), fake_segmenter(tmp_path), ListSink())
