"""A folded network's weights go back into the network it was made of, and both compute the same."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.tf.export.standins import SIDE, network_of, spec_of
from unetkit.deployment.network import for_inference
from unetkit.deployment.unfolding import unfold

pytestmark = pytest.mark.tf

FRAMES = np.random.default_rng(3).uniform(-1, 1, (2, SIDE, SIDE, 3)).astype(np.float32)


@pytest.mark.parametrize("style", ["edge", "classic"])
def test_what_was_learnt_folded_is_what_the_network_computes(style: Any) -> None:
    model = network_of(style)
    network = for_inference(model, replace(spec_of(style).input, color_order="bgr"))
    random = np.random.default_rng(1)
    network.set_weights([value + random.normal(0, 0.05, value.shape) for value in network.get_weights()])
    unfold(network, model)
    expected = network(FRAMES, training=False)
    # float32 sums of some hundred products of size 1, in another order
    np.testing.assert_allclose(model(FRAMES, training=False), expected, atol=1e-4 * float(np.abs(expected).max()))


@pytest.mark.parametrize(("scale", "center"), [(True, True), (False, True), (True, False), (False, False)])
def test_a_norm_passes_the_convolution_on_whatever_it_may_learn(scale: bool, center: bool) -> None:
    import keras
    from keras import Input, layers

    frame = Input((SIDE, SIDE, 3))
    x = layers.Conv2D(4, 3, use_bias=False)(frame)
    model = keras.Model(frame, layers.BatchNormalization(scale=scale, center=center)(x))
    random = np.random.default_rng(0)
    model.set_weights([random.uniform(0.5, 2, value.shape) for value in model.get_weights()])
    expected = model(FRAMES, training=False)
    unfold(for_inference(model, spec_of("edge").input), model)
    np.testing.assert_allclose(model(FRAMES, training=False), expected, rtol=1e-4, atol=1e-4)


def test_the_norms_statistics_are_those_of_what_they_now_see() -> None:
    """gamma 2, mean 3, variance 4, epsilon 0: a scale of 1, so the statistics stay; gamma 6 makes them 9 and 36."""
    import keras
    from keras import Input, layers

    frame = Input((SIDE, SIDE, 3))
    x = layers.Conv2D(2, 1, use_bias=False)(frame)
    model = keras.Model(frame, layers.BatchNormalization(epsilon=0)(x))
    kernel = np.ones((1, 1, 3, 2), np.float32)
    model.set_weights([kernel, *np.array([[2, 6], [5, 5], [3, 3], [4, 4]], np.float32)])
    unfold(for_inference(model, spec_of("edge").input), model)
    gamma, beta, mean, variance = model.layers[-1].get_weights()
    np.testing.assert_allclose(mean, [3, 9])
    np.testing.assert_allclose(variance, [4, 36])
    np.testing.assert_allclose(gamma, [2, 6])
    np.testing.assert_allclose(beta, [5, 5], rtol=1e-6)
    np.testing.assert_allclose(model.layers[1].get_weights()[0][0, 0], [[1, 3]] * 3)
