"""A sink in a thread of its own: order, what it raises, and its end."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import ListSink, fake_segmenter, make_frame, threads_named
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.postprocess import Mask
from unetkit.errors import OutputError
from unetkit.runtime.running.file_run import run_file
from unetkit.runtime.sinks.behind import BehindSink
from unetkit.runtime.sinks.sink import FrameSink
from unetkit.runtime.sources.frame import Frame
from unetkit.runtime.sources.video import VideoFile

MASK = Mask(labels=np.zeros((6, 10), np.uint8))


def test_a_sink_behind_gets_every_result_in_order_and_pictures_of_its_own() -> None:
    class Slow(ListSink):
        def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
            time.sleep(0.002)
            return super().show(frame, mask, drawn)

    slow = Slow()
    sink: FrameSink = BehindSink(slow)
    picture = np.empty((6, 10, 3), np.uint8)
    for index in range(30):
        picture.fill(index)
        assert sink.show(make_frame(index), MASK, picture)
    sink.close()
    assert [frame.index for frame, _, _ in slow.shown] == list(range(30))
    assert [int(drawn.max()) for _, _, drawn in slow.shown] == list(range(30))
    assert slow.closed
    assert not threads_named("writer")


def test_what_a_sink_behind_raises_is_raised_later_once_and_nothing_follows() -> None:
    class Full(ListSink):
        def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
            super().show(frame, mask, drawn)
            if frame.index == 1:
                raise OutputError("disk full while writing")
            return True

    full = Full()
    sink = BehindSink(full)

    def show_all() -> None:
        for index in range(1000):
            sink.show(make_frame(index), MASK, np.zeros((6, 10, 3), np.uint8))
            time.sleep(0.001)

    with pytest.raises(OutputError, match="disk full"):
        show_all()
    sink.close()
    assert [frame.index for frame, _, _ in full.shown] == [0, 1]
    assert full.closed


def test_an_error_of_the_last_frame_is_raised_by_close() -> None:
    class Broken(ListSink):
        def show(self, frame: Frame, mask: Mask, drawn: BgrFrame) -> bool:
            time.sleep(0.05)
            raise OutputError("cannot write")

    broken = Broken()
    sink = BehindSink(broken)
    sink.show(make_frame(), MASK, np.zeros((6, 10, 3), np.uint8))
    with pytest.raises(OutputError, match="cannot write"):
        sink.close()
    assert broken.closed


def test_a_sink_behind_that_wants_to_stop_is_heard() -> None:
    sink = BehindSink(ListSink(stop_after=2))
    end_s = time.monotonic() + 10
    while sink.show(make_frame(), MASK, np.zeros((6, 10, 3), np.uint8)):
        assert time.monotonic() < end_s
    sink.close()


def test_a_file_goes_into_a_file_frame_for_frame_and_no_thread_is_left(tmp_path: Path) -> None:
    clip, out = tmp_path / "clip.avi", tmp_path / "out.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for index in range(60):
        writer.write(np.full((48, 64, 3), 4 * index + 2, np.uint8))
    writer.release()
    report = run_file(fake_segmenter(tmp_path), str(clip), out=out, max_frames=None)
    assert report.frames == 60
    written = VideoFile(out)
    blues = []
    while (frame := written.read()) is not None:
        blues.append(int(frame.bgr[20, 60, 1]))
    written.close()
    assert len(blues) == 60
    # (grey + 20) / 2 where a frame is bright enough to be class 1, as it is elsewhere; JPEG moves a flat grey by a few
    expected = [(grey + 20) // 2 if grey > 127 else grey for grey in range(2, 242, 4)]
    np.testing.assert_allclose(blues, expected, atol=8)
    assert not threads_named("decoder", "network", "writer")
