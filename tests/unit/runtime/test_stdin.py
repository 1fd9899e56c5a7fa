import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from unetkit.errors import SourceError, UsageError
from unetkit.runtime.sources.cameramode import CameraMode
from unetkit.runtime.sources.live import Patience
from unetkit.runtime.sources.rawformat import RAW_FORMATS, raw_format
from unetkit.runtime.sources.stdin import open_stdin

HW = (48, 64)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    for end in (reader, writer):
        try:
            os.close(end)
        except OSError:
            continue


def jpeg_of(grey: int) -> bytes:
    return cv2.imencode(".jpg", np.full((*HW, 3), grey, np.uint8))[1].tobytes()


def send(writer: int, data: bytes) -> threading.Thread:
    """Write all of it and close, in a thread: a pipe holds 64 KiB only."""

    def run() -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(writer, view) :]
        os.close(writer)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_of_piped_jpegs_every_one_is_read_where_none_may_be_lost(pipe: tuple[int, int]) -> None:
    send(pipe[1], b"".join(jpeg_of(index) for index in range(100)))
    source = open_stdin(live=False, descriptor=pipe[0])
    assert (source.live, source.hw) == (False, HW)
    greys = []
    while (frame := source.read()) is not None:
        greys.append(int(frame.bgr[0, 0, 0]))
    source.close()
    assert np.abs(np.array(greys) - np.arange(100)).max() <= 1  # JPEG of a uniform grey is exact to a step
    assert source.dropped == 0


def test_a_jpeg_that_cannot_be_decoded_is_passed_over(pipe: tuple[int, int]) -> None:
    broken = b"\xff\xd8\xff\xd9"
    send(pipe[1], jpeg_of(10) + broken + jpeg_of(30))
    source = open_stdin(live=False, descriptor=pipe[0])
    frames = [source.read(), source.read(), source.read()]
    source.close()
    assert [None if frame is None else int(frame.bgr[0, 0, 0]) // 10 for frame in frames] == [1, 3, None]


def test_raw_frames_have_the_size_and_format_that_they_are_said_to_have(pipe: tuple[int, int]) -> None:
    rgb = np.zeros((3, *HW, 3), np.uint8)
    rgb[..., 0] = 200
    rgb[1, 10, 20] = (1, 2, 3)
    send(pipe[1], rgb.tobytes() + b"a part of the next")
    mode = CameraMode(hw=HW, fps=12.5, pixel_format="rgb24")
    source = open_stdin(live=False, mode=mode, descriptor=pipe[0])
    frames = [source.read() for _ in range(4)]
    source.close()
    assert source.fps == 12.5
    assert frames[3] is None
    for index in range(3):
        frame = frames[index]
        assert frame is not None
        assert np.array_equal(frame.bgr, rgb[index][..., ::-1])


@pytest.mark.parametrize("name", RAW_FORMATS)
def test_a_uniform_frame_of_every_raw_format_is_the_colour_it_was(name: str) -> None:
    # Grey 126 in each: luma 16 + 219/255 * 126 = 124.2 of studio range, chroma 128.
    byte = {"yuyv422": 124, "yuv420p": 124, "nv12": 124}.get(name, 126)
    form = raw_format(name, HW)
    data = np.full(form.size_bytes(HW), byte, np.uint8)
    if name == "yuyv422":
        data[1::2] = 128
    elif name in {"yuv420p", "nv12"}:
        data[HW[0] * HW[1] :] = 128
    bgr = form.decode(data.tobytes(), HW)
    assert bgr.shape == (*HW, 3)
    assert np.abs(bgr.astype(int) - 126).max() <= 1


@pytest.mark.parametrize(
    ("name", "hw", "words"),
    [("rgb", HW, "expected one of bgr24"), ("nv12", (47, 64), "even size"), ("yuyv422", (48, 63), "even size")],
)
def test_a_raw_format_that_makes_no_sense_is_refused(name: str, hw: tuple[int, int], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_stdin(live=True, mode=CameraMode(hw=hw, pixel_format=name), descriptor=0)


def test_nothing_on_standard_input_is_an_error(pipe: tuple[int, int]) -> None:
    os.close(pipe[1])
    with pytest.raises(SourceError, match="standard input ended before its first frame"):
        open_stdin(live=True, descriptor=pipe[0])


def test_a_silent_pipe_is_given_up_and_leaves_no_thread(pipe: tuple[int, int]) -> None:
    before = threading.active_count()
    with pytest.raises(SourceError, match="standard input did not deliver a frame"):
        open_stdin(live=True, patience=Patience(first_s=0.1), descriptor=pipe[0])
    assert threading.active_count() == before


def test_a_terminal_is_refused() -> None:
    master, slave = os.openpty()
    with pytest.raises(SourceError, match="is a terminal"):
        open_stdin(live=True, descriptor=slave)
    os.close(master)
    os.close(slave)


def test_a_live_pipe_gives_the_newest_frame(pipe: tuple[int, int]) -> None:
    for grey in range(20):
        os.write(pipe[1], jpeg_of(10 * grey))
    source = open_stdin(live=True, descriptor=pipe[0])
    indices = [0]
    while indices[-1] < 19:  # at the first look already, but where the machine is busy
        time.sleep(0.3)
        frame = source.read()
        assert frame is not None
        indices.append(frame.index)
    source.close()
    assert source.dropped == 20 - len(indices[1:])
    assert source.dropped > 0


def test_the_video_command_takes_every_frame_from_a_pipe(tmp_path: Path) -> None:
    code = (
        "from unetkit.runtime.sources.opening import open_source\n"
        "source, n = open_source('-', every_frame=True), 0\n"
        "while source.read() is not None: n += 1\nprint(n)"
    )
    data = b"".join(jpeg_of(index) for index in range(50))
    run = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert run.stdout.split() == [b"50"]
