"""Recordings of live pictures: in step with time, after a crash, on a full disk."""

import os
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import make_frame
from unetkit.contract.postprocess import Mask
from unetkit.errors import OutputError
from unetkit.runtime.sinks.recording import RecordingSink, part_file

MASK = Mask(labels=np.zeros((48, 64), np.uint8))
RECORD_AND_DIE = """
import os, signal, sys
import numpy as np
from pathlib import Path
from tests.unit.runtime.fakes import make_frame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.sinks.recording import RecordingSink

sink = RecordingSink(Path(sys.argv[1]), fps=30)
noise = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
for index in range(180):
    frame = make_frame(index, captured_ns=index * 10**9 // 30)
    sink.show(frame, Mask(labels=np.zeros((240, 320), np.uint8)), np.roll(noise, index, axis=1))
os.kill(os.getpid(), signal.SIGKILL)
"""


class Clock:
    now_s = 0.0

    def __call__(self) -> int:
        return round(self.now_s * 1e9)


def show(sink: RecordingSink, grey: int, at_s: float, hw: tuple[int, int] = (48, 64)) -> None:
    frame = make_frame(grey=grey, hw=hw, captured_ns=round(at_s * 1e9))
    assert sink.show(frame, MASK, frame.bgr)


def greys_in(path: Path) -> list[int]:
    capture, greys = cv2.VideoCapture(str(path)), []
    while (read := capture.read())[0]:
        greys.append(int(read[1][24, 32, 0]))
    return greys


def frames_in(path: Path) -> int:
    return len(greys_in(path))


def test_each_moment_of_the_file_shows_the_newest_picture_of_that_moment(tmp_path: Path) -> None:
    path = tmp_path / "out.avi"
    sink = RecordingSink(path, fps=10)
    # The slots are 0, .1, .2, .3, .4 s: the first picture is the newest until .25, the one at .26 at .3.
    for at_s, grey in ((5.0, 0), (5.25, 50), (5.26, 100), (5.4, 150)):
        show(sink, grey, at_s)
    assert [file.name for file in tmp_path.iterdir()] == ["out.part.avi"]
    sink.close()
    sink.close()
    assert [file.name for file in tmp_path.iterdir()] == ["out.avi"]
    assert np.abs(np.array(greys_in(path)) - [0, 0, 0, 100, 150]).max() <= 3
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FPS) == pytest.approx(10)


def test_an_outage_is_in_the_file_with_its_notice_and_as_long_as_it_was(tmp_path: Path) -> None:
    clock = Clock()
    sink = RecordingSink(tmp_path / "out.avi", fps=10, now_ns=clock)
    show(sink, 0, 0.0)
    noticed = np.full((48, 64, 3), 200, np.uint8)
    for tick in range(1, 61):  # three seconds, of which the last is not filled yet: a frame may be under way
        clock.now_s = tick / 20
        assert sink.idle(noticed if tick > 20 else None)
    show(sink, 50, 3.0)
    sink.close()
    greys = np.array(greys_in(tmp_path / "out.avi"))
    assert len(greys) == 31
    assert np.abs(greys[:1] - 0).max() <= 3
    assert np.abs(greys[3:30] - 200).max() <= 3
    assert abs(greys[30] - 50) <= 3


def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "out.mkv")
    assert sink.idle(None)
    sink.close()
    assert list(tmp_path.iterdir()) == []


def test_frames_of_another_size_are_fitted_into_the_first_one_s(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "out.avi", fps=10)
    show(sink, 100, 0.0)
    show(sink, 200, 0.1, hw=(96, 64))
    show(sink, 100, 0.2)
    sink.close()
    assert frames_in(tmp_path / "out.avi") == 3


@pytest.mark.skipif(sys.platform == "win32", reason="kills with a signal")
@pytest.mark.parametrize(
    ("suffix", "part_suffix"), [(".avi", ".avi"), (".mkv", ".mkv"), (".mp4", ".ismv"), (".webm", ".webm")]
)
def test_a_recording_plays_after_its_process_was_killed(tmp_path: Path, suffix: str, part_suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    run = subprocess.run([sys.executable, "-c", RECORD_AND_DIE, str(path)], cwd=Path(__file__).parents[3], check=False)
    assert run.returncode == -signal.SIGKILL
    assert [file.name for file in tmp_path.iterdir()] == [f"out.part{part_suffix}"]
    assert frames_in(tmp_path / f"out.part{part_suffix}") >= 80  # of 180: the last are in a buffer yet


def test_what_a_crash_left_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "out.part.mkv").write_bytes(b"left by a crash")
    sink = RecordingSink(tmp_path / "out.mkv", fps=10)
    show(sink, 100, 0.0)
    assert (tmp_path / "out.part2.mkv").exists()
    sink.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.mkv", "out.part.mkv"]
    assert (tmp_path / "out.part.mkv").read_bytes() == b"left by a crash"


Usage = namedtuple("Usage", "total used free")


def test_a_disk_that_fills_ends_the_recording_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    free = [50_000_000]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, free[0]))
    path = tmp_path / "out.mkv"
    sink = RecordingSink(path, fps=10, reserve_bytes=1_000_000)
    for index in range(10):
        show(sink, 100, index / 10)
    free[0] = 999_999
    for index in range(10, 20):
        show(sink, 100, index / 10)
        assert sink.idle(None)
    sink.close()
    assert "disk full: the recording" in caplog.text
    assert frames_in(path) == 10
    assert [file.name for file in tmp_path.iterdir()] == ["out.mkv"]


def test_a_disk_that_is_full_from_the_start_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 10))
    sink = RecordingSink(tmp_path / "out.mkv")
    with pytest.raises(OutputError, match="disk full"):
        show(sink, 100, 0.0)
    sink.close()
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file" / "out.mkv", Path(os.devnull) / "out.mkv"):
        with pytest.raises(OutputError, match=r"cannot write .*out\.mkv"):
            part_file(path)


def test_an_mp4_is_written_in_fragments_and_named_as_any_other(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "out.mp4", fps=10)
    for index in range(30):
        show(sink, 100, index / 10)
    sink.close()
    assert [file.name for file in tmp_path.iterdir()] == ["out.mp4"]
    data = (tmp_path / "out.mp4").read_bytes()
    assert data[4:12] == b"ftypisom"
    assert data.count(b"moof") >= 2  # MPEG-4 begins a group of pictures every twelve
    assert frames_in(tmp_path / "out.mp4") == 30
