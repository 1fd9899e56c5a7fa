"""A U-Net made to be quantised: 0.39 M parameters, integer throughout but for ONNX Runtime's closing depth-to-space.

The encoder is inverted residuals from half resolution down to 1/16, wide kernels where maps are small; the decoder
adds 1x1-projected skips (no wide concatenation) and ends at half resolution, where each pixel holds the scores of its
2x2 full-resolution pixels: a depth-to-space instead of layers at full resolution, whose memory traffic is most of a
small network's time. No transposed convolution, no softmax, and batch norms that fold.
"""

from typing import Any

import numpy as np

from unetkit.trainer.networks.blocks import conv_norm_relu, inverted_residual, separable

STEM = 16
ENCODER = ((32, 2, 3), (64, 3, 5), (128, 3, 5))  # filters, blocks, kernel after the first block
DECODER = (64, 32, 24)
EXPAND = 3


def build_edge(height: int | None, width: int | None, channels: int, activation: str | None) -> Any:
    """Float32 (N, height, width, 3) -> (N, height, width, channels), `activation` applied."""
    import keras
    from keras import layers

    frame = layers.Input((height, width, 3), name="frame")
    x = conv_norm_relu(frame, STEM, stride=2, name="stem")
    x = conv_norm_relu(x, STEM, name="down0")
    skips = [x]
    for scale, (filters, blocks, kernel) in enumerate(ENCODER, start=1):
        x = inverted_residual(x, filters, expand=EXPAND, stride=2, name=f"down{scale}_0")
        for block in range(1, blocks):
            x = inverted_residual(x, filters, expand=EXPAND, kernel=kernel, name=f"down{scale}_{block}")
        skips.append(x)
    for scale, filters in zip((2, 1, 0), DECODER, strict=True):
        x = conv_norm_relu(x, filters, kernel=1, name=f"up{scale}_in")
        x = layers.UpSampling2D(2, interpolation="nearest", name=f"up{scale}_enlarge")(x)
        skip = conv_norm_relu(skips[scale], filters, kernel=1, name=f"up{scale}_skip")
        x = layers.Add(name=f"up{scale}_add")([x, skip])
        x = separable(x, filters, name=f"up{scale}_a")
        x = separable(x, filters, name=f"up{scale}_b") if scale else conv_norm_relu(x, filters, name="up0_b")
    subpixels = layers.Conv2D(4 * channels, 1, dtype="float32", name="subpixels")
    scores = keras.ops.nn.depth_to_space(subpixels(x), 2)
    kernel, bias = subpixels.get_weights()
    # The four subpixels start out alike, or the first epochs draw a checkerboard (Aitken et al. 2017, 1707.02937).
    subpixels.set_weights([np.tile(kernel[..., :channels], 4), bias])
    if activation is not None:
        scores = layers.Activation(activation, dtype="float32", name="scores")(scores)
    return keras.Model(frame, scores, name="edge")
