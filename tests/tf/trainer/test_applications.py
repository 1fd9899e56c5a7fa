"""The encoders of keras.applications: their maps as the papers' tables have them, in one flat graph of stock layers."""

from pathlib import Path

import numpy as np
import pytest

from unetkit.trainer.networks import NETWORKS

pytestmark = pytest.mark.tf

# Channels at strides 2, 4, 8, 16, 32: the outputs of the blocks in front of each halving, and of the last one.
MAPS = {
    "mobilenet_v2": (16, 24, 32, 96, 320),  # Table 2 of arXiv:1801.04381
    "mobilenet_v3_small": (16, 16, 24, 48, 96),  # Table 2 of arXiv:1905.02244
    "mobilenet_v3_large": (16, 24, 40, 112, 160),  # Table 1 there
    "efficientnet_v2_b0": (16, 32, 48, 112, 192),  # arXiv:2104.00298: the B0 widths in V2's order of stages
}


@pytest.mark.parametrize("name", MAPS)
def test_the_decoder_takes_the_maps_of_the_papers_tables(name: str) -> None:
    model = NETWORKS[name].build(64, 64, 3, None)
    entries = ("up0_skip_conv", "up1_skip_conv", "up2_skip_conv", "up3_skip_conv", "up3_in_conv")
    taken = [tuple(model.get_layer(entry).input.shape[1:]) for entry in entries]
    assert taken == [(64 >> scale, 64 >> scale, filters) for scale, filters in enumerate(MAPS[name], start=1)]
    assert model.output_shape == (None, 64, 64, 3)
    # One flat graph: the export rebuilds it layer by layer.
    assert {type(layer).__module__.partition(".layers.")[0] for layer in model.layers} == {"keras.src"}


def test_a_shallower_one_leaves_the_coarse_stages_out() -> None:
    model = NETWORKS["mobilenet_v2"].build(32, 64, 1, "sigmoid", multiplier=0.5, depth=3)
    assert model.get_layer("up1_in_conv").input.shape == (None, 4, 8, MAPS["mobilenet_v2"][2])
    assert model.output_shape == (None, 32, 64, 1)
    assert model.layers[-1].activation.__name__ == "sigmoid"
    assert not [layer.name for layer in model.layers if layer.name.startswith(("block_6", "Conv_1"))]


def test_a_checkpoint_of_fixed_size_takes_the_weights_of_open_size_and_loads_without_custom_code(
    tmp_path: Path,
) -> None:
    import keras

    keras.utils.set_random_seed(0)
    network = NETWORKS["mobilenet_v3_small"]  # squeezes, excites, and adds numbers to tensors
    anysize, fixed = (network.build(side, side, 2, None, depth=4) for side in (None, 32))
    fixed.set_weights(anysize.get_weights())
    fixed.save(tmp_path / "best.keras")
    loaded = keras.saving.load_model(tmp_path / "best.keras", compile=False, safe_mode=True)
    frames = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype(np.float32)
    np.testing.assert_array_equal(loaded(frames), fixed(frames))
    # The same kernels on the same numbers; a fused kernel may sum in another order.
    np.testing.assert_allclose(anysize(frames), fixed(frames), atol=1e-5)
