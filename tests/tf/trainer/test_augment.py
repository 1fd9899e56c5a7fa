"""Augmentation: the label goes where its pixel goes, and what comes from outside the picture is ignored."""

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.contract.spec import IGNORE_LABEL
from unetkit.trainer import augment as module
from unetkit.trainer.augment import augment, halve

pytestmark = pytest.mark.tf

FILL = 127


def _augmented(
    frames: NDArray[np.uint8], labels: NDArray[np.uint8], *, strength: float = 1.0, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    import tensorflow as tf

    generator = tf.random.Generator.from_seed(seed)
    moved, moved_labels = augment(frames, labels, strength=strength, fill=FILL, generator=generator)
    return moved.numpy(), moved_labels.numpy()


def _squares(count: int, hw: tuple[int, int] = (40, 56)) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """White squares of label 1 on black, off the centre."""
    labels = np.zeros((count, *hw), np.uint8)
    labels[:, 6:22, 8:30] = 1
    frames = np.repeat(np.where(labels == 1, 255, 0).astype(np.uint8)[..., None], 3, -1)
    return frames, labels


def _no_recolouring(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_GAIN", "MAX_TINT", "MAX_OFFSET"):
        monkeypatch.setattr(module, name, 0.0)


def test_the_label_of_a_coloured_square_is_its_colour_wherever_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    _no_recolouring(monkeypatch)
    frames, labels = _squares(64)
    moved, moved_labels = _augmented(frames, labels)
    grey = moved[..., 0]
    white, black = grey > 254.5, grey < 0.5  # within rounding; mixed pixels on the outlines are left out
    assert white.sum() > 5000
    assert (moved_labels[white] == 1).all()
    # A black pixel half outside would be mixed with the fill, so a plain one is ground.
    assert (moved_labels[black] == 0).all()
    assert (white | black | (moved_labels == IGNORE_LABEL)).mean() > 0.85
    assert not np.array_equal(moved_labels, labels)


def test_what_comes_from_outside_is_filled_and_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    _no_recolouring(monkeypatch)
    frames, labels = np.full((64, 40, 56, 3), 255, np.uint8), np.ones((64, 40, 56), np.uint8)
    moved, moved_labels = _augmented(frames, labels)
    assert set(np.unique(moved_labels)) == {1, IGNORE_LABEL}
    filled = moved[..., 0] == FILL
    assert 0.05 < filled.mean() < 0.6
    assert (moved_labels[filled] == IGNORE_LABEL).all()
    assert (moved[moved_labels == 1][:, 0] >= FILL + (255 - FILL) / 4 - 0.1).all()  # a quarter of a corner is inside


def test_pictures_are_mirrored_about_half_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_ZOOM", "MAX_SHIFT", "MAX_ROTATION"):
        monkeypatch.setattr(module, name, 0.0)
    _no_recolouring(monkeypatch)
    frames, labels = _squares(200)
    moved, moved_labels = _augmented(frames, labels)
    same = (moved_labels == labels).all((1, 2))
    mirrored = (moved_labels == labels[:, :, ::-1]).all((1, 2))
    assert (same ^ mirrored).all()  # nothing else, and no pixel lost at the border
    assert 60 < mirrored.sum() < 140  # 200 throws of a coin: 100, deviation 7
    np.testing.assert_allclose(moved[same], frames[same], atol=1e-3)  # float32 sampling positions
    np.testing.assert_allclose(moved[mirrored], frames[mirrored][:, :, ::-1], atol=1e-3)


def test_a_small_strength_changes_little_and_a_large_one_much() -> None:
    frames, labels = _squares(32)
    changes = [
        float((_augmented(frames, labels, strength=strength)[1] != labels).mean()) for strength in (0.001, 0.3, 1.0)
    ]
    mirrored = float((labels != labels[:, :, ::-1]).mean())
    assert changes[0] < mirrored < changes[1] < changes[2]  # mirroring alone does not depend on it


def test_frames_stay_bytes_in_float32_and_labels_stay_labels() -> None:
    generator = np.random.default_rng(0)
    frames = generator.integers(0, 256, (16, 32, 32, 3), dtype=np.uint8)
    labels = generator.choice(np.array([0, 1, 2, 9, IGNORE_LABEL], np.uint8), (16, 32, 32))
    moved, moved_labels = _augmented(frames, labels)
    assert moved.dtype == np.float32
    assert moved.shape == frames.shape
    assert moved_labels.dtype == np.uint8
    assert moved_labels.shape == labels.shape
    assert moved.min() >= 0
    assert moved.max() <= 255
    assert np.isfinite(moved).all()
    assert set(np.unique(moved_labels)) <= {0, 1, 2, 9, IGNORE_LABEL}


def test_each_picture_of_a_batch_goes_its_own_way() -> None:
    frames, labels = _squares(8)
    moved, _ = _augmented(frames, labels)
    assert all(not np.array_equal(moved[0], other) for other in moved[1:])


def test_the_generators_seed_decides() -> None:
    frames, labels = _squares(8)
    first, again, other = (_augmented(frames, labels, seed=seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


def test_halving_averages_frames_and_takes_labels() -> None:
    frames = np.arange(2 * 4 * 6 * 3, dtype=np.uint8).reshape(2, 4, 6, 3)
    labels = np.arange(2 * 4 * 6, dtype=np.uint8).reshape(2, 4, 6)
    small, small_labels = (np.asarray(item) for item in halve(frames, labels))
    expected = frames.reshape(2, 2, 2, 3, 2, 3).astype(np.float64).mean((2, 4))
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, expected, rtol=1e-6)
    np.testing.assert_array_equal(small_labels, labels[:, ::2, ::2])
