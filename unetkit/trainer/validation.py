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

BATCH = 32


class Validator:
    """Scores a network on fixed rows of a cache."""

    def __init__(self, network: Any, loss: Loss, spec: ModelSpec, cache: FrameCache, rows: NDArray[np.intp]) -> None:
        import tensorflow as tf

        self._spec, self._cache, self._rows = spec, cache, rows
        self._placement = place(spec.input.hw, spec.input)

        @tf.function(reduce_retracing=True)
        def score(frames: Any, labels: Any) -> tuple[Any, Any]:
            scores = tf.cast(network(normalise(tf.cast(frames, tf.float32), spec.input), training=False), tf.float32)
            return scores, loss(labels, scores)

        self._score = score

    def run(self) -> tuple[AccuracyReport, float]:
        """Accuracy over all rows, and their mean loss."""
        confusion = ConfusionMatrix(self._spec.class_names)
        lost = 0.0
        for start in range(0, len(self._rows), BATCH):
            rows = self._rows[start : start + BATCH]
            truths = self._cache.labels[rows]
            scores, loss = self._score(self._cache.frames[rows], truths)
            lost += float(loss) * len(rows)
            for truth, score in zip(truths, scores.numpy(), strict=True):
                confusion.update(truth, self._labels(score))
        return confusion.report("validation"), lost / len(self._rows)

    def scores(self, row: int) -> Scores:
        """Scores of one row, float32 (H, W, channels)."""
        scores, _ = self._score(self._cache.frames[row : row + 1], self._cache.labels[row : row + 1])
        return scores.numpy()[0]  # type: ignore[no-any-return]

    def predict(self, row: int) -> Labels:
        """Labels of one row, uint8 (H, W)."""
        return self._labels(self.scores(row))

    def _labels(self, scores: Any) -> Labels:
        return postprocess(scores, self._placement, self._spec).labels
