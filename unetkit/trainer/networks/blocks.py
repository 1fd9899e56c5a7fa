"""The few blocks the networks are made of, in stock Keras layers."""

from typing import Any

BATCH_NORM_MOMENTUM = 0.95  # Keras' 0.99 leaves the running statistics far behind in trainings of a few hundred steps


def conv_norm_relu(x: Any, filters: int, *, kernel: int = 3, stride: int = 1, name: str) -> Any:
    """(N, H, W, C) -> (N, H / stride, W / stride, filters): convolution, batch norm, ReLU."""
    from keras import layers

    x = layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_conv")(x)
    x = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x)


def separable(x: Any, filters: int, *, kernel: int = 3, stride: int = 1, name: str) -> Any:
    """Depthwise then pointwise convolution, a batch norm behind each, ReLU at the end (Howard et al. 2017).

    Between the two there is no ReLU: the norm alone folds away, and one activation less is one rounding less in int8.
    """
    from keras import layers

    x = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{name}_depthwise_norm")(x)
    return conv_norm_relu(x, filters, kernel=1, name=name)


def separable_residual(x: Any, filters: int, *, kernel: int, name: str) -> Any:
    """Depthwise then pointwise convolution with batch norms, added to their input (N, H, W, filters), then ReLU."""
    from keras import layers

    y = layers.DepthwiseConv2D(kernel, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    y = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{name}_depthwise_norm")(y)
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_conv")(y)
    y = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{name}_norm")(y)
    return layers.ReLU(name=f"{name}_relu")(layers.Add(name=f"{name}_add")([x, y]))


def rounded_filters(filters: float) -> int:
    """The nearest multiple of 8, at least 8: what vector units take at once."""
    return max(8, int(filters / 8 + 0.5) * 8)
