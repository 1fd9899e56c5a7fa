"""The reference U-Net, layer for layer: 34,513,475 parameters at 128x128x3 -> 3 classes.

Ronneberger et al. 2015 (arXiv:1505.04597) in the form of the Keras example on the Oxford-IIIT Pet trimaps: same
padding, max pooling, dropout 0.3 behind every scale, transposed 3x3 convolutions on the way up, no batch norm.
"""

from typing import Any

WIDTHS = (64, 128, 256, 512)
BOTTLENECK = 1024
DROPOUT = 0.3


def build_classic(
    height: int | None, width: int | None, channels: int, activation: str | None, *, multiplier: float, depth: int
) -> Any:
    """Float32 (N, height, width, 3) -> (N, height, width, channels), `activation` applied."""
    import keras
    from keras import layers

    frame = x = layers.Input((height, width, 3), name="frame")
    skips = []
    widths = [max(1, round(filters * multiplier)) for filters in (*WIDTHS, BOTTLENECK)[: depth + 1]]
    for filters in widths[:-1]:
        skip = _double_conv(x, filters, name=f"down{filters}")
        skips.append(skip)
        x = layers.MaxPooling2D(2, name=f"down{filters}_pool")(skip)
        x = layers.Dropout(DROPOUT, name=f"down{filters}_dropout")(x)
    x = _double_conv(x, widths[-1], name="bottleneck")
    for filters, skip in zip(reversed(widths[:-1]), reversed(skips), strict=True):
        x = layers.Conv2DTranspose(filters, 3, strides=2, padding="same", name=f"up{filters}_transpose")(x)
        x = layers.Concatenate(name=f"up{filters}_concat")([x, skip])
        x = layers.Dropout(DROPOUT, name=f"up{filters}_dropout")(x)
        x = _double_conv(x, filters, name=f"up{filters}")
    scores = layers.Conv2D(channels, 1, activation=activation, dtype="float32", name="scores")(x)
    return keras.Model(frame, scores, name="classic")


def _double_conv(x: Any, filters: int, *, name: str) -> Any:
    from keras import layers

    for step in ("a", "b"):
        conv = layers.Conv2D(
            filters, 3, padding="same", activation="relu", kernel_initializer="he_normal", name=f"{name}_{step}"
        )
        x = conv(x)
    return x
