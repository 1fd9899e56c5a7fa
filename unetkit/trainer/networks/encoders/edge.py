"""The encoder of the edge networks, to be trained from scratch: depthwise-separable residual blocks, nothing expanded.

A block that expands its channels (MobileNetV2) writes and normalises three to six times as many activations for the
same result, which is most of a small network's time in training. The coarse scales are wide: there a channel costs next
to nothing.
"""

from typing import Any

from unetkit.trainer.networks.blocks import conv_norm_relu, rounded_filters, separable, separable_residual

FILTERS = (16, 48, 96, 192, 320)
BLOCKS = (0, 2, 3, 3, 3)
KERNELS = (3, 3, 5, 5, 5)
DEPTHS = (2, 3, 4, 5)


def edge_pyramid(frame: Any, multiplier: float, depth: int) -> list[Any]:
    """Feature maps at strides 2, 4, ..., 2**depth.

    Args:
        frame: normalised float32 (N, H, W, 3).
        multiplier: of the filters, which stay multiples of 8.
        depth: one of DEPTHS.
    """
    filters = [rounded_filters(count * multiplier) for count in FILTERS[:depth]]
    x = conv_norm_relu(frame, filters[0], stride=2, name="down0")
    pyramid = [x]
    for scale in range(1, depth):
        enter = conv_norm_relu if scale == 1 else separable
        x = enter(x, filters[scale], stride=2, name=f"down{scale}")
        for block in range(BLOCKS[scale]):
            x = separable_residual(x, filters[scale], kernel=KERNELS[scale], name=f"down{scale}_{block}")
        pyramid.append(x)
    return pyramid
