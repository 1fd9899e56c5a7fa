"""The edge U-Nets: from scratch, in three sizes; integer throughout but for ONNX Runtime's closing depth-to-space."""

from functools import partial
from typing import Any

from unetkit.trainer.networks.encoders.edge import edge_pyramid
from unetkit.trainer.networks.unet import build_unet

DECODER = (96, 64, 32, 24)


def build_edge(
    height: int | None, width: int | None, channels: int, activation: str | None, *, multiplier: float, depth: int
) -> Any:
    """Float32 (N, height, width, 3) -> (N, height, width, channels), `activation` applied."""
    return build_unet(
        partial(edge_pyramid, multiplier=multiplier, depth=depth),
        DECODER,
        multiplier=multiplier,
        name="edge",
        hw=(height, width),
        channels=channels,
        activation=activation,
    )
