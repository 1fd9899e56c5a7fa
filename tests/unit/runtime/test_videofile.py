"""With how many threads a file is decoded; that it loses nothing stands in test_sources_files."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from unetkit.errors import SourceError
from unetkit.runtime.sources import video
from unetkit.runtime.sources.capture import OpenCvCapture
from unetkit.runtime.sources.video import VideoFile

FRAMES = 40


def write_clip(path: Path) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for index in range(FRAMES):
        writer.write(np.full((48, 64, 3), 6 * index, np.uint8))
    writer.release()
    return path


def turns(decoding: int, waiting: int) -> Callable[[], int]:
    """A clock that is looked at before and after a frame is decoded."""
    steps = itertools.accumulate(itertools.cycle((decoding, waiting)), initial=0)
    return lambda: next(steps)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[OpenCvCapture]:
    """Captures that were opened; each knows its `threads`, None: OpenCV's own number."""
    captures: list[OpenCvCapture] = []

    class Watched(OpenCvCapture):
        def __init__(self, target: str, **options: Any) -> None:
            self.threads = dict(options.get("settings", ())).get(cv2.CAP_PROP_N_THREADS)
            captures.append(self)
            super().__init__(target, **options)

    monkeypatch.setattr(video, "OpenCvCapture", Watched)
    monkeypatch.setattr(video, "usable_cores", lambda: 3)
    return captures


def greys(source: VideoFile) -> list[int]:
    found: list[int] = []
    while (frame := source.read()) is not None:
        assert frame.index == len(found)
        assert frame.at_s == pytest.approx(frame.index / 25)
        found.append(int(frame.bgr[0, 0, 0]))
    source.close()
    return found


@pytest.mark.parametrize(
    ("decoding", "waiting", "threads"),
    [
        (1, 9, [1]),
        (5, 5, [1]),  # the reader takes as long as decoding
        (9, 1, [1, 3]),  # the reader waits for nothing else
    ],
)
def test_one_thread_decodes_until_the_reader_is_seen_to_wait_for_it(
    tmp_path: Path, opened: list[Any], decoding: int, waiting: int, threads: list[int]
) -> None:
    path = write_clip(tmp_path / "clip.avi")
    found = greys(VideoFile(path, clock=turns(decoding, waiting)))
    np.testing.assert_allclose(found, [6 * index for index in range(FRAMES)], atol=2)  # JPEG moves a grey by a step
    assert [capture.threads for capture in opened] == threads


def test_a_file_whose_last_frame_is_another_one_the_second_time_goes_on_as_it_was(
    tmp_path: Path, opened: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenCvCapture, "skip", lambda *_: None)  # so the first frame is taken for the last
    found = greys(VideoFile(write_clip(tmp_path / "clip.avi"), clock=turns(9, 1)))
    np.testing.assert_allclose(found, [6 * index for index in range(FRAMES)], atol=2)
    assert [capture.threads for capture in opened] == [1, 3]


def test_a_file_that_is_gone_when_more_threads_are_wanted_is_read_to_its_end(
    tmp_path: Path, opened: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = VideoFile(write_clip(tmp_path / "clip.avi"), clock=turns(9, 1))

    def gone(*_: object, **__: object) -> None:
        raise SourceError("gone")

    monkeypatch.setattr(video, "OpenCvCapture", gone)
    assert len(greys(source)) == FRAMES
    assert len(opened) == 1


def test_on_one_core_nothing_is_opened_again(
    tmp_path: Path, opened: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video, "usable_cores", lambda: 1)
    assert len(greys(VideoFile(write_clip(tmp_path / "clip.avi"), clock=turns(9, 1)))) == FRAMES
    assert len(opened) == 1


def test_a_reader_that_knows_no_threads_is_asked_without(
    tmp_path: Path, opened: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = cv2.VideoCapture

    def without_settings(target: str, backend: int, settings: list[int]) -> Any:
        return real() if settings else real(target, backend)

    monkeypatch.setattr(cv2, "VideoCapture", without_settings)
    assert len(greys(VideoFile(write_clip(tmp_path / "clip.avi"), clock=turns(1, 9)))) == FRAMES
    assert [capture.threads for capture in opened] == [1, None]
