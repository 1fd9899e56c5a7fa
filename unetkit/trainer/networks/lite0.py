"""A U-Net on EfficientNet-Lite0, for its ImageNet weights."""

from functools import partial
from typing import Any

from unetkit.trainer.networks.encoders.lite0 import lite0_pyramid
from unetkit.trainer.networks.unet import build_unet

DECODER = (96, 64, 40, 32)


def build_lite0(
    height: int | None, width: int | None, channels: int, activation: str | None, *, multiplier: float, depth: int
) -> Any:
    """Float32 RGB (N, height, width, 3) -> (N, height, width, channels); `multiplier` is of the decoder alone."""
    return build_unet(
        partial(lite0_pyramid, depth=depth),
        DECODER,
        multiplier=multiplier,
        name="lite0",
        hw=(height, width),
        channels=channels,
        activation=activation,
    )
