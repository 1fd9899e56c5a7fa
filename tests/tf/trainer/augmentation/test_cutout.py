"""Cutout: the hole and nothing else is filled, and its labels are ignored."""

import numpy as np
import pytest

from unetkit.contract.spec import IGNORE_LABEL
from unetkit.trainer.augmentation.cutout import cut, random_holes

pytestmark = pytest.mark.tf


@pytest.mark.parametrize(
    ("hole", "area"),
    [
        ((2, 3, 6, 10), 28),
        ((0, 0, 8, 12), 96),
        ((-3, -5, 2, 4), 8),
        ((6, 9, 20, 20), 6),
        ((4, 4, 4, 4), 0),
        ((-4, 0, 0, 12), 0),
    ],
    ids=["inside", "all of it", "over the upper left edge", "over the lower right edge", "empty", "beside the picture"],
)
def test_a_hole_covers_its_pixels_and_ignores_their_labels(hole: tuple[int, ...], area: int) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (1, 8, 12, 3)).astype(np.float32)
    labels = np.ones((1, 8, 12), np.uint8)
    cut_frames, cut_labels = (part.numpy() for part in cut(frames, labels, np.array([hole], np.int32), 127.5))
    covered = cut_labels == IGNORE_LABEL
    assert covered.sum() == area
    assert (cut_frames[covered] == 127.5).all()
    np.testing.assert_array_equal(cut_frames[~covered], frames[~covered])
    np.testing.assert_array_equal(cut_labels[~covered], 1)


@pytest.mark.parametrize(("strength", "largest"), [(1.0, (24, 36)), (0.5, (12, 18))])
def test_three_pictures_in_ten_have_a_hole_of_up_to_the_strengths_share(
    strength: float, largest: tuple[int, int]
) -> None:
    import tensorflow as tf

    shape = tf.constant([1000, 40, 60])
    holes = random_holes(shape, strength=strength, generator=tf.random.Generator.from_seed(0)).numpy()
    sides = holes[:, 2:] - holes[:, :2]
    assert (sides >= 0).all()
    # 300 expected, deviation 14; the few below a pixel are rounded away.
    assert 230 < (sides > 0).all(1).sum() < 350
    np.testing.assert_array_less(sides.max(0), np.add(largest, 2))  # both ends are rounded
    np.testing.assert_array_less(np.subtract(largest, 3), sides.max(0))
