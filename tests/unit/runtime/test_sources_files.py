import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from unetkit.data.scene import scene
from unetkit.errors import DataError, SourceError, UnetkitError
from unetkit.runtime.sources.frame import Frame, FrameSource
from unetkit.runtime.sources.opening import open_source, refuse_missing

DATA = os.environ.get("UNETKIT_DATA")


def write_clip(path: Path, frames: int = 30, fps: float = 12.5) -> Path:
    """Frame i is uniformly grey, 8 * i."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, (64, 48))
    for index in range(frames):
        writer.write(np.full((48, 64, 3), 8 * index, np.uint8))
    writer.release()
    return path


def write_picture(path: Path, grey: int = 90) -> Path:
    path.write_bytes(cv2.imencode(path.suffix, np.full((5, 7, 3), grey, np.uint8))[1].tobytes())
    return path


def all_of(source: FrameSource) -> list[Frame]:
    frames = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def test_a_video_file_loses_no_frame(tmp_path: Path) -> None:
    source = open_source(str(write_clip(tmp_path / "clip.avi")))
    assert (source.live, source.fps, source.hw) == (False, 12.5, (48, 64))
    frames = all_of(source)
    assert [frame.index for frame in frames] == list(range(30))
    assert [frame.name for frame in frames[:2]] == ["clip_000000", "clip_000001"]
    # MJPEG of a uniform grey is exact to a step or two
    assert all(abs(int(frame.bgr[0, 0, 0]) - 8 * frame.index) <= 2 for frame in frames)
    assert source.dropped == 0
    assert source.read() is None


def test_a_video_that_was_cut_off_gives_the_frames_it_has(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi")
    data = clip.read_bytes()
    clip.write_bytes(data[: len(data) // 2])
    assert 1 <= len(all_of(open_source(str(clip)))) < 30


@pytest.mark.skipif(not DATA, reason="needs the videos of $UNETKIT_DATA")
def test_the_container_s_frame_count_is_not_believed() -> None:
    clip = Path(str(DATA)) / "videos" / "again.mkv"
    if not clip.is_file():
        pytest.skip(f"no {clip}")
    capture = cv2.VideoCapture(str(clip))
    assert capture.get(cv2.CAP_PROP_FRAME_COUNT) == 78
    assert len(all_of(open_source(str(clip)))) == 77


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone.mp4", None, "no such source: '.*gone.mp4'"),
        ("empty.mp4", b"", "is empty"),
        ("text.mp4", b"not a video at all\n" * 500, "is not a video"),
        ("noise.mkv", bytes(range(256)) * 200, "is not a video"),
    ],
)
def test_what_is_no_video_gets_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, content: bytes | None, words: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=words) as caught:
        open_source(str(tmp_path / name))
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("text", ["", "nothing/here", "-1", "0x1", "synthetic:", "synthetic:0"])
def test_what_names_no_source_is_refused(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(text)
    assert caught.value.exit_code == 3


def test_a_folder_gives_its_pictures_by_name_whatever_the_script(tmp_path: Path) -> None:
    for grey, name in ((30, "c.PNG"), (10, "a.png"), (20, "b äöü 猫.bmp"), (99, ".hidden.png")):
        write_picture(tmp_path / name, grey)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "folder.png").mkdir()
    source = open_source(str(tmp_path))
    assert (source.live, source.fps) == (False, None)
    frames = all_of(source)
    assert [(frame.name, int(frame.bgr[0, 0, 0])) for frame in frames] == [("a", 10), ("b äöü 猫", 20), ("c", 30)]
    assert frames[0].bgr.shape == (5, 7, 3)


def test_pictures_of_one_stem_keep_different_names(tmp_path: Path) -> None:
    for name in ("a.png", "a.bmp", "b.png"):
        write_picture(tmp_path / name)
    assert [frame.name for frame in all_of(open_source(str(tmp_path)))] == ["a.bmp", "a.png", "b"]


def test_one_picture_is_a_source_of_one_frame(tmp_path: Path) -> None:
    frames = all_of(open_source(str(write_picture(tmp_path / "one.png", 77))))
    assert [(frame.name, int(frame.bgr[0, 0, 0])) for frame in frames] == [("one", 77)]


def test_a_grey_picture_becomes_bgr(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    path.write_bytes(cv2.imencode(".png", np.full((5, 7), 3, np.uint8))[1].tobytes())
    assert all_of(open_source(str(path)))[0].bgr.shape == (5, 7, 3)


@pytest.mark.parametrize("cut", [0, 1, 2])
def test_a_broken_picture_is_an_error_that_names_it(tmp_path: Path, cut: int) -> None:
    rng = np.random.default_rng(0)
    data = cv2.imencode(".jpg", rng.integers(0, 256, (60, 60, 3), np.uint8))[1].tobytes()
    (tmp_path / "broken.jpg").write_bytes(data[: cut * len(data) // 3])
    source = open_source(str(tmp_path))
    with pytest.raises(DataError, match=r"broken\.jpg"):
        source.read()


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UnetkitError, match=r"no picture or video in .*expected files ending in"):
        open_source(str(tmp_path))


def test_a_synthetic_clip_has_its_frames_and_is_the_same_every_time() -> None:
    first, second = all_of(open_source("synthetic:3")), all_of(open_source("synthetic:3"))
    assert [frame.index for frame in first] == [0, 1, 2]
    assert all(np.array_equal(a.bgr, b.bgr) for a, b in zip(first, second, strict=True))
    assert np.array_equal(first[2].bgr, scene(0, (480, 640), t=2 / 30)[0])


def test_a_pattern_means_its_pictures_wherever_they_are_and_their_names_stay_distinct(tmp_path: Path) -> None:
    for folder, grey in (("a", 10), ("b", 20)):
        (tmp_path / folder).mkdir()
        write_picture(tmp_path / folder / "same.png", grey)
    write_picture(tmp_path / "a" / "other.png", 15)
    frames = all_of(open_source(str(tmp_path / "*" / "*.png")))
    assert [(frame.name, int(frame.bgr[0, 0, 0])) for frame in frames] == [
        ("other", 15),
        ("a_same.png", 10),
        ("b_same.png", 20),
    ]


def test_videos_and_pictures_of_a_folder_come_one_after_the_other(tmp_path: Path) -> None:
    write_clip(tmp_path / "1.avi", frames=3)
    write_picture(tmp_path / "2.png", 99)
    write_clip(tmp_path / "3.avi", frames=2)
    source = open_source(str(tmp_path))
    assert (source.live, source.fps, source.hw) == (False, 12.5, (48, 64))
    frames = all_of(source)
    assert [frame.index for frame in frames] == list(range(6))
    assert [frame.name for frame in frames] == ["1_000000", "1_000001", "1_000002", "2", "3_000000", "3_000001"]
    assert source.read() is None


def test_a_pattern_that_fits_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no picture or video in"):
        open_source(str(tmp_path / "*.mp4"))


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    write_picture(tmp_path / "a[1].png", 77)
    write_picture(tmp_path / "a1.png", 11)
    assert [int(frame.bgr[0, 0, 0]) for frame in all_of(open_source(str(tmp_path / "a[1].png")))] == [77]


def test_the_frames_of_a_video_tell_when_they_are_to_be_seen(tmp_path: Path) -> None:
    times = [frame.at_s for frame in all_of(open_source(str(write_clip(tmp_path / "clip.avi", frames=5))))]
    assert times == pytest.approx([0, 0.08, 0.16, 0.24, 0.32])


@pytest.mark.parametrize(
    "text",
    [
        "picamera:1",
        "screen:1:640x480",
        "rtsp://host/door",
        "-",
        "synthetic:9",
        "*.mp4",
    ],
)
def test_what_is_neither_a_file_nor_a_camera_is_told_of_when_it_is_opened(text: str) -> None:
    refuse_missing(text)


def test_a_file_that_is_not_there_is_refused_without_opening_anything(tmp_path: Path) -> None:
    refuse_missing(str(write_picture(tmp_path / "a[1].png")))
    with pytest.raises(SourceError, match="no such source"):
        refuse_missing(str(tmp_path / "b.png"))
