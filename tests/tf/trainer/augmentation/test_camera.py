"""Blur and noise: for some pictures of a batch, by their own amounts."""

import numpy as np
import pytest

from unetkit.trainer.augmentation.camera import Blur, Noise, add_noise, blur, random_blur, random_noise

pytestmark = pytest.mark.tf


def test_a_point_becomes_a_gaussian_and_the_other_pictures_stay() -> None:
    frames = np.zeros((3, 9, 11, 3), np.float32)
    frames[:, 4, 5] = 200
    blurred = blur(frames, Blur(rows=np.array([1], np.int32), sigma=np.array([0.8], np.float32))).numpy()
    np.testing.assert_array_equal(blurred[[0, 2]], frames[[0, 2]])
    bell = np.exp(-(np.arange(-2, 3) ** 2) / (2 * 0.8**2))
    bell /= bell.sum()
    expected = np.zeros((9, 11))
    expected[2:7, 3:8] = 200 * np.outer(bell, bell)
    for channel in range(3):
        np.testing.assert_allclose(blurred[1, ..., channel], expected, atol=1e-4)


@pytest.mark.parametrize("sigma", [0.0, 0.5, 3.0])
def test_a_plain_picture_stays_plain_up_to_its_edges(sigma: float) -> None:
    frames = np.full((1, 6, 7, 3), 93, np.float32)
    blurred = blur(frames, Blur(rows=np.array([0], np.int32), sigma=np.array([sigma], np.float32))).numpy()
    np.testing.assert_allclose(blurred, 93, atol=1e-4)


@pytest.mark.parametrize(("count", "blurred"), [(1, 0), (2, 1), (4, 1), (16, 4), (32, 8)])
def test_a_quarter_of_a_batch_is_blurred(count: int, blurred: int) -> None:
    import tensorflow as tf

    generator = tf.random.Generator.from_seed(0)
    drawn = [random_blur(count, strength=0.5, generator=generator) for _ in range(20)]
    assert {len(set(item.rows.numpy())) for item in drawn} == {blurred}
    if blurred:
        assert len({tuple(item.rows.numpy()) for item in drawn}) > 1
        sigma = np.concatenate([item.sigma for item in drawn])
        assert sigma.min() >= 0
        assert sigma.max() <= 0.8


def test_noise_has_each_pictures_own_deviation() -> None:
    import tensorflow as tf

    drawn = random_noise(tf.constant([4, 64, 64]), strength=1.0, generator=tf.random.Generator.from_seed(0))
    sigma = np.array([0, 5, 20, 0], np.float32)
    noisy = add_noise(np.full((4, 64, 64, 3), 128, np.float32), Noise(field=drawn.field, sigma=sigma)).numpy()
    np.testing.assert_array_equal(noisy[[0, 3]], 128)
    np.testing.assert_allclose(noisy.std((1, 2, 3)), sigma, rtol=0.03)  # 12,288 draws: a deviation within 0.7 %
    np.testing.assert_allclose(noisy.mean((1, 2, 3)), 128, atol=0.7)


def test_noise_stays_within_bytes() -> None:
    field = np.array([[[[-9, 9, 0.5]]]], np.float32)
    noisy = add_noise(np.full((1, 1, 1, 3), 100, np.float32), Noise(field=field, sigma=np.array([20], np.float32)))
    np.testing.assert_allclose(noisy.numpy()[0, 0, 0], [0, 255, 110])


def test_a_quarter_of_the_pictures_gets_noise_up_to_the_strength() -> None:
    import tensorflow as tf

    drawn = random_noise(tf.constant([400, 2, 2]), strength=0.5, generator=tf.random.Generator.from_seed(1))
    sigma = drawn.sigma.numpy()
    assert 60 < (sigma > 0).sum() < 140  # 100 expected, deviation 9
    assert 14 < sigma.max() <= 15
