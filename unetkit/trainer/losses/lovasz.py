"""Lovász-softmax: the intersection over union itself, made smooth."""

from dataclasses import dataclass
from typing import Any

from unetkit.trainer.losses.pixels import Pixels, mean_over_present_classes

LEVELS = 1024


@dataclass(frozen=True, kw_only=True)
class Lovasz:
    """`sum_i m_i g_i(m)` for each class, mean over the classes that occur in the batch.

    m_i = 1 - p_i where the pixel is of the class, p_i where not; g is the gradient of the Lovász extension of the
    Jaccard loss 1 - IoU (Berman et al. 2018, arXiv:1705.08790, algorithm 1, over the batch's known pixels). Where
    every p is 0 or 1 the loss is the mean of 1 - IoU.

    The paper sorts the pixels by m. Here they are counted in 1024 levels of m, which takes a fraction of the time. As
    the pixels of a level share the mean of their gradients, and every such g is a subgradient where m is rounded down
    to its level, the loss is at most 1/1024 below the exact one.
    """

    def __call__(self, pixels: Pixels) -> Any:
        import tensorflow as tf

        own = pixels.truth > 0
        errors = tf.where(own, -tf.math.expm1(pixels.log_p), tf.exp(pixels.log_p))
        gradient = tf.stop_gradient(_jaccard_gradient(errors, pixels))
        present = tf.reduce_any(own, (0, 1, 2))
        return mean_over_present_classes(tf.reduce_sum(errors * gradient, (0, 1, 2)), present)


def _jaccard_gradient(errors: Any, pixels: Pixels) -> Any:
    """Gradient g of each pixel and class, (N, H, W, classes); 0 where the label is ignored.

    Taking pixels from the largest error down, one of the class shrinks the intersection I, any other grows the union U.
    Over a level, I falls from I0 to I1 and U grows from U0 to U1, and 1 - I/U grows by I0/U0 - I1/U1. Were the pixels
    of the class taken first, each would add 1/U0 and each other I1/(U0 U1); were they taken last, 1/U1 and I0/(U0 U1).
    The mean of both is used.
    """
    import tensorflow as tf

    classes = errors.shape[-1]
    level = LEVELS - 1 - tf.clip_by_value(tf.cast(errors * LEVELS, tf.int32), 0, LEVELS - 1)  # 0: the largest errors
    place = level + LEVELS * (tf.cast(pixels.truth, tf.int32) + 2 * tf.range(classes))
    ignored = 2 * LEVELS * classes
    place = tf.where(pixels.known[..., tf.newaxis] > 0, place, ignored)
    counts = tf.raw_ops.DenseBincount(
        input=tf.reshape(place, [-1]), size=ignored + 1, weights=tf.zeros([0], tf.int32), binary_output=False
    )
    others, own = tf.unstack(tf.reshape(counts[:-1], [classes, 2, LEVELS]), axis=1)
    occurs = tf.reduce_sum(own, -1, keepdims=True)
    kept_after = occurs - tf.cumsum(own, -1)
    union_after = occurs + tf.cumsum(others, -1)
    i0, i1 = (tf.cast(count, tf.float32) for count in (kept_after + own, kept_after))
    # A union is empty only for a class that does not occur, which is not counted.
    u0, u1 = (tf.cast(tf.maximum(count, 1), tf.float32) for count in (union_after - others, union_after))
    table = tf.stack([(i0 + i1) / (2 * u0 * u1), (1 / u0 + 1 / u1) / 2], axis=1)
    return tf.gather(tf.concat([tf.reshape(table, [-1]), [0.0]], 0), place)
