"""One look through a transform: pictures, masks and soft scores arrive together, where arithmetic says."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.contract.spec import IGNORE_LABEL
from unetkit.trainer.augmentation.geometry import Sampled, random_transforms, sample

pytestmark = pytest.mark.tf

HW = (40, 56)
IDENTITY = (1.0, 0, 0, 0, 1, 0)


def _seen(plane: Any, labels: Any, transform: tuple[float, ...]) -> tuple[Any, Any, Any]:
    """One picture whose three channels are equal, through one transform: channel, labels and coverage."""
    frames = np.repeat(np.asarray(plane, np.uint8)[np.newaxis, ..., np.newaxis], 3, -1)
    seen = sample(frames, np.asarray(labels, np.uint8)[np.newaxis], None, np.array([transform], np.float32))
    assert seen.soft is None
    return seen.planes[0].numpy()[0], seen.labels.numpy()[0], seen.coverage.numpy()[0]


def _drawn(count: int, strength: float, *, upright: bool = True, seed: int = 0) -> NDArray[np.float32]:
    import tensorflow as tf

    generator = tf.random.Generator.from_seed(seed)
    shape = tf.constant([count, *HW])
    transforms = random_transforms(shape, strength=strength, upright=upright, generator=generator)
    return transforms.numpy()  # type: ignore[no-any-return]


PLANE = [[0, 100, 200], [30, 60, 90]]
LABELS = [[0, 1, 2], [3, 4, 5]]
NONE = IGNORE_LABEL
WHOLE = [[1, 1, 1], [1, 1, 1]]


@pytest.mark.parametrize(
    ("transform", "plane", "labels", "coverage"),
    [
        (IDENTITY, PLANE, LABELS, WHOLE),
        ((-1.0, 0, 2, 0, 1, 0), [[200, 100, 0], [90, 60, 30]], [[2, 1, 0], [5, 4, 3]], WHOLE),
        ((1.0, 0, 1, 0, 1, 0), [[100, 200, 200], [60, 90, 90]], [[1, 2, NONE], [4, 5, NONE]], [[1, 1, 0], [1, 1, 0]]),
        ((1.0, 0, 0, 0, 1, -1), [[0, 100, 200], [0, 100, 200]], [[NONE] * 3, [0, 1, 2]], [[0, 0, 0], [1, 1, 1]]),
        ((1.0, 0, 0.25, 0, 1, 0), [[25, 125, 200], [37.5, 67.5, 90]], LABELS, [[1, 1, 0.75], [1, 1, 0.75]]),
        ((0.5, 0, 0.25, 0, 1, 0), [[25, 75, 125], [37.5, 52.5, 67.5]], [[0, 1, 1], [3, 4, 4]], WHOLE),
        ((0.0, 1, 0, 1, 0, 0), [[0, 30, 30], [100, 60, 60]], [[0, 3, NONE], [1, 4, NONE]], [[1, 1, 0], [1, 1, 0]]),
    ],
    ids=["identity", "mirror", "a pixel to the left", "a pixel down", "a quarter to the left", "zoom", "transposed"],
)
def test_a_transform_shows_what_hand_arithmetic_says(
    transform: tuple[float, ...], plane: Any, labels: Any, coverage: Any
) -> None:
    found_plane, found_labels, found_coverage = _seen(PLANE, LABELS, transform)
    np.testing.assert_allclose(found_plane, plane, atol=1e-4)
    np.testing.assert_array_equal(found_labels, labels)
    np.testing.assert_allclose(found_coverage, coverage, atol=1e-6)


def test_mask_and_soft_scores_stay_glued_to_the_picture() -> None:
    """The picture tells where each of its pixels comes from: blue is twice its column, green four times its row."""
    rows, columns = np.indices(HW)
    count = 32
    frames = np.repeat(np.stack([2 * columns, 4 * rows, 0 * rows], -1).astype(np.uint8)[np.newaxis], count, 0)
    truth = (columns // 8 + 16 * (rows // 5)).astype(np.uint8)
    seen: Sampled = sample(frames, np.repeat(truth[np.newaxis], count, 0), frames, _drawn(count, 1.0))
    x, y = seen.planes[0].numpy() / 2, seen.planes[1].numpy() / 4
    labels, coverage = seen.labels.numpy(), seen.coverage.numpy()
    # Halfway between two pixels float32 may fall to either side.
    clear = (np.abs(x % 1 - 0.5) > 0.01) & (np.abs(y % 1 - 0.5) > 0.01) & (coverage == 1)
    expected = truth[y.round().astype(int), x.round().astype(int)]
    assert clear.mean() > 0.4
    np.testing.assert_array_equal(labels[clear], expected[clear])
    assert (labels[coverage < 0.25] == IGNORE_LABEL).all()
    assert 0.05 < (labels == IGNORE_LABEL).mean() < 0.6
    np.testing.assert_allclose(seen.soft.numpy()[..., :2], np.stack([2 * x, 4 * y], -1), atol=1e-3)


def test_pictures_are_mirrored_about_half_of_the_time_at_any_strength() -> None:
    for strength in (0.01, 1.0):
        a, b, _, d, e, _ = _drawn(200, strength).T
        assert 60 < (a * e - b * d < 0).sum() < 140  # 200 throws of a coin: 100, deviation 7


@pytest.mark.parametrize(("strength", "zoom", "turn"), [(1.0, 0.6, 0.5), (0.5, 0.3, 0.25), (0.1, 0.06, 0.05)])
def test_strength_scales_the_ranges_of_zoom_rotation_and_shift(strength: float, zoom: float, turn: float) -> None:
    a, b, c, d, e, f = _drawn(500, strength).T.astype(np.float64)
    height, width = HW
    zooms, angles = np.log(np.hypot(b, e)), np.arctan2(-b, e)
    shifts = (
        (a * (width - 1) / 2 + b * (height - 1) / 2 + c) - (width - 1) / 2,
        (d * (width - 1) / 2 + e * (height - 1) / 2 + f) - (height - 1) / 2,
    )  # where the centre comes from
    for values, limit in zip(
        (zooms, angles, *shifts), (zoom, turn, strength * width / 4, strength * height / 4), strict=True
    ):
        # 500 uniform draws come within 5 % of both ends; 1e-4 is float32.
        assert -limit - 1e-4 <= values.min() < -0.95 * limit
        assert 0.95 * limit < values.max() <= limit + 1e-4


def test_pictures_without_an_up_are_turned_all_around() -> None:
    _, b, _, _, e, _ = _drawn(500, 0.1, upright=False).T
    quarters = np.bincount(((np.arctan2(-b, e) + np.pi) // (np.pi / 2)).astype(int) % 4, minlength=4)
    assert (quarters > 80).all()  # 125 each, deviation 10
