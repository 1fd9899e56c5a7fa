"""Flip, scale, crop and rotate: one affine transform a picture, one sampling for all that lies on its pixels."""

from typing import Any, NamedTuple

from unetkit.contract.spec import IGNORE_LABEL

MAX_ZOOM = 0.6  # at strength 1 a picture is enlarged or shrunk by up to a factor of exp(0.6)
MAX_SHIFT = 0.25  # of the width and height
MAX_ROTATION = 0.5  # radians


class Sampled(NamedTuple):
    """A batch seen through its transforms.

    Attributes:
        planes: blue, green and red, each float32 (N, H, W); beyond the picture its edge goes on.
        coverage: float32 (N, H, W), the share of a pixel that lies inside the picture, 0..1.
        labels: uint8 (N, H, W), the ignore label where less than half of the pixel is inside.
        soft: float32 (N, H, W, C) in the units given, or None.
    """

    planes: list[Any]
    coverage: Any
    labels: Any
    soft: Any


def random_transforms(shape: Any, *, strength: float, upright: bool, generator: Any) -> Any:
    """Transforms about the picture's centre: mirrored or not, zoomed, rotated and shifted.

    Args:
        shape: int32 (3,): N, H, W.
        strength: in [0, 1], scales every range; the flips do not depend on it.
        upright: the pictures have an up and a down. Without, they are turned by any angle too, which with the mirror
            makes the vertical flips.
        generator: a `Chance`, or a tf.random.Generator.

    Returns:
        float32 (N, 6): a, b, c, d, e, f; the output's pixel (x, y) shows the input's (a x + b y + c, d x + e y + f).
    """
    import tensorflow as tf

    count = shape[0]
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)

    def uniform(limit: float) -> Any:
        return generator.uniform((count,), -limit, limit)

    zoom = tf.exp(uniform(MAX_ZOOM * strength))
    angle = uniform(MAX_ROTATION * strength if upright else 3.1415927)
    mirror = tf.where(generator.uniform((count,)) < 0.5, -1.0, 1.0)
    cos, sin = tf.cos(angle) * zoom, tf.sin(angle) * zoom
    center_x, center_y = (width - 1) / 2, (height - 1) / 2
    shift_x, shift_y = uniform(MAX_SHIFT * strength) * width, uniform(MAX_SHIFT * strength) * height
    a, b, d, e = cos * mirror, -sin, sin * mirror, cos
    c = center_x + shift_x - a * center_x - b * center_y
    f = center_y + shift_y - d * center_x - e * center_y
    return tf.stack([a, b, c, d, e, f], 1)


def sample(frames: Any, labels: Any, soft: Any, transforms: Any) -> Sampled:
    """Look through the transforms: frames and soft between four pixels (bilinear), labels at the nearest one.

    A pixel's three bytes and its label travel as one int32, so that four look-ups serve all of them.

    Args:
        frames: uint8 (N, H, W, 3), H and W at least 2.
        labels: uint8 (N, H, W).
        soft: uint8 or float (N, H, W, C), or None.
        transforms: float32 (N, 6), as `random_transforms` gives them.
    """
    import tensorflow as tf

    shape = tf.shape(labels)
    count, height, width = shape[0], shape[1], shape[2]
    a, b, c, d, e, f = (transforms[:, index, tf.newaxis, tf.newaxis] for index in range(6))
    column, row = tf.range(width, dtype=tf.float32), tf.range(height, dtype=tf.float32)[:, tf.newaxis]
    left, inside_x, part_x = _cell(a * column + b * row + c, width)  # each (N, H, W)
    top, inside_y, part_y = _cell(d * column + e * row + f, height)
    first = (tf.range(count)[:, tf.newaxis, tf.newaxis] * height + top) * width + left
    corners = (first, first + 1, first + width, first + width + 1)

    def between(values: Any, x: Any, y: Any) -> Any:
        upper = values[0] + (values[1] - values[0]) * x
        lower = values[2] + (values[3] - values[2]) * x
        return upper + (lower - upper) * y

    packed = tf.reshape(_packed(frames, labels), [-1])
    pixels = [tf.gather(packed, corner) for corner in corners]
    right, below = part_x >= 0.5, part_y >= 0.5
    nearest = tf.where(below, tf.where(right, pixels[3], pixels[2]), tf.where(right, pixels[1], pixels[0]))
    inside = (inside_x >= 0.5) & (inside_y >= 0.5)
    moved_soft = None
    if soft is not None:
        flat = tf.reshape(soft, [-1, tf.shape(soft)[-1]])
        around = [tf.cast(tf.gather(flat, corner), tf.float32) for corner in corners]
        moved_soft = between(around, part_x[..., tf.newaxis], part_y[..., tf.newaxis])
    return Sampled(
        planes=[between([_byte(pixel, index) for pixel in pixels], part_x, part_y) for index in range(3)],
        coverage=inside_x * inside_y,
        labels=tf.where(inside, tf.cast(_whole_byte(nearest, 3), tf.uint8), tf.constant(IGNORE_LABEL, tf.uint8)),
        soft=moved_soft,
    )


def _cell(position: Any, size: Any) -> tuple[Any, Any, Any]:
    """Along one axis: the pixel before a position, the share of a pixel there that is inside, the way to the next."""
    import tensorflow as tf

    last = tf.cast(size - 1, tf.float32)
    inside = tf.clip_by_value(tf.minimum(position, last - position) + 1, 0.0, 1.0)
    kept = tf.clip_by_value(position, 0.0, last)
    before = tf.minimum(tf.floor(kept), last - 1)
    return tf.cast(before, tf.int32), inside, kept - before


def _packed(frames: Any, labels: Any) -> Any:
    import tensorflow as tf

    wide = tf.cast(frames, tf.int32)
    label = tf.bitwise.left_shift(tf.cast(labels, tf.int32), 24)
    return wide[..., 0] + wide[..., 1] * 256 + wide[..., 2] * 65536 + label


def _whole_byte(packed: Any, index: int) -> Any:
    import tensorflow as tf

    return tf.bitwise.bitwise_and(tf.bitwise.right_shift(packed, 8 * index), 255)


def _byte(packed: Any, index: int) -> Any:
    import tensorflow as tf

    return tf.cast(_whole_byte(packed, index), tf.float32)
