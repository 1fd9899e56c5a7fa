"""Batches for the trainer: rows of the memory-mapped cache, shuffled by seed, augmented in the graph."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.spec import InputSpec
from unetkit.data.framecache import FrameCache
from unetkit.trainer.augmentation import augment, halve
from unetkit.trainer.config import TrainConfig


class Batch(NamedTuple):
    """What one step trains on.

    Attributes:
        frames: float32 or uint8 (N, H, W, 3) BGR in 0..255.
        labels: uint8 (N, H, W); 255 = ignore.
        soft: a teacher's probabilities, float32 (N, H, W, classes) in 0..1, where there is a teacher.
    """

    frames: Any
    labels: Any
    soft: Any = None


def training_batches(
    cache: FrameCache,
    rows: NDArray[np.intp],
    spec: InputSpec,
    config: TrainConfig,
    *,
    epoch: int,
    half: bool,
    soft: NDArray[np.uint8] | None = None,
) -> Any:
    """One epoch as a tf.data.Dataset of `Batch`.

    Every row comes once, in an order that depends on the seed and the epoch alone, and so does its augmentation;
    the last batch is filled up from the epoch's start, because XLA compiles anew for every batch size.

    Args:
        cache: pictures and masks.
        rows: of the cache that are trained on.
        spec: the network's input.
        config: batch size, augmentation, seed.
        epoch: counted from 1.
        half: give everything at half the size.
        soft: a teacher's probabilities, uint8 (N, H, W, classes), a row a picture of the cache.
    """
    import tensorflow as tf

    order = np.random.default_rng((config.seed, epoch)).permutation(rows)
    missing = -len(order) % config.batch
    order = np.concatenate([order, np.resize(order, missing)])
    generator = tf.random.Generator.from_seed(config.seed * 1_000_003 + epoch)
    sources = (cache.frames, cache.labels) if soft is None else (cache.frames, cache.labels, soft)

    def read(chosen: Any) -> tuple[Any, ...]:
        arrays = tf.numpy_function(
            lambda index: [source[index] for source in sources], [chosen], [tf.uint8] * len(sources)
        )
        return tuple(
            tf.ensure_shape(array, (None, *source.shape[1:])) for array, source in zip(arrays, sources, strict=True)
        )

    def prepare(frames: Any, labels: Any, soft: Any = None) -> Batch:
        arrays: tuple[Any, ...] = (frames, labels) if soft is None else (frames, labels, soft)
        if half:  # first: what is augmented is then a quarter
            arrays = halve(*arrays)
        arrays = augment(
            *arrays,
            strength=config.augment,
            fill=spec.zero_point,
            generator=generator,
            backgrounds=config.backgrounds,
            upright=config.upright,
        )
        frames, labels, *maps = arrays
        return Batch(frames, labels, maps[0] / 255.0 if maps else None)

    batches = tf.data.Dataset.from_tensor_slices(order).batch(config.batch, drop_remainder=True)
    return batches.map(read).map(prepare).prefetch(4)
