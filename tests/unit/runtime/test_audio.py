import os
import shutil
import stat
import subprocess
import wave
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import make_frame
from unetkit.contract.postprocess import Mask
from unetkit.runtime.sinks.video_file import VideoFileSink

MASK = Mask(labels=np.zeros((48, 64), np.uint8))
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")


def write(path: Path, audio_from: Path | None, frames: int = 50) -> None:
    sink = VideoFileSink(path, fps=25, audio_from=audio_from)
    for index in range(frames):
        frame = make_frame(index, grey=4 * index, hw=(48, 64))
        sink.show(frame, MASK, frame.bgr)
    sink.close()


def frames_in(path: Path) -> int:
    capture, frames = cv2.VideoCapture(str(path)), 0
    while capture.read()[0]:
        frames += 1
    return frames


def with_tone(folder: Path, suffix: str) -> Path:
    """A clip of two seconds with a tone."""
    write(folder / f"silent{suffix}", None)
    samples = (8000 * np.sin(np.arange(2 * 8000) * 2 * np.pi * 440 / 8000)).astype("<i2")
    with wave.open(str(folder / "tone.wav"), "wb") as file:
        file.setparams((1, 2, 8000, len(samples), "NONE", "none"))
        file.writeframes(samples.tobytes())
    clip = folder / f"clip{suffix}"
    inputs: list[str | Path] = [
        "-i",
        folder / f"silent{suffix}",
        "-i",
        folder / "tone.wav",
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-c:v",
        "copy",
    ]
    subprocess.run(["ffmpeg", "-v", "error", *inputs, clip], check=True)
    return clip


def streams(path: Path) -> str:
    return subprocess.run(["ffmpeg", "-i", path], capture_output=True, text=True, check=False).stderr


@needs_ffmpeg
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".webm"])
@pytest.mark.parametrize("original", [".mp4", ".avi"])
def test_the_sound_of_a_file_is_in_the_video_made_of_it(tmp_path: Path, original: str, suffix: str) -> None:
    (tmp_path / "in").mkdir()
    clip = with_tone(tmp_path / "in", original)
    write(tmp_path / f"out{suffix}", clip)
    told = streams(tmp_path / f"out{suffix}")
    assert "Audio: " in told
    assert "Video: " in told
    assert frames_in(tmp_path / f"out{suffix}") >= 49  # the shorter of both ends it: an audio frame early, at most
    assert sorted(file.name for file in tmp_path.iterdir()) == ["in", f"out{suffix}"]


@needs_ffmpeg
def test_a_file_without_sound_stays_without(tmp_path: Path) -> None:
    write(tmp_path / "silent.mp4", None)
    write(tmp_path / "out.mp4", tmp_path / "silent.mp4")
    assert "Audio: " not in streams(tmp_path / "out.mp4")
    assert frames_in(tmp_path / "out.mp4") == 50


@pytest.mark.parametrize("script", [None, "#!/bin/sh\necho no such codec >&2\nexit 1\n"])
@pytest.mark.skipif(os.name == "nt", reason="a shell script")
def test_without_ffmpeg_or_where_it_fails_the_video_is_whole_and_silent(
    tmp_path: Path, script: str | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    if script is not None:
        (tools / "ffmpeg").write_text(script)
        (tools / "ffmpeg").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tools))
    caplog.set_level("INFO")
    write(tmp_path / "out.mp4", tmp_path / "original.mp4", frames=5)
    assert frames_in(tmp_path / "out.mp4") == 5
    assert "without the sound of" in caplog.text
    assert ("no such codec" in caplog.text) is (script is not None)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out.mp4", "tools"]
