"""Rounding in training is the exporters' rounding, and its gradients are those it is meant to have."""

from typing import Any

import numpy as np
import pytest

from unetkit.deployment.weights import plain_scales, rounded, unsaturated_scales
from unetkit.trainer.qat.rounding import rounded_activation, rounded_kernel

pytestmark = pytest.mark.tf

RANDOM = np.random.default_rng(0)


def test_a_kernel_is_rounded_as_the_onnx_quantiser_does() -> None:
    kernel = RANDOM.normal(0, 1, (3, 3, 5, 7)).astype(np.float32)  # HWIO
    exported = kernel.transpose(3, 2, 0, 1)  # OIHW
    scales = unsaturated_scales(exported, 1)
    for per_channel, used in ((True, scales), (False, np.full_like(scales, scales.max()))):
        given = rounded_kernel(kernel, "conv", per_channel=per_channel).numpy()
        # The order of a product and a division: one unit in the last place.
        np.testing.assert_allclose(given.transpose(3, 2, 0, 1), rounded(exported, used), rtol=1e-6, atol=1e-7)


def test_a_depthwise_kernel_keeps_all_eight_bits() -> None:
    kernel = RANDOM.normal(0, 1, (3, 3, 6, 1)).astype(np.float32)  # HWIM
    exported = kernel.transpose(2, 3, 0, 1)
    given = rounded_kernel(kernel, "depthwise", per_channel=True).numpy().transpose(2, 3, 0, 1)
    np.testing.assert_allclose(given, rounded(exported, plain_scales(exported)), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("value", [0.0, -2.0])
def test_a_kernel_of_one_weight_or_of_zeros_is_exact(value: float) -> None:
    kernel = np.full((1, 1, 1, 1), value, np.float32)
    np.testing.assert_allclose(rounded_kernel(kernel, "conv", per_channel=True), kernel, rtol=1e-6)


def test_a_kernels_gradient_passes_straight_through() -> None:
    import tensorflow as tf

    kernel = tf.Variable(RANDOM.normal(0, 1, (3, 3, 2, 2)).astype(np.float32))
    upstream = RANDOM.normal(0, 1, kernel.shape).astype(np.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(upstream * rounded_kernel(kernel, "conv", per_channel=True))
    np.testing.assert_allclose(tape.gradient(loss, kernel), upstream)


@pytest.mark.parametrize(("low", "high"), [(0.0, 6.0), (-1.0, 3.0), (-2.5, 0.0), (-0.01, 8.0)])
def test_activations_lie_on_256_steps_of_which_zero_is_one(low: float, high: float) -> None:
    values = RANDOM.uniform(low - 1, high + 1, 1000).astype(np.float32)
    scale = (high - low) / 255
    zero = round(-low / scale)
    expected = (np.clip(np.round(values / scale) + zero, 0, 255) - zero) * scale
    given = rounded_activation(values, low, high, 0.0).numpy()
    apart = np.abs(given - expected) > scale * 1e-3
    assert apart.mean() < 0.005  # a value half between two steps may go to either
    np.testing.assert_allclose(given, expected, atol=scale * 1.001)
    assert 0.0 in rounded_activation(np.zeros(1, np.float32), low, high, 0.0).numpy()


def test_widening_is_the_logarithm_of_the_ranges_factor() -> None:
    values = RANDOM.uniform(-1, 9, 100).astype(np.float32)
    wide = rounded_activation(values, -1.0, 3.0, float(np.log(2)))
    np.testing.assert_allclose(wide, rounded_activation(values, -2.0, 6.0, 0.0), rtol=1e-5)


def _gradients(values: list[float]) -> tuple[Any, float]:
    import tensorflow as tf

    given, widening = tf.constant(values), tf.Variable(0.0)
    with tf.GradientTape() as tape:
        tape.watch(given)
        total = tf.reduce_sum(rounded_activation(given, 0.0, 255.0, widening))  # steps of 1
    to_values, to_widening = tape.gradient(total, (given, widening))
    return to_values.numpy(), float(to_widening)


def test_what_is_clipped_has_no_gradient_and_pulls_the_range() -> None:
    """Rounded: errors -0.25 and 0.25. Clipped: the range's end, 255. Over the root of how many there are."""
    to_values, to_widening = _gradients([10.25, 99.75, 300.0, -7.0])
    np.testing.assert_array_equal(to_values, [1, 1, 0, 0])
    assert to_widening == pytest.approx((-0.25 + 0.25 + 255 + 0) / 2)


def test_what_is_only_rounded_pulls_the_range_by_its_error() -> None:
    _, to_widening = _gradients([10.25, 20.25, 30.25, 40.25])
    assert to_widening == pytest.approx(4 * -0.25 / 2, abs=1e-4)
