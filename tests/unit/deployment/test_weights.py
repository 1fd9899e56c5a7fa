"""Scales of int8 weights: what may stand side by side, and what rounding does to a layer's mean."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from unetkit.deployment.weights import corrected_bias, plain_scales, rounded, unsaturated_scales


def kernel_of(*rows: list[float]) -> NDArray[np.float32]:
    """1x1 convolution, a row for each output."""
    return np.array(rows, np.float32)[:, :, np.newaxis, np.newaxis]


@pytest.mark.parametrize(
    ("row", "scale"),
    [
        ([127.0, 0.0, 100.0], 1.0),  # no two large ones side by side
        ([127.0, -127.0, 127.0], 1.0),  # of opposite signs: the products cancel
        ([100.0, 100.0, 0.0], 200 / 127.5),
        ([-60.0, -100.0, 0.0], 160 / 127.5),
        ([127.0, 0.5, 0.0], 1.0),
        ([0.0, 0.0, 0.0], 1e-12),
    ],
)
def test_a_scale_grows_only_as_far_as_neighbours_of_one_sign_need(row: list[float], scale: float) -> None:
    assert unsaturated_scales(kernel_of(row), 1)[0] == pytest.approx(scale)


def test_neighbours_are_counted_across_columns_with_channels_fastest() -> None:
    kernel = np.zeros((1, 2, 1, 2), np.float32)
    kernel[0, 1, 0, 0] = kernel[0, 0, 0, 1] = 100.0  # last channel of the left column, first of the right
    assert unsaturated_scales(kernel, 1)[0] == pytest.approx(200 / 127.5)


def test_a_depthwise_kernel_keeps_all_eight_bits_but_not_one_of_several_outputs_an_input() -> None:
    kernel = np.full((4, 1, 3, 3), 10.0, np.float32)
    assert unsaturated_scales(kernel, 4).tolist() == plain_scales(kernel).tolist()
    assert unsaturated_scales(kernel, 2)[0] == pytest.approx(20 / 127.5)


def test_no_rounded_pair_overflows_sixteen_bits_whatever_the_weights() -> None:
    kernel = np.random.default_rng(0).normal(size=(64, 24, 3, 3)).astype(np.float32)
    scales = unsaturated_scales(kernel, 1)
    whole = np.round(kernel / scales.reshape(-1, 1, 1, 1)).transpose(0, 2, 3, 1).reshape(64, -1)
    sums = 255 * (whole[:, :-1] + whole[:, 1:])
    assert np.abs(whole).max() <= 127
    assert -32768 <= sums.min() <= sums.max() <= 32767
    assert (scales < 2 * plain_scales(kernel)).all()  # 7 bits are twice as coarse


def quantised_convolution(kernel: NDArray[np.int8], *, groups: int, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """ONNX Runtime's QLinearConv with scales that leave the sum divided by 2000, plus 128."""
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    constants: dict[str, Any] = {
        "xs": np.float32(1), "xz": np.uint8(0), "w": kernel, "ws": np.ones(len(kernel), np.float32),
        "wz": np.zeros(len(kernel), np.int8), "ys": np.float32(2000), "yz": np.uint8(128),
    }  # fmt: skip
    graph = helper.make_graph(
        [helper.make_node("QLinearConv", ["x", *constants], ["y"], group=groups)],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, frame.shape)],
        [helper.make_tensor_value_info("y", TensorProto.UINT8, None)],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (given,) = session.run(None, {"x": frame})
    return np.asarray(given)


@pytest.mark.parametrize(
    ("inputs", "side", "groups"), [(3, 3, 1), (8, 1, 1), (24, 3, 1), (8, 3, 2), (8, 3, 8), (16, 5, 16)]
)
def test_what_is_let_through_is_exact_on_this_processor(inputs: int, side: int, groups: int) -> None:
    """The brightest frame, and kernels at the very edge of what is allowed."""
    pytest.importorskip("onnx", reason="needs the onnx package")
    taps = inputs // groups * side * side
    depthwise = groups == inputs
    rows = [[127 if depthwise or (tap + phase) % 2 else 1 for tap in range(taps)] for phase in (0, 1)]
    assert depthwise or all(left + right <= 128 for row in rows for left, right in pairwise(row))
    ordered = np.array(rows * (groups if depthwise else inputs), np.int8)[: max(groups, 4)]
    kernel = ordered.reshape(-1, side, side, inputs // groups).transpose(0, 3, 1, 2)
    kernel[::2] *= -1
    frame = np.full((1, inputs, side + 2, side + 2), 255, np.uint8)
    sums = 255 * kernel.astype(int).sum(axis=(1, 2, 3))
    expected = np.clip(np.round(sums / 2000) + 128, 0, 255)
    given = quantised_convolution(np.ascontiguousarray(kernel), groups=groups, frame=frame)
    np.testing.assert_array_equal(given[0], np.broadcast_to(expected[:, None, None], given.shape[1:]))


def test_a_rounded_kernel_is_whole_steps_of_its_channels_scale() -> None:
    kernel = kernel_of([1.0, 0.26, -0.74], [10.0, 4.9, 200.0])
    given = rounded(kernel, np.array([0.5, 1.0], np.float32))
    assert given[:, :, 0, 0].tolist() == [[1.0, 0.5, -0.5], [10.0, 5.0, 127.0]]


@pytest.mark.parametrize("groups", [1, 2])
def test_a_corrected_bias_keeps_the_mean_of_the_outputs(groups: int) -> None:
    random = np.random.default_rng(0)
    kernel = random.normal(size=(4, 6 // groups, 1, 1)).astype(np.float32)
    given = rounded(kernel, np.full(4, 0.25, np.float32))
    inputs = random.uniform(0, 4, (1000, 6))
    bias = random.normal(size=4).astype(np.float32)

    def outputs(weights: NDArray[np.float32], shift: NDArray[np.float32]) -> NDArray[np.float64]:
        parts = np.split(inputs, groups, axis=1)
        matrices = np.split(weights[:, :, 0, 0].astype(np.float64), groups)
        joined = np.concatenate([part @ matrix.T for part, matrix in zip(parts, matrices, strict=True)], axis=1)
        return np.asarray(joined + shift)

    corrected = corrected_bias(bias, kernel, given, inputs.mean(axis=0), groups=groups)
    wanted = outputs(kernel, bias).mean(axis=0)
    assert np.abs(outputs(given, bias).mean(axis=0) - wanted).max() > 0.1
    np.testing.assert_allclose(outputs(given, corrected).mean(axis=0), wanted, atol=1e-5)  # float32
