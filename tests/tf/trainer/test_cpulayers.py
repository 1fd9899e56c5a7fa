"""The network that a CPU trains gives what the stock one gives: scores, gradients, statistics."""

from typing import Any

import numpy as np
import pytest

from unetkit.trainer.cpulayers import for_cpu
from unetkit.trainer.networks import NETWORKS

pytestmark = pytest.mark.tf

FRAMES = np.random.default_rng(0).uniform(-1, 1, (4, 64, 64, 3)).astype(np.float32)


@pytest.fixture(scope="module", params=["edge-nano", "lite0"])
def stock(request: pytest.FixtureRequest) -> Any:
    import keras

    keras.utils.set_random_seed(1)
    return NETWORKS[request.param].build(None, None, 3, None, depth=3)


@pytest.mark.parametrize("training", [False, True])
def test_it_gives_the_same_scores(stock: Any, training: bool) -> None:
    # Other kernels sum in another order; scores are of size 1.
    np.testing.assert_allclose(for_cpu(stock)(FRAMES, training=training), stock(FRAMES, training=training), atol=1e-4)


def test_it_gives_the_same_gradients_and_statistics(stock: Any) -> None:
    import tensorflow as tf

    fast = for_cpu(stock)
    found = []
    for network in (stock, fast):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(network(FRAMES, training=True) ** 2)
        found.append(tape.gradient(loss, network.trainable_variables))
    largest = max(float(np.abs(gradient).max()) for gradient in found[0])
    for variable, expected, actual in zip(stock.trainable_variables, *found, strict=True):
        # Of the largest gradient, not of each one's own: an offset in front of another norm has none but rounding.
        np.testing.assert_allclose(actual / largest, expected / largest, atol=1e-3, err_msg=variable.path)
    for expected, actual in zip(stock.get_weights(), fast.get_weights(), strict=True):
        # The variance is over N - 1 instead of N, and N is 256 at the coarsest scale: 0.4 %.
        np.testing.assert_allclose(actual, expected, rtol=1e-2, atol=1e-4)


def test_held_norms_use_and_keep_their_statistics(stock: Any) -> None:
    fast = for_cpu(stock)
    for layer in fast.layers:
        if hasattr(layer, "moving_mean"):
            layer.trainable = False
    before = fast.get_weights()
    np.testing.assert_allclose(fast(FRAMES, training=True), stock(FRAMES, training=False), atol=1e-4)
    for expected, actual in zip(before, fast.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)


def test_its_weights_fit_the_stock_network_in_the_same_order(stock: Any) -> None:
    shapes = [(weight.shape, weight.name) for weight in stock.weights]
    assert [(weight.shape, weight.name) for weight in for_cpu(stock).weights] == shapes


@pytest.mark.parametrize("hw", [(4, 4), (7, 10)])
def test_the_filter_gradient_in_four_parts_is_the_whole_one(hw: tuple[int, int]) -> None:
    import keras
    import tensorflow as tf

    frames = tf.random.stateless_normal((3, *hw, 8), (0, 1))
    network = keras.Sequential([keras.layers.Input((*hw, 8)), keras.layers.DepthwiseConv2D(5, padding="same")])
    fast = for_cpu(network)
    assert type(fast.layers[-1]).__name__ == "WideDepthwiseConv2D"
    found = []
    for each in (network, fast):
        with tf.GradientTape() as tape:
            tape.watch(frames)
            loss = tf.reduce_sum(tf.sin(each(frames)))
        found.append(tape.gradient(loss, [frames, *each.trainable_variables]))
    for expected, actual in zip(*found, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("other", [{"kernel_size": 3}, {"strides": 2}, {"padding": "valid"}, {"depth_multiplier": 2}])
def test_other_depthwise_convolutions_are_left_as_they_are(other: dict[str, Any]) -> None:
    import keras

    layer = keras.layers.DepthwiseConv2D(**{"kernel_size": 5, "padding": "same", **other})
    network = keras.Sequential([keras.layers.Input((16, 16, 4)), layer])
    assert type(for_cpu(network).layers[-1]) is keras.layers.DepthwiseConv2D
