"""ONNX in int8: static QDQ, weights per channel in S8, activations in U8, camera bytes as the quantised input.

The quantiser sees the normalised float graph, whose input it quantises with exactly the spec's pair:
`normalised = (byte - zero_point) * scale` is the affine quantiser's own equation, so the quantised input *is* the byte.
Its QuantizeLinear is then taken out and the frame put in its place. The first convolution pads with the zero point,
which is 0 to the network: borders stay exact.
"""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.spec import InputSpec
from unetkit.errors import VerificationError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.graph import INPUT_NAME
from unetkit.export.onnx_upconvolution import rewrite_upconvolutions
from unetkit.export.toolchain import quiet

_LAYOUT_ONLY = {"Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity"}


def quantised_onnx(normalised: Any, calibration: CalibrationSet, spec: InputSpec) -> Any:
    """Quantise a float32 model that takes normalised pixels; the result takes uint8 frames.

    A closing softmax or sigmoid stays float: in 1/256 steps, sure pixels would tie.

    Raises:
        VerificationError: the quantiser gave the input another scale or zero point than the spec's.
    """
    import onnx
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quant_pre_process, quantize_static

    with TemporaryDirectory() as folder, quiet():
        given, source, target = (Path(folder, f"{name}.onnx") for name in ("given", "prepared", "int8"))
        onnx.save(_without_upconvolutions(normalised), given)
        quant_pre_process(str(given), str(source), skip_symbolic_shape=True)
        prepared = onnx.load(source)
        pair = {"scale": np.float32(spec.scale), "zero_point": np.uint8(spec.zero_point)}
        quantize_static(
            str(source),
            str(target),
            _Reader(calibration, spec),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=[node.name for node in prepared.graph.node if node.op_type in {"Softmax", "Sigmoid"}],
            extra_options={
                "TensorQuantOverrides": {
                    name: [{"quant_type": QuantType.QUInt8, **{key: np.array(value) for key, value in pair.items()}}]
                    for name in _input_path(prepared)
                }
            },
        )
        model = onnx.load(target)
    _feed_bytes(model, spec)
    onnx.checker.check_model(model, full_check=True)
    return model


def _without_upconvolutions(model: Any) -> Any:
    import onnx

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    rewrite_upconvolutions(copy)
    return copy


class _Reader:
    """ONNX Runtime's CalibrationDataReader, by its shape."""

    def __init__(self, calibration: CalibrationSet, spec: InputSpec) -> None:
        self._tensors: Iterator[NDArray[np.float32]] = calibration.normalised(spec)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        tensor = next(self._tensors, None)
        return None if tensor is None else {INPUT_NAME: tensor}


def _input_path(model: Any) -> list[str]:
    """Names of the tensors that hold the frame itself, up to where something is computed from it."""
    names = [INPUT_NAME]
    for node in model.graph.node:  # in topological order
        if node.op_type in _LAYOUT_ONLY and node.input[0] in names:
            names.append(node.output[0])
    return names


def _feed_bytes(model: Any, spec: InputSpec) -> None:
    """Take the input's QuantizeLinear out; the frame flows as uint8 to the DequantizeLinear behind it."""
    from onnx import TensorProto, numpy_helper

    constants = {item.name: item for item in model.graph.initializer}
    path = _input_path(model)
    quantisers = [node for node in model.graph.node if node.op_type == "QuantizeLinear" and node.input[0] in path]
    others = [
        node.name
        for node in model.graph.node
        if node not in quantisers and node.op_type not in _LAYOUT_ONLY and _reads(path, node)
    ]
    if not quantisers or others:
        raise VerificationError(f"int8 ONNX: the frame is not quantised once, at the entry (it also feeds {others})")
    for node in quantisers:
        scale, zero_point = (numpy_helper.to_array(constants[name]).item() for name in node.input[1:3])
        if (scale, zero_point) != (float(np.float32(spec.scale)), spec.zero_point):
            raise VerificationError(
                f"int8 ONNX: the input is quantised with ({scale}, {zero_point}), "
                f"the spec says ({spec.scale}, {spec.zero_point})"
            )
        for user in model.graph.node:
            user.input[:] = [node.input[0] if name == node.output[0] else name for name in user.input]
        model.graph.node.remove(node)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    del model.graph.value_info[:]


def _reads(path: list[str], node: Any) -> bool:
    return any(name in path for name in node.input)
