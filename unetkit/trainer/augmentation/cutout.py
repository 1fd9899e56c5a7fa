"""Cutout: a rectangle of a picture is covered (DeVries and Taylor 2017, arXiv:1708.04552).

There a square hides part of what a classifier sees while the picture keeps its class. A mask says something of every
pixel, also of the covered ones, and nobody can see there what it says: a network that is held to it learns to guess,
and to call a plain patch a cat. So the pixels under the hole get the ignore label. What is left to learn is what cutout
is for: to do with the evidence that remains around it.
"""

from typing import Any

from unetkit.contract.spec import IGNORE_LABEL

SHARE = 0.3  # of the pictures have a hole
MAX_SIDE = 0.6  # of the picture's, at strength 1


def random_holes(shape: Any, *, strength: float, generator: Any) -> Any:
    """Holes with their centre anywhere in the picture, so that, as in the paper, they may reach over its edge.

    Args:
        shape: int32 (3,): N, H, W.
        strength: in [0, 1], scales the sides, which are drawn on their own between 0 and the largest.
        generator: a `Chance`, or a tf.random.Generator.

    Returns:
        int32 (N, 4): first row, first column, row after the last, column after the last; empty for most pictures.
    """
    import tensorflow as tf

    count, sides = shape[0], tf.cast(shape[1:], tf.float32)
    centre = generator.uniform((count, 2)) * sides
    half = generator.uniform((count, 2), 0.0, MAX_SIDE * strength / 2) * sides
    half = tf.where(generator.uniform((count, 1)) < SHARE, half, 0.0)
    return tf.cast(tf.round(tf.concat([centre - half, centre + half], 1)), tf.int32)


def cut(frames: Any, labels: Any, holes: Any, fill: Any) -> tuple[Any, Any]:
    """Cover the holes: `fill` in float32 (N, H, W, 3), the ignore label in uint8 (N, H, W)."""
    import tensorflow as tf

    shape = tf.shape(labels)
    row, column = tf.range(shape[1])[:, tf.newaxis], tf.range(shape[2])
    top, left, bottom, right = (holes[:, index, tf.newaxis, tf.newaxis] for index in range(4))
    covered = (row >= top) & (row < bottom) & (column >= left) & (column < right)
    return (
        tf.where(covered[..., tf.newaxis], fill, frames),
        tf.where(covered, tf.constant(IGNORE_LABEL, tf.uint8), labels),
    )
