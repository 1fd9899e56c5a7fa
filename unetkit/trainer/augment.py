"""Augmentation in the graph, image and mask together, so that it runs on all cores beside the training."""

from typing import Any

from unetkit.contract.spec import IGNORE_LABEL

MAX_ZOOM = 0.6  # at strength 1 a picture is enlarged or shrunk by up to this share
MAX_SHIFT = 0.25
MAX_ROTATION = 0.5  # radians
MAX_GAIN = 0.6
MAX_TINT = 0.25
MAX_OFFSET = 50.0  # 8-bit steps


def augment(frames: Any, labels: Any, *, strength: float, fill: int, generator: Any) -> tuple[Any, Any]:
    """Mirror, zoom, shift, rotate and recolour a batch.

    Args:
        frames: uint8 (N, H, W, 3).
        labels: uint8 (N, H, W).
        strength: in (0, 1], scales every range.
        fill: byte that pixels from outside the picture get; their label is the ignore label.
        generator: a tf.random.Generator.

    Returns:
        float32 (N, H, W, 3) in 0..255 and uint8 (N, H, W).
    """
    import tensorflow as tf

    transforms = _transforms(tf.shape(frames), strength, generator)
    frames = _recolour(tf.cast(frames, tf.float32), strength, generator)
    frames = _warp(frames, transforms, "BILINEAR", float(fill))
    labels = _warp(labels[..., tf.newaxis], transforms, "NEAREST", float(IGNORE_LABEL))[..., 0]
    return frames, labels


def halve(frames: Any, labels: Any) -> tuple[Any, Any]:
    """Half the size: frames averaged 2x2, labels taken from every second pixel."""
    import tensorflow as tf

    return tf.nn.avg_pool2d(tf.cast(frames, tf.float32), 2, 2, "VALID"), labels[:, ::2, ::2]


def _transforms(shape: Any, strength: float, generator: Any) -> Any:
    """Projective transforms, float32 (N, 8), output -> input pixels, about the picture's centre."""
    import tensorflow as tf

    count = shape[0]
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)

    def uniform(limit: float) -> Any:
        return generator.uniform((count,), -limit * strength, limit * strength)

    zoom = tf.exp(uniform(MAX_ZOOM))
    angle = uniform(MAX_ROTATION)
    mirror = tf.where(generator.uniform((count,)) < 0.5, -1.0, 1.0)
    cos, sin = tf.cos(angle) * zoom, tf.sin(angle) * zoom
    center_x, center_y = (width - 1) / 2, (height - 1) / 2
    shift_x, shift_y = uniform(MAX_SHIFT) * width, uniform(MAX_SHIFT) * height
    a, b, d, e = cos * mirror, -sin, sin * mirror, cos
    c = center_x + shift_x - a * center_x - b * center_y
    f = center_y + shift_y - d * center_x - e * center_y
    return tf.stack([a, b, c, d, e, f, tf.zeros_like(a), tf.zeros_like(a)], 1)


def _warp(images: Any, transforms: Any, interpolation: str, fill: float) -> Any:
    import tensorflow as tf

    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=tf.shape(images)[1:3],
        interpolation=interpolation,
        fill_mode="CONSTANT",
        fill_value=fill,
    )


def _recolour(frames: Any, strength: float, generator: Any) -> Any:
    """Contrast about the mean, brightness, a tint per channel and saturation; stays in 0..255."""
    import tensorflow as tf

    count = tf.shape(frames)[0]

    def uniform(channels: int, limit: float) -> Any:
        return generator.uniform((count, 1, 1, channels), -limit * strength, limit * strength)

    mean = tf.reduce_mean(frames, (1, 2), keepdims=True)
    frames = mean + (frames - mean) * tf.exp(uniform(1, MAX_GAIN)) * tf.exp(uniform(3, MAX_TINT))
    grey = tf.reduce_mean(frames, -1, keepdims=True)
    frames = grey + (frames - grey) * (1 + uniform(1, 1.0)) + uniform(1, MAX_OFFSET)
    return tf.clip_by_value(frames, 0.0, 255.0)
