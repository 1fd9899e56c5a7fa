"""Tversky loss: overlap where false positives and false negatives have prices of their own."""

from dataclasses import dataclass
from typing import Any

from unetkit.trainer.losses.option import Number, option
from unetkit.trainer.losses.pixels import Pixels, mean_over_present_classes


@dataclass(frozen=True, kw_only=True)
class Tversky:
    """`1 - TP / (TP + a FP + (1 - a) FN)`, mean over the classes that occur in the batch.

    The counts of a class are soft, over the batch's known pixels: TP = sum p g, FP = sum p (1 - g), FN = sum (1 - p) g
    with probability p and truth g (Salehi et al. 2017, arXiv:1706.05721, whose best a is the default).

    Attributes:
        false_positives: a; above 0.5 false positives cost more than false negatives.
    """

    false_positives: float = option(0.3, Number(0.001, 0.999))

    def __call__(self, pixels: Pixels) -> Any:
        return overlap_loss(pixels, self.false_positives)


def overlap_loss(pixels: Pixels, false_positives: float) -> Any:
    """The formula of `Tversky`; a class that does not occur has no overlap to gain, so it is left out."""
    import tensorflow as tf

    predicted = tf.exp(pixels.log_p) * pixels.known[..., tf.newaxis]
    occurs = tf.reduce_sum(pixels.truth, (0, 1, 2))
    right = tf.reduce_sum(pixels.truth * predicted, (0, 1, 2))
    wrong = tf.reduce_sum((1 - pixels.truth) * predicted, (0, 1, 2))
    present = occurs > 0
    whole = right + false_positives * wrong + (1 - false_positives) * (occurs - right)
    return mean_over_present_classes(1 - right / tf.where(present, whole, 1.0), present)
