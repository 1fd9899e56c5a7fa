"""Captures in a process of their own, which may hang, crash, or be stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from unetkit.contract.arrays import BgrFrame
from unetkit.errors import SourceError
from unetkit.runtime.sources.capture import Capture
from unetkit.runtime.sources.live import LiveSource, Patience
from unetkit.runtime.sources.readerprocess import ProcessFeed
from unetkit.runtime.sources.sharedslots import SLOTS, SharedSlots

LINUX = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")


class Numbers:
    """Frame n is uniformly n, and its height is `heights[n]` where there are such."""

    def __init__(
        self,
        *,
        frames: int = 10**9,
        endless: bool = True,
        pace_s: float = 0.0,
        hang_at: int = -1,
        crash_at: int = -1,
        heights: tuple[int, ...] = (),
    ) -> None:
        self.fps: float | None = 12.5
        self.endless = endless
        self._frames, self._pace_s, self._hang_at, self._crash_at = frames, pace_s, hang_at, crash_at
        self._heights = heights
        self._number = 0

    def fetch(self) -> BgrFrame | None:
        number = self._number
        if number == self._frames:
            return None
        if number == self._hang_at:
            time.sleep(1000)
        if number == self._crash_at:
            os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(self._pace_s)
        self._number += 1
        height = self._heights[number] if number < len(self._heights) else 4
        return np.full((height, 6, 3), number % 256, np.uint8)

    def release(self) -> None:
        return


def refuse() -> Capture:
    os.write(1, b"a driver that talks")
    raise SourceError("no camera with index 97")


def fail() -> Capture:
    raise ZeroDivisionError("a bug")


def greys(feed: ProcessFeed) -> list[int]:
    seen = []
    while feed.wait(20) and not feed.over:
        if (shot := feed.take()) is not None:
            assert (shot.bgr == shot.bgr[0, 0, 0]).all()
            seen.append(int(shot.bgr[0, 0, 0]))
    feed.close()
    return seen


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_of_a_recording_every_frame_comes_whole_and_in_order() -> None:
    feed = ProcessFeed(Numbers, {"frames": 200, "endless": False})
    assert greys(feed) == list(range(200))
    assert (feed.fps, feed.endless, feed.error) == (12.5, False, None)


def test_of_a_camera_the_newest_comes_and_its_number_tells_what_was_skipped() -> None:
    feed = ProcessFeed(Numbers, {"pace_s": 0.005})
    assert feed.wait(20)
    first = feed.take()
    assert first is not None
    second, taken = first, 1
    end_s = time.monotonic() + 30
    while second.number < first.number + 5 and time.monotonic() < end_s:
        time.sleep(0.3)  # some 60 frames; fewer where the machine is busy
        second, taken = feed.take() or second, taken + 1
    feed.close()
    assert second.number - first.number > taken
    assert int(second.bgr[0, 0, 0]) == second.number % 256
    assert first.captured_ns < second.captured_ns < time.perf_counter_ns()


def test_frames_may_grow_and_shrink_on_the_way() -> None:
    heights = (4, 400, 4, 8000, 30, 8000, 2)
    feed = ProcessFeed(Numbers, {"frames": 7, "endless": False, "heights": heights})
    shapes = []
    while feed.wait(20) and (shot := feed.take()) is not None:
        assert (shot.bgr == shot.number).all()
        shapes.append(shot.bgr.shape[0])
    feed.close()
    assert tuple(shapes) == heights


def test_a_frame_that_the_writer_came_round_to_is_not_taken_for_whole() -> None:
    slots = SharedSlots()
    slots.make_room(12)
    out = np.empty((2, 2, 3), np.uint8)
    for number in range(SLOTS):
        slots.write(np.full((2, 2, 3), number, np.uint8), number)
    slots.claim(SLOTS - 1)
    assert slots.copy(0, slots.layout, out)
    assert (out == 0).all()
    slots.claim(SLOTS)
    assert not slots.copy(0, slots.layout, out)
    assert slots.copy(1, slots.layout, out)
    layout = slots.layout
    assert slots.make_room(1 << 20)
    assert not slots.copy(1, layout, out)
    slots.close()
    slots.close()


def test_why_it_did_not_open_comes_over_and_what_a_driver_prints_does_not(capfd: pytest.CaptureFixture[str]) -> None:
    feed = ProcessFeed(refuse, {})
    assert greys(feed) == []
    assert str(feed.error) == "no camera with index 97"
    assert capfd.readouterr() == ("", "")


def test_a_bug_in_a_reader_is_told() -> None:
    feed = ProcessFeed(fail, {})
    assert greys(feed) == []
    assert str(feed.error) == "its reader failed: ZeroDivisionError: a bug"


@pytest.mark.skipif(sys.platform == "win32", reason="crashes with a signal")
def test_a_crash_in_a_decoder_ends_the_reader_only() -> None:
    feed = ProcessFeed(Numbers, {"crash_at": 2, "endless": False})
    assert greys(feed) == [0, 1]
    assert "ended unexpectedly (signal 11)" in str(feed.error)


@LINUX
def test_a_reader_that_hangs_is_killed_and_leaves_no_thread_no_descriptor_and_no_process() -> None:
    before = threading.active_count(), open_files()
    feeds = [ProcessFeed(Numbers, {"hang_at": hang_at}) for hang_at in (0, 1)]
    assert feeds[1].wait(20)
    pids = [feed.pid for feed in feeds]
    for feed in feeds:
        feed.close()
        feed.close()
    assert (threading.active_count(), open_files()) == before
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


@LINUX
def test_a_reader_ends_when_the_process_that_started_it_is_killed() -> None:
    code = (
        "from tests.unit.runtime.test_readerprocess import Numbers\n"
        "from unetkit.runtime.sources.readerprocess import ProcessFeed\n"
        "feed = ProcessFeed(Numbers, {'hang_at': 1})\n"
        "feed.wait(20)\nprint(feed.pid, flush=True)\nimport time; time.sleep(100)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    reader = Path(f"/proc/{int(process.stdout.readline())}")
    assert reader.exists()
    process.kill()
    process.communicate()
    end_s = time.monotonic() + 20
    while reader.exists() and _state(reader) != "Z":
        assert time.monotonic() < end_s
        time.sleep(0.02)


def _state(process: Path) -> str:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


@LINUX
def test_a_reader_that_was_stopped_is_replaced_and_the_source_goes_on() -> None:
    feeds: list[ProcessFeed] = []

    def open_feed() -> ProcessFeed:
        feeds.append(ProcessFeed(Numbers, {"pace_s": 0.01}))
        return feeds[-1]

    source = LiveSource("camera 0", open_feed, patience=Patience(silent_s=0.5, still_s=None))
    os.kill(feeds[0].pid, signal.SIGSTOP)
    indices: list[int] = []
    while not source.outages_s or not indices:
        frame = source.read()
        assert frame is not None
        indices.append(frame.index)
    assert (len(feeds), source.notice) == (2, None)
    assert indices == sorted(set(indices))
    source.close()
