"""Batches for the trainer: rows of the memory-mapped cache, shuffled by seed, augmented in the graph."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.spec import InputSpec
from unetkit.data.framecache import FrameCache
from unetkit.trainer.augmentation import augment, halve
from unetkit.trainer.config import TrainConfig


def training_batches(
    cache: FrameCache, rows: NDArray[np.intp], spec: InputSpec, config: TrainConfig, *, epoch: int, half: bool
) -> Any:
    """One epoch as a tf.data.Dataset of (float32 or uint8 (N, H, W, 3), uint8 (N, H, W)).

    Every row comes once, in an order that depends on the seed and the epoch alone, and so does its augmentation;
    the last batch is filled up from the epoch's start, because XLA compiles anew for every batch size.
    """
    import tensorflow as tf

    order = np.random.default_rng((config.seed, epoch)).permutation(rows)
    missing = -len(order) % config.batch
    order = np.concatenate([order, np.resize(order, missing)])
    generator = tf.random.Generator.from_seed(config.seed * 1_000_003 + epoch)

    def read(chosen: Any) -> tuple[Any, Any]:
        frames, labels = tf.numpy_function(
            lambda index: (cache.frames[index], cache.labels[index]), [chosen], (tf.uint8, tf.uint8)
        )
        return tf.ensure_shape(frames, (None, *spec.hw, 3)), tf.ensure_shape(labels, (None, *spec.hw))

    def prepare(frames: Any, labels: Any) -> tuple[Any, Any]:
        if config.augment:
            frames, labels = augment(frames, labels, strength=config.augment, fill=spec.zero_point, generator=generator)
        return halve(frames, labels) if half else (frames, labels)

    batches = tf.data.Dataset.from_tensor_slices(order).batch(config.batch, drop_remainder=True)
    return batches.map(read).map(prepare).prefetch(4)
