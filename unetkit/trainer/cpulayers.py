"""The network as a CPU trains it fastest: the same layers and weights, two of them computed another way.

Measured on edge at 128x128, batch 32, one thread: together they take a step to 0.44 of its time (docs/benchmarks.md).

- A 1x1 convolution is a matrix product. TensorFlow's convolution gradient takes several times as long for it.
- Batch norm as one kernel forward and one backward. Keras computes it from means and products, each of which walks
  through memory on its own.

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

    pointwise, batch_norm = _layers()

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        if type(layer) is keras.layers.Conv2D and _is_pointwise(layer):
            return pointwise.from_config(config)
        if type(layer) is keras.layers.BatchNormalization and layer.axis in {-1, 3}:
            return batch_norm.from_config(config)
        return type(layer).from_config(config)

    twin = keras.models.clone_model(network, clone_function=clone)
    twin.set_weights(network.get_weights())
    return twin


def _is_pointwise(layer: Any) -> bool:
    return bool(layer.kernel_size == (1, 1) and layer.strides == (1, 1) and layer.groups == 1)


@cache
def _layers() -> tuple[type[Any], type[Any]]:
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

    return PointwiseConv2D, FusedBatchNormalization
