"""Layers that compute as their stock namesakes do, rounded; they train and are never saved."""

from functools import cache
from typing import Any

from unetkit.trainer.qat.rounding import rounded_activation, rounded_kernel

GAIN = 10.0  # of a range's learning rate over the weights': Adam moves each by its rate, and a range has further to go


@cache
def rounding_layers() -> dict[str, type[Any]]:
    """By the class name of the stock layer, what stands in for it; `Rounding` stands behind others."""
    import keras
    import tensorflow as tf
    from keras import layers, ops

    class RoundedConv2D(layers.Conv2D):  # type: ignore[misc]
        """Its kernel rounded; a 1x1 convolution as the matrix product that it is, which a CPU trains faster."""

        per_channel = True

        def call(self, inputs: Any) -> Any:
            kernel = rounded_kernel(self.kernel, "conv", per_channel=self.per_channel)
            if self.kernel_size == (1, 1) and self.strides == (1, 1) and self.groups == 1:
                pixels = tf.reshape(inputs, (-1, inputs.shape[-1]))  # (N * H * W, C)
                outputs = tf.reshape(tf.matmul(pixels, kernel[0, 0]), (-1, *inputs.shape[1:3], self.filters))
            else:
                outputs = ops.conv(inputs, kernel, self.strides, self.padding, dilation_rate=self.dilation_rate)
            return self.activation(outputs + self.bias if self.use_bias else outputs)

    class RoundedDepthwiseConv2D(layers.DepthwiseConv2D):  # type: ignore[misc]
        """Its kernel rounded."""

        per_channel = True

        def call(self, inputs: Any) -> Any:
            kernel = rounded_kernel(self.kernel, "depthwise", per_channel=self.per_channel)
            outputs = ops.depthwise_conv(inputs, kernel, self.strides, self.padding, dilation_rate=self.dilation_rate)
            return self.activation(outputs + self.bias if self.use_bias else outputs)

    class RoundedConv2DTranspose(layers.Conv2DTranspose):  # type: ignore[misc]
        """Its kernel rounded."""

        per_channel = True

        def call(self, inputs: Any) -> Any:
            kernel = rounded_kernel(self.kernel, "transpose", per_channel=self.per_channel)
            outputs = ops.conv_transpose(
                inputs, kernel, self.strides, self.padding, self.output_padding, dilation_rate=self.dilation_rate
            )
            return self.activation(outputs + self.bias if self.use_bias else outputs)

    class RoundedActivation(layers.Activation):  # type: ignore[misc]
        """A swish, soft or hard, whose inner gate int8 rounds too."""

        def call(self, inputs: Any) -> Any:
            if self.activation.__name__ == "silu":
                return inputs * rounded_activation(tf.sigmoid(inputs), 0.0, 1.0, 0.0)
            if self.activation.__name__ == "hard_silu":
                return inputs * rounded_activation(tf.nn.relu6(inputs + 3.0) / 6.0, 0.0, 1.0, 0.0)
            return self.activation(inputs)

    class Rounding(layers.Layer):  # type: ignore[misc]
        """Rounds what it is given to 256 steps over a range of learnt width."""

        def build(self, input_shape: Any) -> None:  # noqa: ARG002
            self.low, self.high = (
                self.add_weight(name=name, shape=(), initializer=keras.initializers.Constant(end), trainable=False)
                for name, end in (("low", 0.0), ("high", 1.0))
            )
            self.widening = self.add_weight(name="widening", shape=(), initializer="zeros")

        def compute_output_spec(self, inputs: Any) -> Any:
            return keras.KerasTensor(inputs.shape, inputs.dtype)  # Keras believes sums with a constant to be sparse

        def call(self, inputs: Any) -> Any:
            return rounded_activation(inputs, self.low, self.high, GAIN * self.widening)

        @property
        def range(self) -> tuple[float, float]:
            """As it has been learnt."""
            factor = float(tf.exp(GAIN * self.widening))
            return float(self.low) * factor, float(self.high) * factor

        def cover(self, low: float, high: float) -> None:
            """Start anew with this range."""
            for variable, value in ((self.low, low), (self.high, high), (self.widening, 0.0)):
                variable.assign(value)

    return {
        "Conv2D": RoundedConv2D,
        "DepthwiseConv2D": RoundedDepthwiseConv2D,
        "Conv2DTranspose": RoundedConv2DTranspose,
        "Activation": RoundedActivation,
        "Rounding": Rounding,
    }
