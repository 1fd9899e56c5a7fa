"""U-Nets on the encoders of keras.applications, for whoever can fetch their ImageNet weights."""

from functools import partial
from typing import Any

from unetkit.trainer.networks.encoders.applications import APPLICATIONS, application_pyramid
from unetkit.trainer.networks.lite import DECODER
from unetkit.trainer.networks.unet import build_unet


def build_application(
    name: str,
    height: int | None,
    width: int | None,
    channels: int,
    activation: str | None,
    *,
    multiplier: float,
    depth: int,
) -> Any:
    """Float32 RGB (N, height, width, 3) -> (N, height, width, channels); `multiplier` is of the decoder alone.

    Args:
        name: of the encoder, as APPLICATIONS has it.
        height: in pixels, at least 32; None leaves it open.
        width: in pixels, at least 32; None leaves it open.
        channels: of the scores.
        activation: softmax or sigmoid; None gives logits.
        multiplier: of the decoder's filters.
        depth: 2 to 5.
    """
    return build_unet(
        partial(application_pyramid, application=APPLICATIONS[name], depth=depth),
        DECODER,
        multiplier=multiplier,
        name=name,
        hw=(height, width),
        channels=channels,
        activation=activation,
    )
