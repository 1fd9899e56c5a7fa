"""The whole augmentation: what is drawn for a batch, and the passes over its pixels that apply it."""

from typing import Any

from unetkit.trainer.augmentation.backgrounds import replace_backgrounds
from unetkit.trainer.augmentation.camera import Blur, Noise, add_noise, blur, random_blur, random_noise
from unetkit.trainer.augmentation.colour import Colours, random_colours, recolour
from unetkit.trainer.augmentation.cutout import cut, random_holes
from unetkit.trainer.augmentation.geometry import random_transforms, sample
from unetkit.trainer.fusion import fused


def augment(
    frames: Any,
    labels: Any,
    soft: Any = None,
    *,
    strength: float,
    fill: int,
    generator: Any,
    backgrounds: float = 0.0,
    upright: bool = True,
) -> tuple[Any, ...]:
    """Replace backgrounds; flip, scale, crop and rotate; recolour; blur, add noise, cut out.

    Everything drawn comes from the generator, so a batch depends on its state and the pictures alone.

    Args:
        frames: uint8 (N, H, W, 3), H and W at least 2.
        labels: uint8 (N, H, W).
        strength: in [0, 1], scales every range; at 0 nothing but the backgrounds changes. Flips are all or nothing: any
            strength above 0 has them.
        fill: byte that pixels from outside the picture and under a hole get; their label is the ignore label.
        generator: a `Chance`, or a tf.random.Generator.
        backgrounds: share in [0, 1] of the pictures that get another background; for two classes, 0 the background.
        upright: False for pictures without an up and a down (microscopes, satellites): they are turned by any angle.
        soft: a teacher's probabilities on the same pixels, uint8 (0..255) or float (0..1) (N, H, W, C); they go
            through the same geometry. Beyond the picture and under a hole they mean nothing: mind the labels.

    Returns:
        float32 (N, H, W, 3) in 0..255 and uint8 (N, H, W), and where soft was given float32 (N, H, W, C) in its units.
    """
    import tensorflow as tf

    if backgrounds:
        frames, soft = replace_backgrounds(frames, labels, soft, share=backgrounds, generator=generator)
    if strength:
        shape = tf.shape(labels)
        outside = tf.constant(fill, tf.float32)
        transforms = random_transforms(shape, strength=strength, upright=upright, generator=generator)
        colours = random_colours(shape[0], strength=strength, generator=generator)
        frames, labels, soft = _moved(frames, labels, soft, transforms, colours, outside)
        blurring = random_blur(shape[0], strength=strength, generator=generator)
        noise = random_noise(shape, strength=strength, generator=generator)
        holes = random_holes(shape, strength=strength, generator=generator)
        frames, labels = _spoilt(frames, labels, blurring, noise, holes, outside)
    frames = tf.cast(frames, tf.float32)
    return (frames, labels) if soft is None else (frames, labels, tf.cast(soft, tf.float32))


def halve(frames: Any, labels: Any, soft: Any = None) -> tuple[Any, ...]:
    """Half the size: frames and soft averaged 2x2, labels from the upper left and lower right of each 2x2 in turns.

    Like the fields of a chessboard, as in `contract.preprocess_labels` and for its reason.

    Args:
        frames: uint8 (N, H, W, 3).
        labels: uint8 (N, H, W).
        soft: uint8 (N, H, W, C), where there is a teacher.

    Returns:
        The same in uint8 of half the height and width, rounded.
    """
    import tensorflow as tf

    def averaged(values: Any) -> Any:
        return tf.cast(tf.round(tf.nn.avg_pool2d(tf.cast(values, tf.float32), 2, 2, "VALID")), tf.uint8)

    height, width = tf.shape(labels)[1] // 2, tf.shape(labels)[2] // 2
    odd = (tf.range(height)[:, tf.newaxis] + tf.range(width)) % 2 == 1
    upper, lower = (labels[:, first : 2 * height : 2, first : 2 * width : 2] for first in (0, 1))
    small = averaged(frames), tf.where(odd, lower, upper)
    return small if soft is None else (*small, averaged(soft))


@fused
def _moved(frames: Any, labels: Any, soft: Any, transforms: Any, colours: Colours, fill: Any) -> tuple[Any, Any, Any]:
    """The same bytes elsewhere and in other colours; what lies outside the picture keeps the fill's."""
    import tensorflow as tf

    seen = sample(frames, labels, soft, transforms)
    planes = recolour(seen.planes, frames, colours)
    return tf.stack([fill + seen.coverage * (plane - fill) for plane in planes], -1), seen.labels, seen.soft


@fused
def _spoilt(frames: Any, labels: Any, blurring: Blur, noise: Noise, holes: Any, fill: Any) -> tuple[Any, Any]:
    """A pass of its own: within the first one, a blurred pixel would sample its neighbours all over again."""
    return cut(add_noise(blur(frames, blurring), noise), labels, holes, fill)
