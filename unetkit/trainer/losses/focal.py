"""Focal loss: cross-entropy that looks away from pixels that are right already."""

from dataclasses import dataclass
from typing import Any

from unetkit.trainer.losses.option import ClassWeights, Number, option
from unetkit.trainer.losses.pixels import Pixels

SMALLEST = 1e-7


@dataclass(frozen=True, kw_only=True)
class Focal:
    """`sum_i w[y_i] * -(1 - p_i)^gamma log p_i / sum_i w[y_i]` over known pixels i, p_i = p of the right class.

    Lin et al. 2017, arXiv:1708.02002, eq. 5, whose best gamma is the default; as a weighted mean over pixels, where
    they divide by the number of objects. With gamma 0 it is the cross-entropy.

    Attributes:
        gamma: how fast the weight of a pixel falls while its p rises.
        weights: w (alpha in the paper), one a class; none: all 1.
    """

    gamma: float = option(2.0, Number(0, 10))
    weights: tuple[float, ...] = option((), ClassWeights())

    def __call__(self, pixels: Pixels) -> Any:
        import tensorflow as tf

        log_p = tf.reduce_sum(pixels.truth * pixels.log_p, -1)
        doubt = tf.maximum(-tf.math.expm1(log_p), SMALLEST)  # 1 - p; a power below 1 has no slope at 0
        return pixels.mean(-tf.pow(doubt, self.gamma) * log_p, self.weights)
