"""A U-Net on EfficientNet-Lite0, for its ImageNet weights: the strongest network here under 3 M parameters."""

from functools import partial
from typing import Any

from unetkit.trainer.networks.encoders.edge import rounded_filters
from unetkit.trainer.networks.encoders.lite0 import lite0_pyramid
from unetkit.trainer.networks.unet import build_unet

DECODER = (96, 64, 40, 32)  # of depth 5; a shallower one starts further right


def build_lite0(
    height: int | None, width: int | None, channels: int, activation: str | None, *, multiplier: float, depth: int
) -> Any:
    """Float32 RGB (N, height, width, 3) -> (N, height, width, channels); `multiplier` is of the decoder alone."""
    return build_unet(
        partial(lite0_pyramid, depth=depth),
        [rounded_filters(filters * multiplier) for filters in DECODER[-(depth - 1) :]],
        name="lite0",
        hw=(height, width),
        channels=channels,
        activation=activation,
    )
