from pathlib import Path

import cv2
import numpy as np
import pytest

from unetkit.benchmarks.frames import FRAMES, GENERATED_HW, FrameSet, bench_frames
from unetkit.data.scene import scene
from unetkit.errors import DataError, SourceError


def write_pictures(folder: Path, *shapes: tuple[int, int]) -> Path:
    for index, shape in enumerate(shapes):
        cv2.imwrite(str(folder / f"{index}.png"), np.full((*shape, 3), 40 + index, np.uint8))
    return folder


def test_without_a_source_frames_are_generated_at_camera_size() -> None:
    frames = bench_frames(None)
    assert len(frames.frames) == FRAMES
    assert frames.sizes_hw == (GENERATED_HW,) == ((480, 640),)
    assert frames.origin == "generated scene"


def test_generated_frames_are_one_moving_scene_and_the_same_every_time() -> None:
    first, second = (FrameSet.generated(count=3, hw=(32, 48)) for _ in range(2))
    for index, (one, other) in enumerate(zip(first.frames, second.frames, strict=True)):
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one, scene(0, (32, 48), t=index / 30)[0])
    assert (first.frames[0] != first.frames[2]).any()


def test_frames_of_a_folder_are_its_pictures_and_their_sizes_are_told_once_each(tmp_path: Path) -> None:
    frames = bench_frames(str(write_pictures(tmp_path, (8, 9), (8, 9), (6, 5))))
    assert [int(frame[0, 0, 0]) for frame in frames.frames] == [40, 41, 42]
    assert frames.sizes_hw == ((8, 9), (6, 5))
    assert str(tmp_path) in frames.origin


def test_no_more_frames_are_read_than_are_asked_for(tmp_path: Path) -> None:
    assert len(FrameSet.read(str(write_pictures(tmp_path, *[(4, 4)] * 5)), count=2).frames) == 2


@pytest.mark.parametrize(("name", "error"), [("nowhere", SourceError), ("", DataError)])
def test_a_source_that_is_not_there_or_holds_nothing_is_an_error(
    tmp_path: Path, name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        bench_frames(str(tmp_path / name))
