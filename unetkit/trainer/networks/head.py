"""The head: scores at full resolution from a map at half, without a layer at full resolution."""

from typing import Any

import numpy as np


def subpixel_scores(x: Any, channels: int, activation: str | None) -> Any:
    """Float32 (N, H / 2, W / 2, C) -> float32 scores (N, H, W, channels), `activation` applied.

    Each pixel gives the scores of its 2x2 full-resolution pixels: a depth-to-space (Shi et al. 2016, arXiv:1609.05158).
    """
    import keras
    from keras import layers

    subpixels = layers.Conv2D(4 * channels, 1, dtype="float32", name="subpixels")
    scores = keras.ops.nn.depth_to_space(subpixels(x), 2)
    kernel, bias = subpixels.get_weights()
    # The four subpixels start out alike, or the first epochs draw a checkerboard (Aitken et al., arXiv:1707.02937).
    subpixels.set_weights([np.tile(kernel[..., :channels], 4), bias])
    if activation is not None:
        scores = layers.Activation(activation, dtype="float32", name="scores")(scores)
    return scores
