"""The moving average of the weights: a smoother network than the last step's, at no cost where it runs."""

import contextlib
from collections.abc import Iterator
from typing import Any


class WeightAverage:
    """`average = d * average + (1 - d) * weight` after each step, of all weights and batch-norm statistics.

    The decay warms up, `d = min(decay, (1 + step) / (10 + step))`, so that the first steps are soon forgotten
    (Polyak and Juditsky 1992; the warm-up is TensorFlow's `ExponentialMovingAverage`).
    """

    def __init__(self, variables: list[Any], decay: float) -> None:
        import tensorflow as tf

        self._variables, self._decay = variables, decay
        self._averages = [tf.Variable(variable.value, trainable=False) for variable in variables]
        self._step = tf.Variable(0.0, trainable=False)

    @property
    def variables(self) -> list[Any]:
        """Its state."""
        return [*self._averages, self._step]

    def update(self) -> None:
        """After a step; runs in the graph of the training step."""
        import tensorflow as tf

        self._step.assign_add(1.0)
        share = 1.0 - tf.minimum(self._decay, (1.0 + self._step) / (10.0 + self._step))
        for average, variable in zip(self._averages, self._variables, strict=True):
            average.assign_sub(share * (average - tf.cast(variable.value, average.dtype)))

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """The network has the averages inside this block, and its own weights again behind it."""
        own = [variable.numpy() for variable in self._variables]
        for variable, average in zip(self._variables, self._averages, strict=True):
            variable.assign(average)
        try:
            yield
        finally:
            for variable, value in zip(self._variables, own, strict=True):
                variable.assign(value)
