"""The rewritten convolution gives the numbers of the transposed one, for every kernel and padding that doubles."""

from typing import Any

import numpy as np
import pytest

from unetkit.export.onnx_upconvolution import rewrite_upconvolutions

pytestmark = pytest.mark.tf


def model_of(kernel: int, pads: list[int], *, bias: bool = True, **attributes: Any) -> Any:
    from onnx import TensorProto, checker, helper, numpy_helper

    random = np.random.default_rng(0)
    weight = random.normal(size=(3, 2, kernel, kernel)).astype(np.float32)  # 3 inputs, 2 outputs
    constants = [numpy_helper.from_array(weight, "weight")]
    if bias:
        constants.append(numpy_helper.from_array(np.array([0.5, -2], np.float32), "bias"))
    settings = {"kernel_shape": [kernel, kernel], "strides": [2, 2], "pads": pads} | attributes
    node = helper.make_node("ConvTranspose", ["x", *(item.name for item in constants)], ["y"], name="up", **settings)
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("x", [1, 3, 4, 5]), ("y", [1, 2, "height", "width"]))
    ]
    graph = helper.make_graph([node], "g", ends[:1], ends[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    return model


def scores_of(model: Any) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (scores,) = session.run(None, {"x": np.random.default_rng(1).normal(size=(1, 3, 4, 5)).astype(np.float32)})
    return scores


@pytest.mark.parametrize(
    ("kernel", "pads"),
    [
        (2, [0, 0, 0, 0]),
        (3, [0, 0, 1, 1]),  # TensorFlow's "same"
        (3, [1, 1, 0, 0]),
        (3, [0, 1, 1, 0]),
        (4, [1, 1, 1, 1]),
        (5, [1, 1, 2, 2]),
    ],
)
@pytest.mark.parametrize("bias", [True, False])
def test_the_same_numbers_come_out(kernel: int, pads: list[int], bias: bool) -> None:
    model = model_of(kernel, pads, bias=bias)
    expected = scores_of(model)
    rewrite_upconvolutions(model)
    assert [node.op_type for node in model.graph.node] == ["Conv", "DepthToSpace"]
    assert {item.name for item in model.graph.initializer} == {"up_weight", "up_bias"}
    given = scores_of(model)
    assert given.shape == (1, 2, 8, 10)
    np.testing.assert_allclose(given, expected, atol=1e-5)  # the order of 27 additions


@pytest.mark.parametrize(
    ("kernel", "pads", "attributes"),
    [
        (3, [0, 0, 0, 0], {}),  # one row and column more than twice
        (3, [1, 1, 1, 1], {}),
        (3, [1, 1, 1, 1], {"output_padding": [1, 1]}),
        (3, [1, 1, 1, 1], {"strides": [1, 1]}),
        (3, [1, 1, 2, 2], {"dilations": [2, 2]}),
    ],
)
def test_what_does_not_exactly_double_is_left_alone(kernel: int, pads: list[int], attributes: dict[str, Any]) -> None:
    model = model_of(kernel, pads, **attributes)
    before = model.SerializeToString()
    rewrite_upconvolutions(model)
    assert model.SerializeToString() == before
