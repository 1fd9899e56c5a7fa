"""The whole augmentation: of bytes come bytes, of labels labels, and of a seed always the same."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.contract.spec import IGNORE_LABEL
from unetkit.trainer.augmentation import augment, camera, colour, composition, cutout, halve

pytestmark = pytest.mark.tf

FILL = 127
COUNT, HW = 24, (40, 56)


def _augmented(frames: Any, labels: Any, *, strength: float = 1.0, seed: int = 0, **given: Any) -> list[Any]:
    import tensorflow as tf

    generator = tf.random.Generator.from_seed(seed)
    parts = augment(frames, labels, strength=strength, fill=FILL, generator=generator, **given)
    return [np.asarray(part) for part in parts]


def _squares() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """White squares of label 1 on black, off the centre."""
    labels = np.zeros((COUNT, *HW), np.uint8)
    labels[:, 6:22, 8:30] = 1
    frames = np.repeat(np.where(labels == 1, 255, 0).astype(np.uint8)[..., None], 3, -1)
    return frames, labels


@pytest.fixture
def _geometry_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = (
        (colour, "MAX_GAIN"),
        (colour, "MAX_TINT"),
        (colour, "MAX_OFFSET"),
        (camera, "MAX_BLUR"),
        (camera, "MAX_NOISE"),
        (cutout, "MAX_SIDE"),
    )
    for module, name in limits:
        monkeypatch.setattr(module, name, 0.0)


@pytest.mark.usefixtures("_geometry_alone")
def test_the_label_of_a_coloured_square_is_its_colour_wherever_it_went() -> None:
    frames, labels = _squares()
    moved, moved_labels = _augmented(frames, labels)
    grey = moved[..., 0]
    white, black = grey > 254.5, grey < 0.5  # within rounding; mixed pixels on the outlines are left out
    assert white.sum() > 2000
    assert (moved_labels[white] == 1).all()
    assert (moved_labels[black] == 0).all()
    assert (white | black | (moved_labels == IGNORE_LABEL)).mean() > 0.85
    assert not np.array_equal(moved_labels, labels)


@pytest.mark.usefixtures("_geometry_alone")
def test_what_comes_from_outside_is_filled_and_ignored() -> None:
    moved, moved_labels = _augmented(np.full((COUNT, *HW, 3), 255, np.uint8), np.ones((COUNT, *HW), np.uint8))
    assert set(np.unique(moved_labels)) == {1, IGNORE_LABEL}
    filled = np.abs(moved[..., 0] - FILL) < 1e-3
    assert 0.05 < filled.mean() < 0.6
    assert (moved_labels[filled] == IGNORE_LABEL).all()
    assert (moved[moved_labels == 1][:, 0] >= FILL + (255 - FILL) / 4 - 0.1).all()  # a quarter of a corner is inside


def test_frames_stay_bytes_in_float32_and_labels_stay_labels() -> None:
    generator = np.random.default_rng(0)
    frames = generator.integers(0, 256, (COUNT, *HW, 3), dtype=np.uint8)
    labels = generator.choice(np.array([0, 1, 2, 9, 254, IGNORE_LABEL], np.uint8), (COUNT, *HW))
    moved, moved_labels = _augmented(frames, labels)
    assert (moved.dtype, moved.shape) == (np.float32, frames.shape)
    assert (moved_labels.dtype, moved_labels.shape) == (np.uint8, labels.shape)
    assert np.isfinite(moved).all()
    assert 0 <= moved.min() < moved.max() <= 255
    assert set(np.unique(moved_labels)) == {0, 1, 2, 9, 254, IGNORE_LABEL}


def test_no_strength_changes_nothing() -> None:
    frames, labels = _squares()
    soft = np.random.default_rng(0).random((COUNT, *HW, 2), np.float32)
    for found, given in zip(_augmented(frames, labels, strength=0.0, soft=soft), (frames, labels, soft), strict=True):
        np.testing.assert_array_equal(found, given)


def test_a_small_strength_changes_little_and_a_large_one_much() -> None:
    frames, labels = _squares()
    changes = [
        float((_augmented(frames, labels, strength=strength)[1] != labels).mean()) for strength in (0.001, 0.3, 1.0)
    ]
    mirrored = float((labels != labels[:, :, ::-1]).mean())
    assert changes[0] < mirrored < changes[1] < changes[2]  # mirroring alone does not depend on it


def test_each_picture_of_a_batch_goes_its_own_way() -> None:
    frames, labels = _squares()
    moved, _ = _augmented(frames, labels)
    assert all(not np.array_equal(moved[0], other) for other in moved[1:])


@pytest.mark.parametrize("backgrounds", [0.0, 0.5])
def test_the_generators_seed_decides(backgrounds: float) -> None:
    frames, labels = _squares()
    first, again, other = (_augmented(frames, labels, seed=seed, backgrounds=backgrounds) for seed in (4, 4, 5))
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_soft_scores_go_where_their_labels_go(kind: Any) -> None:
    frames, labels = _squares()
    whole = 255 if kind is np.uint8 else 1
    soft = (np.stack([labels == 0, labels == 1], -1) * whole).astype(kind)
    _, moved_labels, moved_soft = _augmented(frames, labels, soft=soft)
    assert moved_soft.dtype == np.float32
    sure = (moved_soft.max(-1) > 0.99 * whole) & (moved_labels != IGNORE_LABEL)
    assert sure.mean() > 0.2
    np.testing.assert_array_equal(moved_soft.argmax(-1)[sure], moved_labels[sure])


def test_soft_scores_change_nothing_of_the_rest() -> None:
    frames, labels = _squares()
    soft = np.zeros((COUNT, *HW, 1), np.uint8)
    for found, expected in zip(_augmented(frames, labels, soft=soft)[:2], _augmented(frames, labels), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-3)  # compiled anew: sums in another order


def test_the_fused_pass_does_what_its_operations_do(monkeypatch: pytest.MonkeyPatch) -> None:
    frames, labels = _squares()
    fused = _augmented(frames, labels)
    for name in ("_moved", "_spoilt"):
        monkeypatch.setattr(composition, name, getattr(composition, name).__wrapped__)
    plain = _augmented(frames, labels)
    # A compiler may join a product and a sum into one rounding: 1e-2 of 255 steps, and a label on the very middle.
    np.testing.assert_allclose(fused[0], plain[0], atol=1e-2)
    assert (fused[1] != plain[1]).mean() < 1e-4


def test_halving_averages_frames_and_soft_scores_and_takes_labels() -> None:
    frames = np.arange(2 * 4 * 6 * 3, dtype=np.uint8).reshape(2, 4, 6, 3)
    labels = np.arange(2 * 4 * 6, dtype=np.uint8).reshape(2, 4, 6)
    small, small_labels, small_soft = (np.asarray(item) for item in halve(frames, labels, frames[..., :1]))
    expected = frames.reshape(2, 2, 2, 3, 2, 3).astype(np.float64).mean((2, 4))
    assert small.dtype == small_soft.dtype == np.uint8
    np.testing.assert_array_equal(small, np.rint(expected))
    np.testing.assert_array_equal(small_soft, np.rint(expected[..., :1]))
    # Upper left, lower right, upper left: the two sides of an outline in turns.
    np.testing.assert_array_equal(small_labels[0], [[0, 9, 4], [19, 14, 23]])
    assert len(halve(frames, labels)) == 2
