"""The decoder of the U-Nets: coarse to fine, an encoder's map of the same scale added at each step.

One separable convolution a scale: the work belongs to the encoder, where maps are small. Skips are projected and added,
not concatenated (half the channels behind them), and maps are enlarged by repetition: exact in integers, one cheap
operation in every engine.
"""

from collections.abc import Sequence
from typing import Any

from unetkit.trainer.networks.blocks import conv_norm_relu, separable


def decode(pyramid: Sequence[Any], widths: Sequence[int]) -> Any:
    """An encoder's pyramid -> one map at half resolution.

    Args:
        pyramid: float32 maps at strides 2, 4, ..., fine to coarse.
        widths: filters at each scale, coarse to fine, one fewer than the pyramid has maps.
    """
    from keras import layers

    *skips, x = pyramid
    for scale, filters in zip(reversed(range(len(skips))), widths, strict=True):
        x = conv_norm_relu(x, filters, kernel=1, name=f"up{scale}_in")
        x = layers.UpSampling2D(2, interpolation="nearest", name=f"up{scale}_enlarge")(x)
        skip = conv_norm_relu(skips[scale], filters, kernel=1, name=f"up{scale}_skip")
        x = layers.Add(name=f"up{scale}_add")([x, skip])
        x = separable(x, filters, name=f"up{scale}")
    return conv_norm_relu(x, widths[-1], name="refine")
