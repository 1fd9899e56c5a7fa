from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.runtime.fakes import SPEC, fake_segmenter
from unetkit.contract.arrays import BgrFrame
from unetkit.contract.buffers import Buffers
from unetkit.contract.edges import GuidedFilter
from unetkit.data.scene import scene
from unetkit.studies.edges import accuracy, costs, guided_labels, plain_labels, scored, scored_in_photos
from unetkit.studies.putback import put_back


def _photo() -> tuple[BgrFrame, BgrFrame]:
    """A whole photo of 150x200, and 180 pixels cut from its original of twice the size, reduced to 144."""
    original = scene(4, (300, 400))[0]
    crop = np.asarray(cv2.resize(original[80:260, 100:280], (144, 144), interpolation=cv2.INTER_AREA), np.uint8)
    return crop, np.asarray(cv2.resize(original, (200, 150), interpolation=cv2.INTER_AREA), np.uint8)


def test_a_crop_is_put_back_where_it_was_cut_out() -> None:
    crop, whole = _photo()
    found = put_back(crop, whole)
    assert found is not None
    # 180 of 300 rows are 144 pixels: the frame has 240 rows, the crop begins at 80 and 100 of the original's. One
    # pixel of the whole photo, the search's step, is 1.6 of the frame.
    assert found.frame.shape[0] == pytest.approx(240, abs=3)
    assert found.rows.start == pytest.approx(64, abs=2)
    assert found.columns.start == pytest.approx(80, abs=2)
    np.testing.assert_array_equal(found.frame[found.rows, found.columns], crop)


def test_a_crop_of_another_photo_is_not_found() -> None:
    assert put_back(scene(9, (144, 144))[0], _photo()[1]) is None


def test_both_ways_are_scored_on_the_same_scores(tmp_path: Path) -> None:
    segmenter = fake_segmenter(tmp_path)  # a cat where the blue byte is above 127
    frame = np.zeros((64, 64, 3), np.uint8)
    frame[:, 20:] = 255
    truth = (frame[..., 0] > 127).astype(np.uint8)
    pictures = list(scored(segmenter, [(frame, truth)]))
    plain = accuracy(pictures, SPEC.class_names, lambda each: plain_labels(SPEC, Buffers(), each))
    guided = accuracy(
        pictures, SPEC.class_names, lambda each: guided_labels(SPEC, Buffers(), GuidedFilter(radius_px=2), each)
    )
    # An 8 pixel wide model sees column 20 in the middle of its third: half of it, so its outline may be 4 off.
    assert float(guided[0]) > 0.98
    assert float(guided[0]) >= float(plain[0])


def test_in_a_photo_the_crop_alone_is_scored(tmp_path: Path) -> None:
    crop, whole = _photo()
    truth = np.zeros((144, 144), np.uint8)
    (picture,) = scored_in_photos(
        fake_segmenter(tmp_path), [(crop, truth, whole), (scene(9, (144, 144))[0], truth, whole)]
    )
    assert picture.frame.shape[0] > 200
    assert accuracy([picture], SPEC.class_names, lambda each: np.zeros(each.frame.shape[:2], np.uint8))[0] == "1.0000"


def test_costs_are_medians_and_the_middle_half_of_differences(tmp_path: Path) -> None:
    ticks = iter(range(0, 10**9, 2_000_000))  # every look at the clock is 2 ms after the one before
    rows = list(costs(fake_segmenter(tmp_path), np.zeros((30, 40, 3), np.uint8), rounds=3, clock=lambda: next(ticks)))
    assert rows[0] == ["640x480", "2.00", "2.00", "+0.00 (0.00 to 0.00)"]
    assert [row[0] for row in rows] == ["640x480", "1280x720", "1920x1080"]
