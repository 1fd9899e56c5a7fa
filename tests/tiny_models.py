"""A network small enough to check by hand, as ONNX in three precisions: a 1x1 convolution.

scores[y, x] = WEIGHTS @ normalised_bgr[y, x] + BIAS; weights and biases are multiples of 1/64, so int8 holds them
exactly.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.artifact import write_spec
from unetkit.contract.spec import ClassSpec, InputSpec, ModelSpec

HEIGHT, WIDTH = 8, 12  # different, so that a swapped axis shows
WEIGHTS = np.array([[64, -32, 16], [-48, 40, 8], [24, 0, -56]], np.float32) / 64  # (class, bgr)
BIAS = np.array([0.25, -0.5, 0.0], np.float32)
SPEC = ModelSpec(
    name="tiny",
    input=InputSpec(height=HEIGHT, width=WIDTH),
    classes=tuple(ClassSpec(name=name, bgr=(0, 0, index)) for index, name in enumerate(("ground", "cat", "dog"))),
)


def random_tensor(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (1, HEIGHT, WIDTH, 3), dtype=np.uint8)


def expected_scores(tensor: NDArray[np.uint8]) -> NDArray[np.float64]:
    normalised = (tensor[0].astype(np.float64) - 127) / 128
    scores: NDArray[np.float64] = np.einsum("cb,hwb->hwc", WEIGHTS.astype(np.float64), normalised) + BIAS
    return scores


def write_onnx(path: Path, precision: str = "fp32", *, spec: ModelSpec | None = SPEC) -> Path:
    """Save the network; the int8 one also rounds its scores to steps of 1/32."""
    import onnx
    from onnx import TensorProto, helper

    middle, constants = _onnx_int8() if precision == "int8" else _onnx_float(precision)
    scores = TensorProto.FLOAT16 if precision == "fp16" else TensorProto.FLOAT
    graph = helper.make_graph(
        [*middle, helper.make_node("Transpose", ["planes"], ["scores"], perm=[0, 2, 3, 1])],
        "tiny",
        [helper.make_tensor_value_info("bgr", TensorProto.UINT8, [1, HEIGHT, WIDTH, 3])],
        [helper.make_tensor_value_info("scores", scores, [1, HEIGHT, WIDTH, len(BIAS)])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    if spec is not None:
        write_spec(path, spec)
    return path


def _onnx_float(precision: str) -> tuple[list[Any], list[Any]]:
    from onnx import TensorProto, helper

    dtype = np.float16 if precision == "fp16" else np.float32
    nodes = [
        helper.make_node(
            "Cast", ["bgr"], ["bytes"], to=TensorProto.FLOAT16 if precision == "fp16" else TensorProto.FLOAT
        ),
        helper.make_node("Sub", ["bytes", "zero_point"], ["centred"]),
        helper.make_node("Mul", ["centred", "scale"], ["normalised"]),
        helper.make_node("Transpose", ["normalised"], ["input"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["input", "weights", "bias"], ["planes"]),
    ]
    constants = {
        "zero_point": np.array(127),
        "scale": np.array(1 / 128),
        "weights": WEIGHTS[..., None, None],
        "bias": BIAS,
    }
    return nodes, _constants({name: value.astype(dtype) for name, value in constants.items()})


def _onnx_int8() -> tuple[list[Any], list[Any]]:
    from onnx import helper

    nodes = [
        helper.make_node("DequantizeLinear", ["bgr", "in_scale", "in_zero"], ["normalised"]),
        helper.make_node("Transpose", ["normalised"], ["input"], perm=[0, 3, 1, 2]),
        helper.make_node("DequantizeLinear", ["weights", "weights_scale", "weights_zero"], ["kernel"]),
        helper.make_node("Conv", ["input", "kernel", "bias"], ["exact"]),
        helper.make_node("QuantizeLinear", ["exact", "out_scale", "out_zero"], ["quantised"]),
        helper.make_node("DequantizeLinear", ["quantised", "out_scale", "out_zero"], ["planes"]),
    ]
    constants: dict[str, NDArray[Any]] = {
        "in_scale": np.array(1 / 128, np.float32),
        "in_zero": np.array(127, np.uint8),
        "weights": (WEIGHTS * 64).astype(np.int8)[..., None, None],
        "weights_scale": np.array(1 / 64, np.float32),
        "weights_zero": np.array(0, np.int8),
        "bias": BIAS,
        "out_scale": np.array(1 / 32, np.float32),
        "out_zero": np.array(128, np.uint8),
    }
    return nodes, _constants(constants)


def _constants(arrays: dict[str, NDArray[Any]]) -> list[Any]:
    from onnx import numpy_helper

    return [numpy_helper.from_array(array, name) for name, array in arrays.items()]
