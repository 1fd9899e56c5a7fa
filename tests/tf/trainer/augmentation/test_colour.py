"""Recolouring: one matrix a picture does what contrast, tint, saturation and brightness do one after another."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.trainer.augmentation.colour import Colours, random_colours, recolour

pytestmark = pytest.mark.tf


def _frames(count: int) -> NDArray[Any]:
    return np.random.default_rng(0).integers(0, 256, (count, 6, 5, 3), dtype=np.uint8)


def _recoloured(frames: NDArray[Any], colours: Colours) -> NDArray[Any]:
    planes = [frames[..., channel].astype(np.float32) for channel in range(3)]
    return np.stack([plane.numpy() for plane in recolour(planes, frames, colours)], -1)


def test_the_matrix_equals_the_steps_one_after_another() -> None:
    import tensorflow as tf

    frames = _frames(8)
    colours = random_colours(8, strength=1.0, generator=tf.random.Generator.from_seed(0))
    gain, saturation, offset = (part.numpy()[:, None, None].astype(np.float64) for part in colours)
    mean = frames.mean((1, 2), keepdims=True)
    contrasted = mean + (frames - mean) * gain
    grey = contrasted.mean(-1, keepdims=True)
    expected = np.clip(grey + (contrasted - grey) * saturation + offset, 0, 255)
    np.testing.assert_allclose(_recoloured(frames, colours), expected, atol=1e-2)  # float32 sums of a few hundred
    assert (expected == 0).any()
    assert (expected == 255).any()


def test_no_strength_changes_no_colour() -> None:
    import tensorflow as tf

    frames = _frames(4)
    colours = random_colours(4, strength=0.0, generator=tf.random.Generator.from_seed(0))
    np.testing.assert_allclose(_recoloured(frames, colours), frames, atol=1e-3)  # float32


def test_without_saturation_a_picture_is_grey_and_brightness_adds() -> None:
    frames = np.full((1, 2, 2, 3), (30, 60, 90), np.uint8)
    colours = Colours(*(np.array([value], np.float32) for value in ([1, 1, 1], [0], [25])))
    np.testing.assert_allclose(_recoloured(frames, colours), 85, atol=1e-3)  # (30 + 60 + 90) / 3 + 25


def test_contrast_turns_about_the_pictures_mean() -> None:
    frames = np.array([[[[100] * 3, [200] * 3]]], np.uint8)
    colours = Colours(*(np.array([value], np.float32) for value in ([0.5, 0.5, 0.5], [1], [0])))
    np.testing.assert_allclose(_recoloured(frames, colours)[0, 0, :, 0], [125, 175], atol=1e-3)
