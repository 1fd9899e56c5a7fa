"""RTSP, HLS and recordings over HTTP, from servers on loopback."""

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.rtsp_server import serving_rtsp
from unetkit.errors import MissingDependencyError, SourceError, UsageError
from unetkit.runtime.sources import screen
from unetkit.runtime.sources.opening import open_source

FPS = 20


def write_clip(path: Path, greys: range, codec: str = "mp4v") -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), FPS, (64, 48))
    assert writer.isOpened()
    for grey in greys:
        writer.write(np.full((48, 64, 3), grey, np.uint8))
    writer.release()
    return path


@contextlib.contextmanager
def serving_folder(folder: Path) -> Iterator[str]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=folder))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def playlist(segments: list[str], *, ended: bool) -> str:
    head = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", "#EXT-X-MEDIA-SEQUENCE:0"]
    body = [line for name in segments for line in ("#EXTINF:1.0,", name)]
    return "\n".join([*head, *body, *(["#EXT-X-ENDLIST"] if ended else [])]) + "\n"


def test_an_rtsp_camera_is_live(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.ts", range(60, 160, 2))
    with serving_rtsp(clip, seconds=2.5) as url:
        source = open_source(url)
        frames = [source.read() for _ in range(5)]
        source.close()
    assert (source.live, source.hw) == (True, (48, 64))
    greys = [int(frame.bgr[20, 20, 0]) for frame in frames if frame is not None]
    assert len(greys) == 5
    assert all(55 <= grey <= 165 for grey in greys)


def test_a_finished_hls_recording_is_read_whole(tmp_path: Path) -> None:
    names = [f"part{index}.ts" for index in range(3)]
    for index, name in enumerate(names):
        write_clip(tmp_path / name, range(40 + 60 * index, 40 + 60 * index + FPS))
    (tmp_path / "all.m3u8").write_text(playlist(names, ended=True))
    with serving_folder(tmp_path) as url:
        source = open_source(f"{url}/all.m3u8")
        frames = 0
        while source.read() is not None:
            frames += 1
        source.close()
    assert (source.live, frames, source.dropped) == (False, 60, 0)


def test_a_live_hls_stream_is_shown_at_its_pace_and_not_in_bursts(tmp_path: Path) -> None:
    names = [f"part{index}.ts" for index in range(3)]
    for index, name in enumerate(names):
        write_clip(tmp_path / name, range(40 + 60 * index, 40 + 60 * index + FPS))
    (tmp_path / "live.m3u8").write_text(playlist(names, ended=False))
    with serving_folder(tmp_path) as url:
        source = open_source(f"{url}/live.m3u8")
        captured_ns = []
        for _ in range(15):
            frame = source.read()
            assert frame is not None
            captured_ns.append(frame.captured_ns)
        source.close()
    assert source.live
    # In one burst, 15 frames of so small a picture take some 10 ms; at their pace 700 ms.
    assert captured_ns[-1] - captured_ns[0] > 350e6


def test_a_recording_over_http_loses_no_frame(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", range(40, 140))
    with serving_folder(tmp_path) as url:
        source = open_source(f"{url}/clip.mp4")
        greys = []
        while (frame := source.read()) is not None:
            greys.append(int(frame.bgr[20, 20, 0]))
            time.sleep(0.001)
        source.close()
    assert (source.live, len(greys), source.dropped) == (False, 100, 0)
    assert np.abs(np.array(greys) - np.arange(40, 140)).max() <= 6  # a lossy codec


@pytest.mark.parametrize("text", ["screen:x", "screen:1:640x480", "screen:100000", "screen:1:640x480+5"])
def test_a_screen_that_is_written_otherwise_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected screen, screen:2 or"):
        open_source(text)


def test_the_screen_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match=r'pip install "unetkit\[screen\]"'):
        open_source("screen")


@pytest.fixture
def white_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A virtual screen of 800x600, white all over."""
    if find_spec("mss") is None:
        pytest.skip("needs the package mss")
    if shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb")
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "800x600x24", "-wr", "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as numbers:
        monkeypatch.setenv("DISPLAY", f":{numbers.readline().strip()}")
    yield
    server.terminate()
    server.wait()


@pytest.mark.usefixtures("white_screen")
def test_the_screen_or_a_part_of_it_is_a_source() -> None:
    for text, hw in (("screen", (600, 800)), ("screen:1:64x48+100+50", (48, 64))):
        source = open_source(text)
        frame = source.read()
        source.close()
        assert frame is not None
        assert (source.live, frame.bgr.shape[:2]) == (True, hw)
        assert frame.bgr[10, 10].tolist() == [255, 255, 255]
    with pytest.raises(SourceError, match="no screen 5; there are 1"):
        open_source("screen:5")


@pytest.mark.skipif(sys.platform != "linux" or find_spec("mss") is None, reason="needs Linux and mss")
def test_a_screen_without_a_display_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(SourceError, match="the screen cannot be read"):
        open_source("screen")
