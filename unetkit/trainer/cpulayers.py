"""The network as a CPU trains it fastest: the same layers and weights, three of them computed another way.

- A 1x1 convolution is a matrix product. TensorFlow's convolution gradient takes several times as long for it.
- Batch norm as one kernel forward and one backward. Keras computes it from means and products, each of which walks
  through memory on its own.
- The filter gradient of a 5x5 depthwise convolution as four of 3x3, for which oneDNN has code of its own: together they
  take a third to a half of the time.

They are for float32. A GPU fuses both by itself, so there it trains the stock layers; and what is saved is always made
of stock layers.
"""

from functools import cache
from typing import Any


def for_cpu(network: Any) -> Any:
    """A network that computes the same, with its own copies of the weights, in the same order.

    Args:
        network: of stock Keras layers, float32.
    """
    import keras

    pointwise, batch_norm, wide_depthwise = _layers()

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if type(layer) is keras.layers.Conv2D and _is_pointwise(layer):
            return pointwise.from_config(config)
        if type(layer) is keras.layers.BatchNormalization and layer.axis in {-1, 3}:
            return batch_norm.from_config(config)
        if type(layer) is keras.layers.DepthwiseConv2D and _is_wide(layer):
            return wide_depthwise.from_config(config)
        return type(layer).from_config(config)

    twin = keras.models.clone_model(network, clone_function=clone)
    twin.set_weights(network.get_weights())
    return twin


def _is_pointwise(layer: Any) -> bool:
    return bool(layer.kernel_size == (1, 1) and layer.strides == (1, 1) and layer.groups == 1)


def _is_wide(layer: Any) -> bool:
    simple = layer.strides == (1, 1) and layer.dilation_rate == (1, 1) and layer.depth_multiplier == 1
    return bool(layer.kernel_size == (5, 5) and layer.padding == "same" and simple)


@cache
def _layers() -> tuple[type[Any], type[Any], type[Any]]:
    import tensorflow as tf
    from keras import layers

    class PointwiseConv2D(layers.Conv2D):  # type: ignore[misc]
        """A 1x1 convolution as a matrix product."""

        def call(self, inputs: Any) -> Any:
            shape = tf.shape(inputs)
            pixels = tf.reshape(inputs, (-1, inputs.shape[-1]))  # (N * H * W, C)
            mixed = tf.matmul(pixels, self.kernel[0, 0])
            outputs = tf.reshape(mixed, tf.concat([shape[:3], [self.filters]], 0))
            outputs = tf.ensure_shape(outputs, (*inputs.shape[:3], self.filters))
            return self.activation(outputs + self.bias if self.use_bias else outputs)

    class FusedBatchNormalization(layers.BatchNormalization):  # type: ignore[misc]
        """Batch norm in one kernel; held, it is one multiplication and one addition."""

        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:  # noqa: ARG002
            gamma = self.gamma if self.scale else tf.ones_like(self.moving_mean)
            beta = self.beta if self.center else tf.zeros_like(self.moving_mean)
            if not (training and self.trainable):
                factor = gamma * tf.math.rsqrt(self.moving_variance + self.epsilon)
                return inputs * factor + (beta - self.moving_mean * factor)
            outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
                inputs, tf.convert_to_tensor(gamma), tf.convert_to_tensor(beta), epsilon=self.epsilon, is_training=True
            )
            self._track(self.moving_mean, mean)
            self._track(self.moving_variance, variance)  # unbiased here, biased in Keras: 1 in N * H * W apart
            return outputs

        def _track(self, moving: Any, seen: Any) -> None:
            moving.assign(moving * self.momentum + tf.stop_gradient(seen) * (1.0 - self.momentum))

    class WideDepthwiseConv2D(layers.DepthwiseConv2D):  # type: ignore[misc]
        """A 5x5 depthwise convolution with its filter gradient in four parts."""

        def call(self, inputs: Any) -> Any:
            outputs = _depthwise_5x5()(inputs, tf.convert_to_tensor(self.kernel))
            return self.activation(outputs + self.bias if self.use_bias else outputs)

    return PointwiseConv2D, FusedBatchNormalization, WideDepthwiseConv2D


@cache
def _depthwise_5x5() -> Any:
    """Float32 (N, H, W, C) and a kernel (5, 5, C, 1) -> (N, H, W, C), stride 1, padded with zeros."""
    import tensorflow as tf

    how = {"strides": (1, 1, 1, 1), "padding": "SAME"}

    @tf.custom_gradient
    def convolved(inputs: Any, kernel: Any) -> Any:
        def gradient(upstream: Any) -> tuple[Any, Any]:
            of_inputs = tf.nn.depthwise_conv2d_backprop_input(tf.shape(inputs), kernel, upstream, **how)
            return of_inputs, _filter_gradient_5x5(inputs, upstream)

        return tf.nn.depthwise_conv2d(inputs, kernel, **how), gradient

    return convolved


def _filter_gradient_5x5(inputs: Any, upstream: Any) -> Any:
    """The corners of the 5x5, each of 3x3, share its middle row and column."""
    import tensorflow as tf

    padded = tf.pad(inputs, ((0, 0), (2, 2), (2, 2), (0, 0)))
    first, last = slice(None, -2), slice(2, None)

    def corner(rows: slice, columns: slice) -> Any:
        seen = padded[:, rows, columns]
        shape = (3, 3, inputs.shape[-1], 1)
        return tf.nn.depthwise_conv2d_backprop_filter(seen, shape, upstream, (1, 1, 1, 1), "VALID")

    upper, lower = (tf.concat([corner(rows, first), corner(rows, last)[:, 1:]], axis=1) for rows in (first, last))
    return tf.concat([upper, lower[1:]], axis=0)
