"""Batches for the trainer: rows of the memory-mapped cache, shuffled by seed, augmented in the graph."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.spec import InputSpec
from unetkit.data.framecache import FrameCache
from unetkit.data.shards import Rows
from unetkit.trainer.augmentation import augment, halve
from unetkit.trainer.augmentation.chance import Chance
from unetkit.trainer.config import TrainConfig


class Batch(NamedTuple):
    """What one step trains on.

    Attributes:
        frames: float32 or uint8 (N, H, W, 3) BGR in 0..255.
        labels: uint8 (N, H, W); 255 = ignore.
        soft: a teacher's probabilities, float32 (N, H, W, classes) in 0..1; where there is no teacher, no classes.
    """

    frames: Any
    labels: Any
    soft: Any


class Feed:
    """The training pictures, epoch by epoch.

    Every row comes once an epoch, in an order that depends on the seed and the epoch alone, and so does its
    augmentation; the last batch is filled up from the epoch's start, because XLA compiles anew for every batch size.

    Args:
        cache: pictures and masks.
        rows: of the cache that are trained on.
        spec: the network's input.
        config: batch size, augmentation, seed.
        soft: a teacher's probabilities, uint8 (N, H, W, classes), a row a picture of the cache.
    """

    def __init__(
        self,
        cache: FrameCache,
        rows: NDArray[np.intp],
        spec: InputSpec,
        config: TrainConfig,
        soft: Rows | None = None,
    ) -> None:
        self._rows, self._config, self._fill, self._names = rows, config, spec.zero_point, cache.names
        self._sources = (cache.frames, cache.labels) if soft is None else (cache.frames, cache.labels, soft)

    @property
    def steps(self) -> int:
        """Of an epoch."""
        return -(-len(self._rows) // self._config.batch)

    def order(self, epoch: int) -> NDArray[np.intp]:
        """Rows of the cache (steps, batch) that the steps of an epoch train on; epochs count from 1."""
        order = np.random.default_rng((self._config.seed, epoch)).permutation(self._rows)
        missing = -len(order) % self._config.batch
        return np.concatenate([order, np.resize(order, missing)]).reshape(self.steps, self._config.batch)

    def names(self, epoch: int, step: int) -> list[str]:
        """The samples that a step of an epoch trains on; steps count from 0."""
        return [self._names[row] for row in self.order(epoch)[step]]

    def frames(self, count: int) -> NDArray[np.uint8]:
        """So many of the pictures as they are, uint8 (N, H, W, 3) BGR; the same at each call."""
        rows = np.random.default_rng(self._config.seed).permutation(self._rows)[:count]
        return np.asarray(self._sources[0][rows])

    def batches(self, epoch: int, *, half: bool, first: int = 0, part: int = 0, parts: int = 1) -> Any:
        """Batches of an epoch as a tf.data.Dataset of `Batch`.

        Args:
            epoch: counted from 1.
            half: give everything at half the size.
            first: steps to leave out at the beginning.
            part: of each step's batch, which of its equal parts to give; from 0.
            parts: how many there are; divides the batch.
        """
        import tensorflow as tf

        order = self.order(epoch)[first:].reshape(-1, parts, self._config.batch // parts)[:, part]
        seeds = (np.arange(first, self.steps) * parts + part).astype(np.int64)
        seed = tf.constant([self._config.seed, epoch], tf.int64)

        def prepare(frames: Any, labels: Any, soft: Any, number: Any) -> Batch:
            given = (frames, labels, soft) if len(self._sources) == 3 else (frames, labels)
            if half:  # first: what is augmented is then a quarter
                given = halve(*given)
            frames, labels, *maps = augment(
                *given,
                strength=self._config.augment,
                fill=self._fill,
                generator=Chance(tf.random.experimental.stateless_fold_in(seed, number)),
                backgrounds=self._config.backgrounds,
                upright=self._config.upright,
            )
            return Batch(frames, labels, maps[0] / 255.0 if maps else tf.zeros((*frames.shape[:3], 0)))

        numbered = tf.data.Dataset.from_tensor_slices((order, seeds))
        return numbered.map(self._read).map(prepare, num_parallel_calls=2).prefetch(4)

    def _read(self, chosen: Any, number: Any) -> tuple[Any, ...]:
        import tensorflow as tf

        def look_up(index: NDArray[np.intp]) -> list[NDArray[np.uint8]]:
            return [source[index] for source in self._sources]

        arrays = tf.numpy_function(look_up, [chosen], [tf.uint8] * len(self._sources))
        known = [
            tf.ensure_shape(array, (*chosen.shape, *source.shape[1:]))
            for array, source in zip(arrays, self._sources, strict=True)
        ]
        soft = known[2] if len(known) == 3 else tf.zeros((0,), tf.uint8)
        return known[0], known[1], soft, number
