"""Background replacement: the foreground of one picture before another background.

For sets of two classes, 0 the background: people before a camera. Cut and paste as in Dwibedi et al. 2017
(arXiv:1708.01642), whose lesson is that the seam must not be the clue: the edge is blended.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from unetkit.contract.spec import ClassSpec
from unetkit.errors import UsageError
from unetkit.trainer.fusion import fused

BORROWED_SHARE = 0.6  # of the new backgrounds come from another picture of the batch; the others are painted
MAX_GRAIN = 50.0  # 8-bit steps, standard deviation of the noise in a painted one
_POOL = 4  # a covered area is filled from averages over 4x4, then 16x16 pixels, then over the whole picture
_FAITH = 0.02  # share of known pixels from which on an average is believed more than the coarser one


class Paint(NamedTuple):
    """Backgrounds from nothing, K of them.

    Attributes:
        start: colour at one end, float32 (K, 1, 1, 3) in 0..255.
        end: at the other.
        angle: of the way from one to the other, in radians, (K, 1, 1).
        grain: standard deviation of the noise, in 8-bit steps, (K, 1, 1, 1).
        field: standard normal noise, (1, H, W, 3): one for the batch, as for a sensor's.
    """

    start: Any
    end: Any
    angle: Any
    grain: Any
    field: Any


def require_background(classes: Sequence[ClassSpec], share: float) -> None:
    """Check that there is one foreground and one background, if backgrounds are to be replaced.

    Raises:
        UsageError: the set has another number of classes.
    """
    if share and len(classes) != 2:
        names = ", ".join(item.name for item in classes)
        raise UsageError(
            f"backgrounds is {share}, and the data has {len(classes)} classes ({names}): "
            "they can be replaced for two, of which the first is the background; set it to 0"
        )


def replace_backgrounds(frames: Any, labels: Any, soft: Any, *, share: float, generator: Any) -> tuple[Any, Any]:
    """Give some pictures another background; their labels stay.

    What is not of label 0 stays as it is, but for the seam: along the outline the foreground's outermost pixel is
    mixed with what is now behind it. The soft part lies inside the outline because the pixels outside still show the
    old background.

    Args:
        frames: uint8 (N, H, W, 3).
        labels: uint8 (N, H, W): 0 the background.
        soft: a teacher's probabilities: uint8 (0..255) or float (0..1) (N, H, W, C), C = 1 (of the foreground) or 2; or
            None. Where the picture is no longer the one the teacher saw, they become those of certain background.
        share: of the pictures, 0..1.
        generator: a `Chance`, or a tf.random.Generator.

    Returns:
        New frames and soft, of the same shapes and types.
    """
    import tensorflow as tf

    shape = tf.shape(labels)
    # The share rounded up or down by chance, so that it is right on the average; a compiled pass wants counts.
    some = tf.cast(share * tf.cast(shape[0], tf.float32) + generator.uniform(()), tf.int32)
    borrowing = tf.cast(tf.round(BORROWED_SHARE * tf.cast(some, tf.float32)), tf.int32)
    rows = tf.argsort(generator.uniform(shape[:1]))[:some]
    lenders = (rows + generator.uniform((), 1, tf.maximum(shape[0], 2), dtype=tf.int32)) % shape[0]
    paint = random_paint(tf.concat([[some - borrowing], shape[1:]], 0), generator)
    sure = None if soft is None else _certain_background(soft)
    return _pasted(frames, labels, soft, rows, lenders[:borrowing], paint, sure)  # type: ignore[no-any-return]


@fused
def _pasted(frames: Any, labels: Any, soft: Any, rows: Any, lenders: Any, paint: Paint, sure: Any) -> tuple[Any, Any]:
    """The first of the rows before their lenders' backgrounds, the others before paint."""
    import tensorflow as tf

    behind = tf.concat([_emptied(tf.gather(frames, lenders), tf.gather(labels, lenders)), _painted(paint)], 0)
    chosen = tf.cast(tf.gather(frames, rows), tf.float32)
    mask = tf.cast(tf.gather(labels, rows)[..., tf.newaxis] != 0, tf.float32)
    alpha = mask * tf.nn.avg_pool2d(tf.pad(mask, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC"), 3, 1, "VALID")
    pasted = tf.cast(tf.round(behind + alpha * (chosen - behind)), tf.uint8)
    frames = tf.tensor_scatter_nd_update(frames, rows[:, tf.newaxis], pasted)
    if soft is not None:
        seen = tf.where(mask > 0, tf.gather(soft, rows), sure)
        soft = tf.tensor_scatter_nd_update(soft, rows[:, tf.newaxis], seen)
    return frames, soft


def _certain_background(soft: Any) -> Any:
    import tensorflow as tf

    whole = 255 if soft.dtype == tf.uint8 else 1
    return tf.constant([0] if soft.shape[-1] == 1 else [whole, 0], soft.dtype)


def _emptied(frames: Any, labels: Any) -> Any:
    """Pictures with their foreground painted over by what is around it, float32 (K, H, W, 3).

    The push and pull of Gortler et al. 1996 (The Lumigraph, section 3.4.3), in three levels: averages of the known
    pixels over larger and larger squares, each believed as far as it has any.
    """
    import tensorflow as tf

    size = tf.shape(labels)[1:]
    around = tf.nn.max_pool2d(tf.cast(labels[..., tf.newaxis] != 0, tf.float32), 5, 1, "SAME")  # with its own edge
    known = 1 - around
    frames = tf.cast(frames, tf.float32)
    fine = tf.nn.avg_pool2d(tf.concat([frames * known, known], -1), _POOL, _POOL, "SAME")
    coarse = tf.nn.avg_pool2d(fine, _POOL, _POOL, "SAME")
    colour = tf.fill(tf.shape(coarse[:, :1, :1, :3]), 127.5)
    for level in (tf.reduce_mean(coarse, (1, 2), keepdims=True), coarse, fine):
        colour = tf.image.resize(colour, tf.shape(level)[1:3])
        colour = (level[..., :3] + _FAITH * colour) / (level[..., 3:] + _FAITH)
    return frames + around * (tf.image.resize(colour, size) - frames)


def random_paint(shape: Any, generator: Any) -> Paint:
    """Plain colours, gradients and noise in equal parts, for pictures of int32 (3,) shape K, H, W."""
    import tensorflow as tf

    count = shape[0]
    start = generator.uniform((count, 1, 1, 3), 0.0, 255.0)
    kind = generator.uniform((count, 1, 1, 1), 0, 3, dtype=tf.int32)
    return Paint(
        start=start,
        end=tf.where(kind == 0, start, generator.uniform((count, 1, 1, 3), 0.0, 255.0)),
        angle=generator.uniform((count, 1, 1), -3.1415927, 3.1415927),
        grain=tf.where(kind == 2, generator.uniform((count, 1, 1, 1), 0.0, MAX_GRAIN), 0.0),
        field=generator.normal(tf.concat([[1], shape[1:], [3]], 0)),
    )


def _painted(paint: Paint) -> Any:
    """Paint as pictures, float32 (K, H, W, 3) in 0..255."""
    import tensorflow as tf

    shape = tf.shape(paint.field)
    x = (tf.range(shape[2], dtype=tf.float32) + 0.5) / tf.cast(shape[2], tf.float32) - 0.5
    y = (tf.range(shape[1], dtype=tf.float32)[:, tf.newaxis] + 0.5) / tf.cast(shape[1], tf.float32) - 0.5
    way = tf.clip_by_value(0.5 + tf.cos(paint.angle) * x + tf.sin(paint.angle) * y, 0.0, 1.0)[..., tf.newaxis]
    painted = paint.start + (paint.end - paint.start) * way + paint.grain * paint.field
    return tf.clip_by_value(painted, 0.0, 255.0)
