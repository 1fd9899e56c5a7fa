"""Cross-entropy, with class weights and label smoothing."""

from dataclasses import dataclass
from typing import Any

from unetkit.trainer.losses.option import ClassWeights, Number, option
from unetkit.trainer.losses.pixels import Pixels


@dataclass(frozen=True, kw_only=True)
class CrossEntropy:
    """`sum_i w[y_i] * -sum_c q_ic log p_ic / sum_i w[y_i]` over known pixels i; binary cross-entropy for two classes.

    q = (1 - s) * one_hot(y) + s / C is the truth smoothed by s (Szegedy et al. 2016, arXiv:1512.00567, section 7). The
    mean is a weighted one, so only the ratio of the weights matters.

    Attributes:
        smoothing: s: the share of the truth that is spread evenly over all C classes.
        weights: w, one a class; none: all 1.
    """

    smoothing: float = option(0.0, Number(0, 0.9))
    weights: tuple[float, ...] = option((), ClassWeights())

    def __call__(self, pixels: Pixels) -> Any:
        import tensorflow as tf

        log_p = pixels.log_p
        right = tf.reduce_sum(pixels.truth * log_p, -1)
        spread = tf.reduce_mean(log_p, -1) if self.smoothing else 0.0
        return pixels.mean(-(1 - self.smoothing) * right - self.smoothing * spread, self.weights)
