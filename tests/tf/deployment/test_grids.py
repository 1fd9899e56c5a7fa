"""Where int8 rounds a network, and what shares a range there."""

from typing import Any

import pytest

from tests.tf.export.standins import edge_network
from unetkit.contract.spec import InputSpec
from unetkit.deployment.grids import Grids
from unetkit.deployment.network import for_inference
from unetkit.errors import UsageError
from unetkit.trainer.networks import NETWORKS

pytestmark = pytest.mark.tf

SPEC = InputSpec(height=32, width=32)


def _planned(outputs: Any, frame: Any) -> Grids:
    import keras

    return Grids.plan(for_inference(keras.Model(frame, outputs), SPEC))


def test_a_convolution_its_norm_and_its_relu_are_rounded_once() -> None:
    from keras import Input, layers

    frame = Input((32, 32, 3))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, use_bias=False, name="conv")(frame))
    assert _planned(layers.ReLU(name="relu")(x), frame).rounded == {"relu": "relu"}


def test_what_a_relu_is_not_alone_to_read_is_rounded_before_it_too() -> None:
    from keras import Input, layers

    frame = Input((32, 32, 3))
    x = layers.Conv2D(4, 3, padding="same", name="conv")(frame)
    y = layers.Add(name="add")([x, layers.ReLU(name="relu")(x)])
    assert list(_planned(y, frame).rounded) == ["conv", "relu", "add"]


def test_what_only_moves_values_keeps_their_grid() -> None:
    from keras import Input, layers, ops

    frame = Input((32, 32, 3))
    x = layers.Conv2D(4, 3, padding="same", name="conv")(layers.ZeroPadding2D(1)(frame))
    x = layers.UpSampling2D(2)(layers.MaxPooling2D(2, name="pool")(x))
    grids = _planned(ops.nn.depth_to_space(x, 2), frame)
    assert grids.names == ("conv",)
    assert set(grids.of.values()) == {"conv"}
    assert len(grids.of) == 4  # convolution, pool, upsampling, depth-to-space; not the padded frame


def test_what_is_concatenated_shares_one_range() -> None:
    from keras import Input, layers

    frame = Input((32, 32, 3))
    left, right = (layers.Conv2D(4, 3, padding="same", name=name)(frame) for name in ("left", "right"))
    other = layers.Conv2D(2, 1, name="other")(layers.Concatenate(name="both")([left, right]))
    grids = _planned(other, frame)
    assert grids.rounded == {"left": "left", "right": "left", "other": "other"}
    assert grids.of["both"] == "left"


def test_the_softmax_that_gives_the_scores_stays_float_and_what_it_reads_is_rounded() -> None:
    from keras import Input, layers

    frame = Input((32, 32, 3))
    assert list(_planned(layers.Conv2D(3, 1, activation="softmax", name="scores")(frame), frame).rounded) == ["scores"]


@pytest.mark.parametrize("name", ["edge-nano", "lite0", "mobilenet_v3_small", "classic"])
def test_networks_of_every_kind_can_be_rounded(name: str) -> None:
    network = NETWORKS[name]
    model = network.build(64, 64, 3, "softmax" if network.scores == "probabilities" else None)
    grids = Grids.plan(for_inference(model, network.input_spec(64)))
    assert len(grids.names) > len([layer for layer in model.layers if type(layer).__name__ == "Add"])


def test_a_layer_whose_rounding_is_not_known_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match=r"--qat .* int8 rounds separable_conv2d.*, up_samp"):
        Grids.plan(for_inference(edge_network(), SPEC))
