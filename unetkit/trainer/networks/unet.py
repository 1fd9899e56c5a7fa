"""A U-Net from its parts: an encoder's pyramid, the decoder, the head (Ronneberger et al. 2015, arXiv:1505.04597)."""

from collections.abc import Callable, Sequence
from typing import Any

from unetkit.trainer.networks.blocks import rounded_filters
from unetkit.trainer.networks.decoder import decode
from unetkit.trainer.networks.head import subpixel_scores

Encoder = Callable[[Any], Sequence[Any]]
"""Normalised float32 (N, H, W, 3) -> maps at strides 2, 4, ..., fine to coarse."""


def build_unet(
    encoder: Encoder,
    decoder: Sequence[int],
    *,
    multiplier: float,
    name: str,
    hw: tuple[int | None, int | None],
    channels: int,
    activation: str | None,
) -> Any:
    """A Keras model from float32 (N, H, W, 3) to scores (N, H, W, channels).

    Args:
        encoder: the way down.
        decoder: its filters, coarse to fine; an encoder with fewer scales starts further right.
        multiplier: of the decoder's filters, which stay multiples of 8.
        name: of the model.
        hw: height and width in pixels; None leaves them open.
        channels: of the scores.
        activation: softmax or sigmoid as the last layer; None gives logits.
    """
    import keras

    frame = keras.layers.Input((*hw, 3), name="frame")
    pyramid = encoder(frame)
    widths = [rounded_filters(filters * multiplier) for filters in decoder[1 - len(pyramid) :]]
    x = decode(pyramid, widths)
    return keras.Model(frame, subpixel_scores(x, channels, activation), name=name)
