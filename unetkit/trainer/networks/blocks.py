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


def inverted_residual(x: Any, filters: int, *, expand: int, kernel: int = 3, stride: int = 1, name: str) -> Any:
    """Expand, filter each channel, project; the input is added when shapes allow (Sandler et al. 2018).

    ReLU instead of ReLU6: int8 ranges come from calibration, so there is nothing to clip for.
    """
    from keras import layers

    y = conv_norm_relu(x, x.shape[-1] * expand, kernel=1, name=f"{name}_expand")
    y = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name=f"{name}_depthwise")(y)
    y = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{name}_depthwise_norm")(y)
    y = layers.ReLU(name=f"{name}_depthwise_relu")(y)
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project_conv")(y)
    y = layers.BatchNormalization(momentum=BATCH_NORM_MOMENTUM, name=f"{name}_project_norm")(y)
    return layers.Add(name=f"{name}_add")([x, y]) if y.shape == x.shape else y
