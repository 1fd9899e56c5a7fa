"""Dice loss: overlap of prediction and truth."""

from dataclasses import dataclass
from typing import Any

from unetkit.trainer.losses.pixels import Pixels
from unetkit.trainer.losses.tversky import overlap_loss


@dataclass(frozen=True, kw_only=True)
class Dice:
    """`1 - 2 sum p g / (sum p + sum g)` over the batch's known pixels, mean over the classes that occur in the batch.

    p is the probability, g the truth; with sums in the denominator where Milletari et al. 2016 (arXiv:1606.04797) have
    sums of squares. It is the Tversky loss that prices both errors alike.
    """

    def __call__(self, pixels: Pixels) -> Any:
        return overlap_loss(pixels, 0.5)
