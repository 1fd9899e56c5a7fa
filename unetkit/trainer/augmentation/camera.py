"""What a lens and a sensor do: a picture out of focus, and noise."""

from typing import Any, NamedTuple

BLURRED_SHARE = 4  # one picture in so many is blurred
NOISY_SHARE = 0.25
MAX_BLUR = 1.6  # standard deviation in pixels at strength 1
MAX_NOISE = 30.0  # standard deviation in 8-bit steps at strength 1
_RADIUS = 2  # pixels on either side that a blurred one is made of


class Blur(NamedTuple):
    """Rows of the batch to blur, int32 (K,), and by how much: standard deviations in pixels, float32 (K,)."""

    rows: Any
    sigma: Any


class Noise(NamedTuple):
    """Standard normal noise, float32 (1, H, W, 3), and its standard deviation for each picture, float32 (N,).

    The pictures of a batch share one field: no two batches do, and drawing it is the dear part.
    """

    field: Any
    sigma: Any


def random_blur(count: Any, *, strength: float, generator: Any) -> Blur:
    """Draw which quarter of `count` pictures is blurred, and how much."""
    import tensorflow as tf

    some = (count + BLURRED_SHARE // 2) // BLURRED_SHARE
    return Blur(
        rows=tf.argsort(generator.uniform((count,)))[:some],
        sigma=generator.uniform((some,), 0.0, MAX_BLUR * strength),
    )


def random_noise(shape: Any, *, strength: float, generator: Any) -> Noise:
    """Draw for a batch of int32 (3,) shape N, H, W; a picture in four gets some."""
    import tensorflow as tf

    count = shape[:1]
    sigma = generator.uniform(count, 0.0, MAX_NOISE * strength)
    return Noise(
        field=generator.normal(tf.concat([[1], shape[1:], [3]], 0)),
        sigma=tf.where(generator.uniform(count) < NOISY_SHARE, sigma, 0.0),
    )


def blur(frames: Any, chosen: Blur) -> Any:
    """Blur some pictures of float32 (N, H, W, 3) by a Gaussian cut off after two pixels; edges are mirrored."""
    import tensorflow as tf

    offsets = tf.range(-_RADIUS, _RADIUS + 1, dtype=tf.float32)
    weights = tf.exp(-0.5 * (offsets / tf.maximum(chosen.sigma, 1e-3)[:, tf.newaxis]) ** 2)
    weights /= tf.reduce_sum(weights, 1, keepdims=True)  # (K, 5)
    sharp = tf.gather(frames, chosen.rows)
    blurred = _along(_along(sharp, weights, axis=1), weights, axis=2)
    return tf.tensor_scatter_nd_update(frames, chosen.rows[:, tf.newaxis], blurred)


def add_noise(frames: Any, noise: Noise) -> Any:
    """Noise on float32 (N, H, W, 3), clipped to 0..255."""
    import tensorflow as tf

    sigma = noise.sigma[:, tf.newaxis, tf.newaxis, tf.newaxis]
    return tf.clip_by_value(frames + sigma * noise.field, 0.0, 255.0)


def _along(frames: Any, weights: Any, *, axis: int) -> Any:
    """A weighted sum of shifted pictures, in place of a convolution: the weights differ from picture to picture."""
    import tensorflow as tf

    padding = [[_RADIUS, _RADIUS] if item == axis else [0, 0] for item in range(4)]
    padded = tf.pad(frames, padding, "SYMMETRIC")
    size = tf.shape(frames)[axis]

    def shifted(step: int) -> Any:
        return padded[:, step : step + size] if axis == 1 else padded[:, :, step : step + size]

    return sum(weights[:, step, tf.newaxis, tf.newaxis, tf.newaxis] * shifted(step) for step in range(2 * _RADIUS + 1))
