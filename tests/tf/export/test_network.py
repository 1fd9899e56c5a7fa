"""The network rebuilt for inference is the trained one: on dark, bright and noisy frames, borders included."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tf.export.standins import SIDE, Style, frames_of, network_of, spec_of
from unetkit.contract.preprocess import normalise
from unetkit.contract.spec import ColorOrder
from unetkit.deployment.network import for_inference
from unetkit.errors import ArtifactError
from unetkit.export.graph import frame_graph

pytestmark = pytest.mark.tf

# Folding rounds each weight once more (2^-24 of it), and a dozen layers add that up.
ROUNDING = 1e-5


def kinds(model: Any) -> set[str]:
    return {type(layer).__name__ for layer in model.layers}


def expected_scores(model: Any, style: Style, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the trained model says, by the contract's formula and in its own colour order."""
    scores: NDArray[np.float32] = model.predict(normalise(frames.astype(np.float32), spec_of(style).input), verbose=0)
    return scores


@pytest.mark.parametrize("style", ["edge", "classic"])
def test_the_graph_gives_the_scores_of_the_trained_model_for_camera_bytes(style: Style) -> None:
    model = network_of(style)
    spec = spec_of(style).input
    frames = frames_of(6)
    expected = expected_scores(model, style, frames)
    function = frame_graph(for_inference(model, spec), spec).function
    for frame, scores in zip(frames, expected, strict=True):
        given = function(frame[np.newaxis])["scores"].numpy()[0]
        np.testing.assert_allclose(given, scores, atol=ROUNDING)
        for border in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
            np.testing.assert_allclose(given[border], scores[border], atol=ROUNDING)


def test_no_batch_norm_is_left_of_an_edge_network_and_no_dropout_of_a_classic_one() -> None:
    assert "BatchNormalization" not in kinds(for_inference(network_of("edge"), spec_of("edge").input))
    assert "Dropout" not in kinds(for_inference(network_of("classic"), spec_of("classic").input))


def test_a_batch_norm_behind_an_activation_stays_and_is_right() -> None:
    model = network_of("classic")  # has one behind a ReLU
    rebuilt = for_inference(model, spec_of("classic").input)
    assert "BatchNormalization" in kinds(rebuilt)


def test_the_trained_model_itself_is_left_as_it_is() -> None:
    model = network_of("classic")
    before = [value.copy() for value in model.get_weights()]
    for_inference(model, spec_of("classic").input)
    for left, right in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("order", ["bgr", "rgb"])
@pytest.mark.parametrize("multiplier", [1, 2])
def test_a_separable_first_layer_takes_the_colour_order_over(order: ColorOrder, multiplier: int) -> None:
    from keras import Input, Model, layers

    frame = Input((SIDE, SIDE, 3))
    first = layers.SeparableConv2D(4, 3, depth_multiplier=multiplier, padding="same")(frame)
    model = Model(frame, layers.BatchNormalization()(first))
    spec = replace(spec_of("edge").input, color_order=order)
    frames = frames_of(3)
    given = frame_graph(for_inference(model, spec), spec).function(frames[2:])["scores"].numpy()
    expected = model.predict(normalise(frames[2:].astype(np.float32), spec), verbose=0)
    np.testing.assert_allclose(given, expected, atol=ROUNDING)


def test_two_layers_that_read_an_rgb_frame_both_take_bgr() -> None:
    from keras import Input, Model, layers

    frame = Input((SIDE, SIDE, 3))
    model = Model(frame, layers.Add()([layers.Conv2D(4, 1)(frame), layers.Conv2D(4, 3, padding="same")(frame)]))
    pixels = np.random.default_rng(0).normal(size=(1, SIDE, SIDE, 3)).astype(np.float32)
    expected = model.predict(pixels, verbose=0)
    given = for_inference(model, spec_of("classic").input).predict(np.ascontiguousarray(pixels[..., ::-1]), verbose=0)
    np.testing.assert_allclose(given, expected, atol=ROUNDING)


def test_a_first_layer_that_cannot_take_the_colour_order_is_named() -> None:
    from keras import Input, Model, layers

    frame = Input((SIDE, SIDE, 3))
    model = Model(frame, layers.DepthwiseConv2D(3, name="stem")(frame))
    with pytest.raises(ArtifactError, match=r"layer stem \(DepthwiseConv2D\)"):
        for_inference(model, spec_of("classic").input)
    for_inference(model, spec_of("edge").input)


@pytest.mark.parametrize(
    "layer_of",
    [
        lambda layers: layers.Conv2D(4, 3, use_bias=False),
        lambda layers: layers.Conv2D(4, 3),
        lambda layers: layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False),
        lambda layers: layers.SeparableConv2D(4, 3, use_bias=False),
        lambda layers: layers.Conv2DTranspose(4, 3, strides=2, padding="same"),
    ],
)
@pytest.mark.parametrize("scale", [True, False])
def test_batch_norm_folds_into_every_kind_of_convolution(layer_of: Any, scale: bool) -> None:
    from keras import Input, Model, layers

    frame = Input((SIDE, SIDE, 3))
    model = Model(frame, layers.BatchNormalization(scale=scale)(layer_of(layers)(frame)))
    random = np.random.default_rng(1)
    model.set_weights([random.uniform(0.5, 2, value.shape) for value in model.get_weights()])
    pixels = random.normal(size=(2, SIDE, SIDE, 3)).astype(np.float32)
    rebuilt = for_inference(model, spec_of("edge").input)
    assert len(rebuilt.layers) == 2  # the input and the convolution
    np.testing.assert_allclose(
        rebuilt.predict(pixels, verbose=0), model.predict(pixels, verbose=0), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("case", ["activated", "shared", "seen twice", "an output"])
def test_a_batch_norm_that_cannot_be_folded_is_kept(case: str) -> None:
    from keras import Input, Model, layers

    frame = Input((SIDE, SIDE, 3))
    conv = layers.Conv2D(3, 1, activation="relu" if case == "activated" else None)
    mixed = conv(frame)
    norm = layers.BatchNormalization()(mixed)
    outputs: Any = norm
    if case == "shared":
        outputs = layers.Add()([norm, conv(norm)])
    if case == "seen twice":
        outputs = layers.Add()([norm, mixed])
    if case == "an output":
        outputs = [norm, mixed]
    rebuilt = for_inference(Model(frame, outputs), spec_of("edge").input)
    assert "BatchNormalization" in kinds(rebuilt)


def test_a_mixed_precision_model_computes_in_float32_afterwards() -> None:
    import keras
    from keras import Input, Model, layers

    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        frame = Input((SIDE, SIDE, 3))
        model = Model(frame, layers.BatchNormalization()(layers.Conv2D(4, 3)(frame)))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    rebuilt = for_inference(model, spec_of("edge").input)
    assert {layer.compute_dtype for layer in rebuilt.layers} == {"float32"}
    assert rebuilt.outputs[0].dtype == "float32"


def test_a_model_of_open_size_gets_the_size_of_its_spec() -> None:
    from keras import Input, Model, layers

    frame = Input((None, None, 3))
    model = Model(frame, layers.UpSampling2D(2)(layers.Conv2D(4, 3, strides=2, padding="same")(frame)))
    rebuilt = for_inference(model, spec_of("edge").input)
    assert rebuilt.input_shape == (None, SIDE, SIDE, 3)
    assert rebuilt.output_shape == (None, SIDE, SIDE, 4)
