"""Contrast, brightness, tint and saturation: together one linear map of a picture's three channels."""

from typing import Any, NamedTuple

MAX_GAIN = 0.6  # at strength 1 the contrast changes by up to a factor of exp(0.6)
MAX_TINT = 0.25  # and that of a single channel by another exp(0.25)
MAX_SATURATION = 1.0  # from grey to twice as colourful
MAX_OFFSET = 50.0  # 8-bit steps of brightness


class Colours(NamedTuple):
    """What happens to each picture: contrast by channel (N, 3), saturation (N, 1), brightness (N, 1); all float32."""

    gain: Any
    saturation: Any
    offset: Any


def random_colours(count: Any, *, strength: float, generator: Any) -> Colours:
    """Draw for `count` pictures; strength in [0, 1] scales every range."""
    import tensorflow as tf

    def uniform(channels: int, limit: float) -> Any:
        return generator.uniform((count, channels), -limit * strength, limit * strength)

    return Colours(
        gain=tf.exp(uniform(1, MAX_GAIN) + uniform(3, MAX_TINT)),
        saturation=1 + uniform(1, MAX_SATURATION),
        offset=uniform(1, MAX_OFFSET),
    )


def recolour(planes: list[Any], frames: Any, colours: Colours) -> list[Any]:
    """Recolour sampled planes.

    With the gains G about the picture's mean m, and the saturation S about its grey, `S (G (x - m) + m) + offset`, put
    together into one matrix and one offset a picture, `(S G) x + (S (m - G m) + offset)`: nine products a pixel.

    Args:
        planes: blue, green and red, each float32 (N, H, W).
        frames: the pictures they were sampled from, uint8 (N, H, W, 3): their means are what contrast turns about.
        colours: what to do.

    Returns:
        The planes, clipped to 0..255.
    """
    import tensorflow as tf

    gain, saturation, offset = colours
    means = tf.reduce_mean(tf.cast(frames, tf.float32), (1, 2))
    mix = saturation[..., tf.newaxis] * tf.eye(3) + (1 - saturation[..., tf.newaxis]) / 3  # (N, 3, 3)
    matrix = mix * gain[:, tf.newaxis]
    constant = tf.linalg.matvec(mix, means * (1 - gain)) + offset

    def of_picture(values: Any) -> Any:
        return values[:, tf.newaxis, tf.newaxis]

    return [
        tf.clip_by_value(
            sum(of_picture(matrix[:, to, source]) * plane for source, plane in enumerate(planes))
            + of_picture(constant[:, to]),
            0.0,
            255.0,
        )
        for to in range(3)
    ]
