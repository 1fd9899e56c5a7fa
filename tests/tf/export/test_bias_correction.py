"""Bias correction where layers share a constant: each is corrected by its own error, once."""

from typing import Any

import numpy as np
import pytest

from unetkit.deployment.weights import corrected_bias, rounded, unsaturated_scales
from unetkit.export.quantisation.onnx_quantiser import _Weights

pytestmark = pytest.mark.tf

CHANNELS = 4
RANDOM = np.random.default_rng(0)
KERNELS = {name: RANDOM.normal(size=(CHANNELS, CHANNELS, 3, 3)).astype(np.float32) for name in "ab"}
BIAS = RANDOM.normal(size=CHANNELS).astype(np.float32)
MEANS = {"frame": np.arange(1.0, CHANNELS + 1), "middle": np.linspace(3, 9, CHANNELS)}


@pytest.fixture
def two_layers_with_one_bias() -> Any:
    from onnx import TensorProto, helper, numpy_helper

    shape = (1, CHANNELS, 8, 8)
    nodes = [
        helper.make_node("Conv", ["frame", "a", "bias"], ["middle"], name="first", pads=[1, 1, 1, 1]),
        helper.make_node("Conv", ["middle", "b", "bias"], ["scores"], name="second", pads=[1, 1, 1, 1]),
    ]
    constants = [numpy_helper.from_array(value, name) for name, value in {**KERNELS, "bias": BIAS}.items()]
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)] for name in ("frame", "scores")]
    return helper.make_model(helper.make_graph(nodes, "two", *ends, constants))


@pytest.mark.parametrize("per_channel", [True, False])
def test_layers_with_one_bias_get_one_each(two_layers_with_one_bias: Any, per_channel: bool) -> None:
    from onnx import numpy_helper

    model = two_layers_with_one_bias
    _Weights(model, unsaturated_scales, per_channel=per_channel).correct_biases(MEANS)
    constants = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    for node in model.graph.node:
        source, kernel = node.input[0], KERNELS[node.input[1]]
        scales = unsaturated_scales(kernel, 1)
        given = rounded(kernel, scales if per_channel else np.full_like(scales, scales.max()))
        expected = corrected_bias(BIAS, kernel, given, MEANS[source], groups=1)
        assert not np.array_equal(expected, BIAS)
        np.testing.assert_array_equal(constants[node.input[2]], expected)
    np.testing.assert_array_equal(constants["bias"], BIAS)
