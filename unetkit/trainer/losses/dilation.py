"""Largest value about each pixel: max pooling with stride 1, made fast for training on a CPU."""

from typing import Any


def dilate(values: Any, window: int) -> Any:
    """Largest value in a square window about each pixel, as max pooling with stride 1 and zeros about the picture.

    TensorFlow's pooling and its gradient took 200 ms for 16 pictures of 128 x 128 x 3 on two cores; maxima of shifted
    pictures, which do the same, take a tenth. Of equal values one gets the gradient.

    Args:
        values: float32 (..., H, W), not negative.
        window: side of the square in pixels, odd.

    Returns:
        float32 of the same shape.
    """
    import tensorflow as tf

    reach = window // 2
    # Shifting moves what leaves on one side to the other; it gets no further than into these zeros.
    values = tf.pad(values, [(0, 0)] * (values.shape.rank - 2) + [(0, reach)] * 2)
    for _ in range(reach):  # a window of 3 twice is one of 5
        values = _largest_of_three(_largest_of_three(values, -1), -2)
    return values[..., :-reach, :-reach]


def _largest_of_three(values: Any, axis: int) -> Any:
    """Largest of a pixel and its two neighbours along an axis; the last pixel's next one is the first."""
    import tensorflow as tf

    @tf.custom_gradient
    def largest(own: Any) -> Any:
        before, after = tf.roll(own, 1, axis), tf.roll(own, -1, axis)
        result = tf.maximum(own, tf.maximum(before, after))

        def gradient(upstream: Any) -> Any:
            to_own = tf.where(own == result, upstream, 0.0)
            rest = upstream - to_own
            to_before = tf.where(before == result, rest, 0.0)
            return to_own + tf.roll(to_before, -1, axis) + tf.roll(rest - to_before, 1, axis)

        return result, gradient

    return largest(values)
