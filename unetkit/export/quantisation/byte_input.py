"""The camera's bytes as the quantised input of an int8 ONNX model."""

from typing import Any

import numpy as np

from unetkit.contract.spec import InputSpec
from unetkit.errors import VerificationError
from unetkit.export.graph import INPUT_NAME

_LAYOUT_ONLY = {"Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity"}


def input_path(model: Any) -> list[str]:
    """Names of the tensors that hold the frame itself, up to where something is computed from it."""
    names = [INPUT_NAME]
    for node in model.graph.node:  # in topological order
        if node.op_type in _LAYOUT_ONLY and node.input[0] in names:
            names.append(node.output[0])
    return names


def feed_bytes(model: Any, spec: InputSpec) -> None:
    """Let the frame flow, as uint8, to where it is read: take its QuantizeLinear out.

    A layer that was left in float reads it through a DequantizeLinear of the same pair.

    Raises:
        VerificationError: the quantiser gave the input another scale or zero point than the spec's.
    """
    from onnx import TensorProto, numpy_helper

    constants = {item.name: item for item in model.graph.initializer}
    path = input_path(model)
    for node in [node for node in model.graph.node if node.op_type == "QuantizeLinear" and node.input[0] in path]:
        scale, zero_point = (numpy_helper.to_array(constants[name]).item() for name in node.input[1:3])
        if (scale, zero_point) != (float(np.float32(spec.scale)), spec.zero_point):
            raise VerificationError(
                f"int8 ONNX: the input is quantised with ({scale}, {zero_point}), "
                f"the spec says ({spec.scale}, {spec.zero_point})"
            )
        for user in model.graph.node:
            user.input[:] = [node.input[0] if name == node.output[0] else name for name in user.input]
        model.graph.node.remove(node)
    _dequantise_for_float(model, path, spec)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.UINT8
    del model.graph.value_info[:]


def _dequantise_for_float(model: Any, path: list[str], spec: InputSpec) -> None:
    from onnx import helper, numpy_helper

    nodes: list[Any] = []
    read: set[str] = set()
    for node in model.graph.node:
        if node.op_type not in {*_LAYOUT_ONLY, "DequantizeLinear"}:
            for index, name in enumerate(node.input):
                if name not in path:
                    continue
                if name not in read:
                    pair = [f"{name}_byte_scale", f"{name}_byte_zero_point"]
                    for key, value in zip(pair, (np.float32(spec.scale), np.uint8(spec.zero_point)), strict=True):
                        model.graph.initializer.append(numpy_helper.from_array(np.array(value), key))
                    nodes.append(
                        helper.make_node("DequantizeLinear", [name, *pair], [f"{name}_float"], f"{name}_float")
                    )
                    read.add(name)
                node.input[index] = f"{name}_float"
        nodes.append(node)
    ordered = [type(node).FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(ordered)
