import numpy as np
import pytest

from unetkit.contract.arrays import BgrFrame
from unetkit.runtime.sources.picturewatch import PictureWatch

RNG = np.random.default_rng(0)


def noise(low: int, high: int, hw: tuple[int, int] = (240, 320)) -> BgrFrame:
    return RNG.integers(low, high, (*hw, 3), np.uint8)


STILL = noise(0, 256)


def judge(frames: list[BgrFrame], fps: float = 10.0, patience_s: float = 5.0) -> list[str | None]:
    watch = PictureWatch(patience_s)
    return [watch.look(frame, index / fps) for index, frame in enumerate(frames)]


def test_moving_pictures_are_well() -> None:
    assert set(judge([noise(0, 256) for _ in range(80)])) == {None}


def test_the_same_picture_is_reported_when_patience_is_over_and_not_before() -> None:
    said = judge([STILL] * 100)
    assert said[:50] == [None] * 50
    assert set(said[53:]) == {"the picture stands still"}  # it looks every quarter of a second


def test_a_sensor_s_noise_alone_is_life() -> None:
    frames = [np.clip(STILL.astype(int) + RNG.integers(-1, 2, STILL.shape), 0, 255).astype(np.uint8) for _ in range(80)]
    assert set(judge(frames)) == {None}


@pytest.mark.parametrize("frame", [np.zeros((240, 320, 3), np.uint8), np.full((48, 64, 3), 8, np.uint8)])
def test_black_pictures_are_black_even_when_they_also_stand_still(frame: BgrFrame) -> None:
    assert judge([frame] * 80)[-1] == "the picture is black"


def test_black_with_noise_is_black() -> None:
    assert judge([noise(0, 6) for _ in range(80)])[-1] == "the picture is black"


def test_a_dark_scene_with_a_light_in_it_is_not_black() -> None:
    frames = []
    for _ in range(80):
        frame = noise(0, 6)
        frame[100:140, 100:140] = 200
        frames.append(frame)
    assert set(judge(frames)) == {None}


def test_it_is_well_again_with_the_first_picture_that_is_looked_at() -> None:
    said = judge([STILL] * 80 + [noise(0, 256) for _ in range(4)])
    assert (said[79], said[83]) == ("the picture stands still", None)
