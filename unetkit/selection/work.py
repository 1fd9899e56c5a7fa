"""The work of a network, counted from its layers."""

import math
from typing import Any


def multiply_adds(model: Any) -> int:
    """Multiply-adds of one frame through a Keras model of fixed size: its convolutions, which are nearly all there is.

    Every number of a kernel is used once at each place that the kernel visits: a place is a pixel of the output, and of
    the input for a transposed convolution. So a Conv2D costs `height * width * kernel.size`, whatever its groups.
    """
    return sum(_of_layer(layer) for layer in model.layers)


def _of_layer(layer: Any) -> int:
    kernels: list[tuple[int, ...]] = [tuple(weight.shape) for weight in layer.weights if len(weight.shape) == 4]
    if not kernels:
        return 0
    visited = layer.input if type(layer).__name__ == "Conv2DTranspose" else layer.output
    _, height, width, _ = visited.shape
    return sum(math.prod((height, width, *kernel)) for kernel in kernels)
