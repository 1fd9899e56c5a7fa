import json

import cv2
import numpy as np
import pytest

from unetkit.benchmarks.age import AgeObserver, StampedCamera, measure_age
from unetkit.benchmarks.stamp import read_stamp, write_stamp
from unetkit.contract.postprocess import Mask
from unetkit.errors import UsageError
from unetkit.runtime.sources.frame import Frame

HW = (64, 256)


@pytest.mark.parametrize("time_ns", [0, 1_000, 123_456_789_000, (1 << 55) * 1_000])
@pytest.mark.parametrize("quality", [95, 50, 20])
def test_a_time_is_read_from_a_picture_after_jpeg(time_ns: int, quality: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    write_stamp(picture, time_ns + 999)  # kept to the microsecond
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    assert read_stamp(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)) == time_ns


@pytest.mark.parametrize("grey", [0, 90, 255])
def test_a_picture_without_a_time_has_none(grey: int) -> None:
    assert read_stamp(np.full((*HW, 3), grey, np.uint8)) is None
    assert read_stamp(np.full((20, 300, 3), grey, np.uint8)) is None


def test_a_square_that_was_misread_is_noticed() -> None:
    picture = np.zeros((*HW, 3), np.uint8)
    write_stamp(picture, 123_456_789_000)
    missed = 0
    for row in range(4):
        for column in range(16):
            broken = picture.copy()
            square = broken[16 * row : 16 * row + 16, 16 * column : 16 * column + 16]
            square[...] = 255 - square
            missed += read_stamp(broken) is not None
    assert missed <= 1  # a check of eight bits lets one in 256 pass


def test_the_true_age_counts_from_the_exposure_and_our_own_from_decoding() -> None:
    observer = AgeObserver()
    for second in range(3):
        observer._note(second * 10**9, second * 10**9 + 3_000_000, second * 10**9 + 10_000_000)
    observer._note(None, 0, 1)
    observer._note(5, 0, 100 * 10**9)  # a minute and more: no time of this run
    assert observer.true_ns == [10_000_000] * 3
    assert observer.own_ns == [7_000_000] * 3
    assert observer.unreadable == 2


def test_the_first_second_is_not_counted() -> None:
    observer = AgeObserver()
    picture = np.zeros((*HW, 3), np.uint8)
    mask = Mask(labels=picture[..., 0])
    assert observer.show(Frame(bgr=picture, index=0, name="first"), mask, picture)
    assert not observer.true_ns
    assert observer.unreadable == 0


def test_a_loopback_camera_s_frames_are_older_than_we_say_and_by_little() -> None:
    report = measure_age("person", seconds=1.5, size_wh=(320, 240), fps=15)
    assert report.true.n == report.own.n == report.before.n
    assert report.true.n >= 5
    assert report.unreadable == 0
    assert report.before.p50_ms > 0
    assert report.true.p50_ms == pytest.approx(report.own.p50_ms + report.before.p50_ms, rel=1)
    table = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert table["true"]["n"] == report.true.n
    assert sum(line.startswith("| ") for line in report.lines()) == 5


def test_pictures_too_small_for_a_time_are_refused() -> None:
    with pytest.raises(UsageError, match="256x64"):
        measure_age("person", seconds=1, size_wh=(200, 100))


def test_the_camera_stamps_each_picture_anew() -> None:
    with StampedCamera(hw=(64, 256), fps=30) as camera:
        jpegs = [np.frombuffer(camera._picture(index), np.uint8) for index in range(3)]
    times = [read_stamp(np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)) for jpeg in jpegs]
    assert None not in times
    assert times == sorted(set(times), key=lambda each: each or 0)
