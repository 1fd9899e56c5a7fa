"""Lite0 on a frame of half the size, and the outlines from the whole one: for large inputs on slow devices.

The encoder sees the frame halved, at a quarter of its cost, and one thin map of the whole frame joins the decoder at
its last scale.
"""

from functools import partial
from typing import Any

import numpy as np

from unetkit.trainer.networks.blocks import conv_norm_relu
from unetkit.trainer.networks.encoders.lite import lite_pyramid
from unetkit.trainer.networks.unet import build_unet

DETAIL = 8
DECODER = (64, 40, 24, 16, 8)


def build_lite0_detail(
    height: int | None, width: int | None, channels: int, activation: str | None, *, multiplier: float, depth: int
) -> Any:
    """Float32 RGB (N, height, width, 3) -> (N, height, width, channels); `multiplier` is of the decoder alone."""
    return build_unet(
        partial(_pyramid, depth=depth),
        DECODER,
        multiplier=multiplier,
        name="lite0-detail",
        hw=(height, width),
        channels=channels,
        activation=activation,
    )


def _pyramid(frame: Any, depth: int) -> list[Any]:
    from keras import layers

    detail = conv_norm_relu(frame, DETAIL, stride=2, name="up_detail")
    # A convolution that starts out as the average of 2x2 pixels and may learn better.
    halve = layers.Conv2D(3, 2, strides=2, use_bias=False, name="halve")
    halved = halve(frame)
    halve.set_weights([np.tile(np.eye(3, dtype=np.float32) / 4, (2, 2, 1, 1))])
    return [detail, *lite_pyramid(halved, depth - 1)]
