"""U-Nets on EfficientNet-Lite encoders, for their ImageNet weights."""

from functools import partial
from typing import Any

from unetkit.trainer.networks.encoders.lite import LITES, lite_pyramid
from unetkit.trainer.networks.unet import build_unet

DECODER = (96, 64, 40, 32)


def build_lite(
    name: str,
    height: int | None,
    width: int | None,
    channels: int,
    activation: str | None,
    *,
    multiplier: float,
    depth: int,
) -> Any:
    """Float32 RGB (N, height, width, 3) -> (N, height, width, channels); `multiplier` is of the decoder alone."""
    return build_unet(
        partial(lite_pyramid, depth=depth, scaling=LITES[name]),
        DECODER,
        multiplier=multiplier,
        name=name,
        hw=(height, width),
        channels=channels,
        activation=activation,
    )
