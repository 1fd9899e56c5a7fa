import threading
import time

import numpy as np
import pytest

from tests.unit.runtime.mjpeg_server import MjpegCamera, grey_of, serving
from unetkit.contract.arrays import BgrFrame
from unetkit.errors import SourceError
from unetkit.runtime.sources.capture import Capture
from unetkit.runtime.sources.feed import ThreadFeed
from unetkit.runtime.sources.frame import FrameSource
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.opening import open_source
from unetkit.runtime.sources.stream import open_stream


class SteppedCapture:
    """Gives a frame each time it is told to, so that a test decides what is newest."""

    def __init__(self, *, endless: bool = True) -> None:
        self.fps: float | None = 30.0
        self.endless = endless
        self.wanted = threading.Semaphore(0)
        self.taken = threading.Semaphore(0)
        self.count = 0
        self.end_after: int | None = None
        self.released = False

    def fetch(self) -> BgrFrame | None:
        if self.count:
            self.taken.release()  # the frame before this one lies in the slot
        self.wanted.acquire()
        if self.count == self.end_after:
            return None
        self.count += 1
        return np.full((4, 6, 3), self.count - 1, np.uint8)

    def release(self) -> None:
        self.released = True

    def produce(self, frames: int) -> None:
        for _ in range(frames):
            self.wanted.release()
            self.taken.acquire()


def impatient(timeout_s: float) -> Patience:
    """Gives up after so long, at once."""
    return Patience(first_s=timeout_s, silent_s=timeout_s, max_outage_s=0)


def opened(capture: SteppedCapture, timeout_s: float = 5.0) -> LiveSource:
    capture.wanted.release()
    source = LiveSource("camera 0", lambda: ThreadFeed(lambda: capture), patience=impatient(timeout_s))
    capture.taken.acquire()
    return source


def count(source: FrameSource) -> int:
    """Frames until the end."""
    frames = 0
    while source.read() is not None:
        frames += 1
    return frames


def test_a_slow_reader_gets_the_newest_frame_and_the_rest_is_counted() -> None:
    capture = SteppedCapture()
    source = opened(capture)
    assert source.hw == (4, 6)
    assert source.live
    capture.produce(9)  # frames 1 to 9, while frame 0 waits in the slot
    frame = source.read()
    assert frame is not None
    assert (frame.index, int(frame.bgr[0, 0, 0]), source.dropped) == (9, 9, 9)
    capture.produce(1)
    following = source.read()
    assert following is not None
    assert (following.index, source.dropped) == (10, 9)
    capture.wanted.release()
    source.close()
    assert capture.released


def test_the_last_frame_is_given_before_the_end() -> None:
    capture = SteppedCapture()
    capture.end_after = 1
    source = opened(capture)
    capture.wanted.release()
    first = source.read()
    assert first is not None
    assert first.index == 0
    assert source.read() is None
    assert source.read() is None
    source.close()


def test_a_camera_that_stops_sending_is_an_error_that_names_it() -> None:
    capture = SteppedCapture()
    source = opened(capture, timeout_s=0.05)
    assert source.read() is not None
    with pytest.raises(SourceError, match=r"camera 0 did not deliver a frame for 0\.05 s"):
        source.read()
    capture.wanted.release()
    source.close()


def test_a_grab_that_hangs_does_not_hang_close() -> None:
    capture = SteppedCapture()
    source = opened(capture)
    start = time.monotonic()
    source.close()  # the thread waits in fetch for a frame that nobody produces
    assert time.monotonic() - start < 10  # no timing claim: without a bound it would be forever
    assert not capture.released
    capture.wanted.release()


def test_an_opener_that_hangs_is_given_up() -> None:
    forever = threading.Event()

    def hang() -> Capture:
        forever.wait(30)
        raise SourceError("too late")

    with pytest.raises(SourceError, match="did not deliver"):
        LiveSource("camera 3", lambda: ThreadFeed(hang), patience=impatient(0.05))
    forever.set()


def test_why_it_did_not_open_reaches_the_caller() -> None:
    def refuse() -> Capture:
        raise SourceError("no camera with index 3")

    with pytest.raises(SourceError, match="no camera with index 3"):
        LiveSource("camera 3", lambda: ThreadFeed(refuse))


def test_a_source_that_ends_without_a_frame_is_an_error() -> None:
    capture = SteppedCapture()
    capture.end_after = 0
    capture.wanted.release()
    with pytest.raises(SourceError, match="camera 0 ended before its first frame"):
        LiveSource("camera 0", lambda: ThreadFeed(lambda: capture))
    assert capture.released


def test_a_recording_behind_a_url_loses_nothing() -> None:
    class Recording(SteppedCapture):
        def fetch(self) -> BgrFrame | None:
            if self.count == 30:
                return None
            self.count += 1
            return np.full((4, 6, 3), self.count - 1, np.uint8)

    source = LiveSource("stream x", lambda: ThreadFeed(lambda: Recording(endless=False)))
    assert not source.live
    seen = []
    while (frame := source.read()) is not None:
        seen.append(frame.index)
        time.sleep(0.001)
    assert seen == list(range(30))
    assert source.dropped == 0
    source.close()


def test_reading_after_close_is_the_end_even_of_an_endless_source() -> None:
    source = open_source("synthetic")
    assert source.live
    assert source.read() is not None
    source.close()
    source.close()
    count(source)


def test_a_network_camera_is_read_and_its_frames_come_in_order() -> None:
    with serving(MjpegCamera(behaviour="endless")) as url:
        source = open_source(url)
        assert (source.live, source.hw) == (True, (48, 64))
        frames = [source.read() for _ in range(5)]
        source.close()
    indices = [frame.index for frame in frames if frame is not None]
    assert len(indices) == 5
    assert indices == sorted(set(indices))
    for frame in frames:
        assert frame is not None
        # JPEG of a uniform grey is exact to a step or two
        assert abs(int(frame.bgr[20, 20, 0]) - grey_of(frame.index)) <= 2


def test_a_slow_reader_of_a_network_camera_is_given_late_frames_only() -> None:
    with serving(MjpegCamera(behaviour="endless", fps=100)) as url:
        source = open_source(url)
        frame, reads = source.read(), 1
        end_s = time.monotonic() + 30
        while source.dropped < 3 and time.monotonic() < end_s:
            time.sleep(0.5)  # some 50 frames; fewer where the machine is busy
            frame, reads = source.read(), reads + 1
        source.close()
    assert frame is not None
    assert source.dropped >= 3
    assert frame.index == reads + source.dropped - 1


def test_a_stream_that_closes_in_the_middle_ends() -> None:
    with serving(MjpegCamera(behaviour="closes", frames=10)) as url:
        source = open_source(url, patience=Patience(max_outage_s=0))
        seen = count(source)
        source.close()
    assert 1 <= seen <= 10
    assert seen + source.dropped == 10


def test_a_stream_that_stalls_in_the_middle_is_an_error() -> None:
    with serving(MjpegCamera(behaviour="stalls", frames=10)) as url:
        source = open_stream(url, patience=Patience(silent_s=1, max_outage_s=0))
        with pytest.raises(SourceError, match="did not deliver a frame for 1 s"):
            count(source)
        source.close()


def test_a_stream_that_never_answers_is_given_up() -> None:
    with (
        serving(MjpegCamera(behaviour="silent")) as url,
        pytest.raises(SourceError, match=r"stream http://127\.0\.0\.1:\d+/video did not deliver a frame for 0\.3 s"),
    ):
        open_stream(url, patience=impatient(0.3))


@pytest.mark.parametrize("behaviour", ["garbage", "empty"])
def test_a_server_that_sends_no_video_is_named(behaviour: str, capfd: pytest.CaptureFixture[str]) -> None:
    with (
        serving(MjpegCamera(behaviour=behaviour)) as url,  # type: ignore[arg-type]
        pytest.raises(SourceError, match=r"cannot open stream http://.*the server answers, but not with a video"),
    ):
        open_source(url)
    assert capfd.readouterr().err == ""


def test_a_stream_that_refuses_says_so_in_one_line_and_nothing_else_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with serving(MjpegCamera(behaviour="silent")) as url:
        pass  # nobody listens there any more
    with pytest.raises(SourceError, match=r"cannot open stream .*cannot be reached \(Connection refused\)"):
        open_source(url)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "url", ["gopher://host/x", "http://", "http://host:port/x", "http://host:0/", "rtsp://host:99999/", "concat://a|b"]
)
def test_an_address_that_is_no_stream_is_refused(url: str) -> None:
    with pytest.raises(SourceError, match="is not a stream's address"):
        open_source(url)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(SourceError) as caught:
        open_source("http://ada:secret@127.0.0.1:1/video?token=secret")
    assert "ada@127.0.0.1:1/video" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_camera_that_is_not_there_is_named_and_nothing_else_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError, match="no camera with index 97"):
        open_source("97")
    with pytest.raises(SourceError, match="no camera with index 98"):
        open_source("/dev/video98")
    assert capfd.readouterr().err == ""
