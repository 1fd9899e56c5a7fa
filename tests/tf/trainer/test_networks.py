"""The networks' shapes and sizes, counted by hand, and that a checkpoint needs no code of ours."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unetkit.trainer.networks import NETWORKS

pytestmark = pytest.mark.tf

STOCK_LAYERS = {
    "InputLayer",
    "Conv2D",
    "DepthwiseConv2D",
    "BatchNormalization",
    "ReLU",
    "UpSampling2D",
    "Add",
    "DepthToSpace",  # keras.ops, stock and serialisable
}

CLASSIC_SHAPES = """
down64_a 128 128 64
down64_b 128 128 64
down64_pool 64 64 64
down128_a 64 64 128
down128_b 64 64 128
down128_pool 32 32 128
down256_a 32 32 256
down256_b 32 32 256
down256_pool 16 16 256
down512_a 16 16 512
down512_b 16 16 512
down512_pool 8 8 512
bottleneck_a 8 8 1024
bottleneck_b 8 8 1024
up512_transpose 16 16 512
up512_concat 16 16 1024
up512_a 16 16 512
up512_b 16 16 512
up256_transpose 32 32 256
up256_concat 32 32 512
up256_a 32 32 256
up256_b 32 32 256
up128_transpose 64 64 128
up128_concat 64 64 256
up128_a 64 64 128
up128_b 64 64 128
up64_transpose 128 128 64
up64_concat 128 128 128
up64_a 128 128 64
up64_b 128 128 64
scores 128 128 3
"""


def _classic_parameters() -> int:
    """Weights and biases by hand: kernel area x inputs x outputs + outputs."""

    def conv(inputs: int, outputs: int, area: int = 9) -> int:
        return area * inputs * outputs + outputs

    def double(inputs: int, outputs: int) -> int:
        return conv(inputs, outputs) + conv(outputs, outputs)

    down = double(3, 64) + double(64, 128) + double(128, 256) + double(256, 512) + double(512, 1024)
    up = sum(conv(2 * width, width) + double(2 * width, width) for width in (512, 256, 128, 64))
    return down + up + conv(64, 3, area=1)


@pytest.fixture(scope="module")
def edge() -> Any:
    import keras

    keras.utils.set_random_seed(0)
    return NETWORKS["edge"].build(32, 32, 3, None)


def test_classic_is_the_reference_layer_for_layer() -> None:
    model = NETWORKS["classic"].build(128, 128, 3, "softmax")
    assert model.count_params() == _classic_parameters() == 34_513_475
    for line in CLASSIC_SHAPES.strip().splitlines():
        name, *shape = line.split()
        assert model.get_layer(name).output.shape == (None, *map(int, shape)), name
    dropouts = [layer for layer in model.layers if type(layer).__name__ == "Dropout"]
    assert [layer.rate for layer in dropouts] == [0.3] * 8
    named = {line.split()[0] for line in CLASSIC_SHAPES.strip().splitlines()}
    assert {layer.name for layer in model.layers} - named - {layer.name for layer in dropouts} == {"frame"}


def test_edge_is_under_a_million_parameters_and_of_layers_that_quantise(edge: Any) -> None:
    assert edge.count_params() < 1_000_000
    assert {type(layer).__name__ for layer in edge.layers} <= STOCK_LAYERS
    assert edge.output_shape == (None, 32, 32, 3)
    activations = {layer.activation.__name__ for layer in edge.layers if hasattr(layer, "activation")}
    assert "softmax" not in activations


@pytest.mark.parametrize(("name", "limit"), [("edge-nano", 150_000), ("edge-small", 500_000), ("lite0", 3_000_000)])
def test_the_other_sizes_keep_to_their_budgets_and_to_layers_that_quantise(name: str, limit: int) -> None:
    model = NETWORKS[name].build(64, 64, 3, None)
    assert model.count_params() < limit
    assert {type(layer).__name__ for layer in model.layers} <= STOCK_LAYERS


@pytest.mark.parametrize(("name", "depth"), [("edge", 2), ("edge", 3), ("lite0", 3), ("lite0", 4), ("classic", 2)])
def test_a_shallower_network_halves_its_input_less_often(name: str, depth: int) -> None:
    model = NETWORKS[name].build(64, 64, 3, None, depth=depth)
    heights = [layer.output.shape[1] for layer in model.layers]
    assert (min(heights), model.output_shape) == (64 // 2**depth, (None, 64, 64, 3))


def test_width_multiplies_the_filters() -> None:
    half, whole = (NETWORKS["edge"].build(64, 64, 2, None, multiplier=width) for width in (0.5, 1.0))
    assert half.get_layer("down3_conv").filters * 2 == whole.get_layer("down3_conv").filters


def test_edge_applies_its_activation_last_when_asked() -> None:
    model = NETWORKS["edge"].build(32, 32, 1, "sigmoid")
    assert model.layers[-1].activation.__name__ == "sigmoid"
    assert model.output_shape == (None, 32, 32, 1)


def test_a_saved_network_loads_without_custom_code_and_answers_the_same(edge: Any, tmp_path: Path) -> None:
    import keras

    edge.save(tmp_path / "edge.keras")
    loaded = keras.models.load_model(tmp_path / "edge.keras", safe_mode=True)
    frames = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    np.testing.assert_array_equal(loaded(frames), edge(frames))


def test_the_weights_of_any_size_fit_the_fixed_size_in_the_same_order(edge: Any) -> None:
    anysize = NETWORKS["edge"].build(None, None, 3, None)
    assert anysize.output_shape == (None, None, None, 3)
    anysize.set_weights(edge.get_weights())
    frames = np.random.default_rng(0).uniform(-1, 1, (1, 32, 32, 3)).astype(np.float32)
    # The same kernels on the same numbers; a fused kernel may sum in another order.
    np.testing.assert_allclose(anysize(frames), edge(frames), atol=1e-5)
    assert anysize(np.tile(frames, (1, 2, 1, 1))).shape == (1, 64, 32, 3)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_network_is_called_dense_when_none_of_its_convolutions_is_depthwise(name: str) -> None:
    network = NETWORKS[name]
    model = network.build(64, 64, 3, "softmax" if network.scores == "probabilities" else None)
    depthwise = [layer.name for layer in model.layers if type(layer).__name__ == "DepthwiseConv2D"]
    assert network.dense == (not depthwise)
