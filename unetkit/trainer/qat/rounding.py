"""Rounding to int8 inside a training: forward as the engines do it, backward as if it were not there.

A step has no slope, so the gradient passes straight through it (Bengio et al. 2013, arXiv:1308.3432). The width of an
activation's range is learnt: its gradient has the error of what was rounded and the end of what was clipped, so that a
range shrinks where finer steps help and widens where clipping hurts (Esser et al. 2020, arXiv:1902.08153, equation 3;
Jain et al. 2020, arXiv:1903.08066, who learn its logarithm, as is done here).
"""

from functools import cache
from typing import Any, Literal

from unetkit.deployment.weights import LARGEST, LARGEST_PAIR, SMALLEST_SCALE

Kind = Literal["conv", "depthwise", "transpose"]  # kernels HWIO, HWIM, HWOI
_LEVELS = 255
_OUTPUT_AXES: dict[Kind, tuple[int, ...]] = {"conv": (3,), "depthwise": (2, 3), "transpose": (2,)}


def rounded_kernel(kernel: Any, kind: Kind, *, per_channel: bool) -> Any:
    """A kernel as int8 holds it, in float32; its gradient is the kernel's.

    Scales are `unetkit.deployment.weights`': symmetric, and of ordinary convolutions so wide that no engine saturates.

    Args:
        kernel: float32 of rank 4.
        kind: of its layer.
        per_channel: a scale for each output channel; else one for all.
    """
    import tensorflow as tf

    inner = [axis for axis in range(4) if axis not in _OUTPUT_AXES[kind]]
    fixed = tf.stop_gradient(kernel)
    scale = tf.reduce_max(tf.abs(fixed), inner, keepdims=True) / LARGEST
    if kind == "conv":
        ordered = tf.reshape(tf.transpose(fixed, (3, 0, 1, 2)), (kernel.shape[3], -1))  # neighbours as they are summed
        left, right = ordered[:, :-1], ordered[:, 1:]
        pairs = tf.where(left * right > 0, tf.abs(left + right), 0.0)
        # A kernel of one weight has no neighbours.
        largest = tf.reduce_max(tf.concat([pairs, tf.zeros_like(ordered[:, :1])], 1), 1)
        scale = tf.maximum(scale, largest / LARGEST_PAIR)
    if not per_channel:
        scale = tf.reduce_max(scale)
    scale = tf.maximum(scale, SMALLEST_SCALE)
    return kernel + tf.stop_gradient(tf.round(fixed / scale) * scale - fixed)


def rounded_activation(values: Any, low: Any, high: Any, widening: Any) -> Any:
    """Values as int8 holds them, in float32: 256 steps over `[low, high] * exp(widening)`, zero being one of them.

    Args:
        values: float32 of any shape.
        low: scalar, at most 0.
        high: scalar, at least 0, above `low`.
        widening: scalar; learnt.
    """
    import tensorflow as tf

    return _with_learned_width()(values, *(tf.convert_to_tensor(item, tf.float32) for item in (low, high, widening)))


@cache
def _with_learned_width() -> Any:
    import tensorflow as tf

    @tf.custom_gradient
    def rounded(values: Any, low: Any, high: Any, widening: Any) -> Any:
        low, high = low * tf.exp(widening), high * tf.exp(widening)
        given = tf.quantization.fake_quant_with_min_max_vars(values, low, high)

        def gradient(upstream: Any) -> tuple[Any, None, None, Any]:
            error = given - values
            inside = tf.abs(error) <= (high - low) * (0.501 / _LEVELS)  # else it was clipped
            count = tf.cast(tf.size(values), tf.float32)
            # As large as a weight's, however many values share the range (Esser et al., section 2.2).
            slope = tf.reduce_sum(upstream * tf.where(inside, error, given)) * tf.math.rsqrt(count)
            return tf.where(inside, upstream, 0.0), None, None, slope

        return given, gradient

    return rounded
