"""Accuracy and loss on held-out pictures, through the contract's own way from scores to mask."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.arrays import Labels, Scores
from unetkit.contract.postprocess import postprocess
from unetkit.contract.preprocess import normalise, place
from unetkit.contract.scoring import AccuracyReport, ConfusionMatrix
from unetkit.contract.spec import ModelSpec
from unetkit.data.framecache import FrameCache
from unetkit.trainer.losses import Loss

BATCH = 32  # pictures that share a loss: some losses are ratios over all pixels of a batch
CPU_PIXELS = 2**18  # that a CPU takes through the network at once: more do not stay in its caches


class Validator:
    """Scores a network on fixed rows of a cache.

    Args:
        network: from normalised frames to scores.
        loss: of labels and scores.
        spec: of the model.
        cache: the pictures.
        rows: of the cache.
        on_cpu: whether the network runs on a CPU, which is the faster with few pictures at once; a GPU with many.
    """

    def __init__(
        self,
        network: Any,
        loss: Loss,
        spec: ModelSpec,
        cache: FrameCache,
        rows: NDArray[np.intp],
        *,
        on_cpu: bool,
    ) -> None:
        import tensorflow as tf

        self._spec, self._cache, self._rows = spec, cache, rows
        self._placement = place(spec.input.hw, spec.input)
        self._at_once = pictures_at_once(spec.input.hw) if on_cpu else BATCH

        @tf.function(reduce_retracing=True)
        def score(frames: Any) -> Any:
            return tf.cast(network(normalise(tf.cast(frames, tf.float32), spec.input), training=False), tf.float32)

        self._score, self._loss = score, tf.function(loss, reduce_retracing=True)

    def run(self) -> tuple[AccuracyReport, float]:
        """Accuracy over all rows, and their mean loss."""
        confusion = ConfusionMatrix(self._spec.class_names)
        lost = 0.0
        for start in range(0, len(self._rows), BATCH):
            rows = self._rows[start : start + BATCH]
            frames, truths = self._cache.frames[rows], self._cache.labels[rows]
            parts = range(0, len(rows), self._at_once)
            scores = np.concatenate([self._score(frames[part : part + self._at_once]).numpy() for part in parts])
            lost += float(self._loss(truths, scores)) * len(rows)
            for truth, score in zip(truths, scores, strict=True):
                confusion.update(truth, self._labels(score))
        return confusion.report("validation"), lost / len(self._rows)

    def scores(self, row: int) -> Scores:
        """Scores of one row, float32 (H, W, channels)."""
        return self._score(self._cache.frames[row : row + 1]).numpy()[0]  # type: ignore[no-any-return]

    def predict(self, row: int) -> Labels:
        """Labels of one row, uint8 (H, W)."""
        return self._labels(self.scores(row))

    def _labels(self, scores: Any) -> Labels:
        return postprocess(scores, self._placement, self._spec).labels


def pictures_at_once(hw: tuple[int, int]) -> int:
    """How many pictures of a size a CPU takes through a network at once: 1 to `BATCH`."""
    return max(1, min(BATCH, CPU_PIXELS // (hw[0] * hw[1])))
