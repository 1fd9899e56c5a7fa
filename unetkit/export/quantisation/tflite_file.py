"""A TFLite file taken apart: its operators' kinds, and the kernels of its convolutions."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CONVOLUTIONS = {"CONV_2D", "DEPTHWISE_CONV_2D"}


def unpacked(content: bytes) -> Any:
    """A file as TensorFlow's `ModelT`."""
    from tensorflow.lite.python import schema_py_generated as schema

    return schema.ModelT.InitFromPackedBuf(content, 0)


def kind_of(model: Any, operator: Any) -> str:
    """`CONV_2D`, `ADD`, ..."""
    from tensorflow.lite.python import schema_py_generated as schema

    code = model.operatorCodes[operator.opcodeIndex]
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    return next((name for name, value in vars(schema.BuiltinOperator).items() if value == number), str(number))


def floats(model: Any, tensor: Any) -> NDArray[np.float32]:
    """The values of a float constant."""
    return np.frombuffer(bytes(model.buffers[tensor.buffer].data), np.float32).reshape(tensor.shape)


def convolutions(model: Any) -> Iterator[Any]:
    """Ordinary and depthwise convolutions with a bias, in the order they compute."""
    for operator in model.subgraphs[0].operators:
        if kind_of(model, operator) in _CONVOLUTIONS and len(operator.inputs) > 2 and operator.inputs[2] >= 0:
            yield operator


def as_kernel(weights: NDArray[Any], kind: str) -> NDArray[Any]:
    """(outputs, kh, kw, inputs a group), or (1, kh, kw, outputs) of a depthwise one, as (outputs, inputs, kh, kw)."""
    return weights.transpose(0, 3, 1, 2) if kind == "CONV_2D" else weights.transpose(3, 0, 1, 2)


def from_kernel(kernel: NDArray[Any], kind: str) -> NDArray[Any]:
    """The way back."""
    return kernel.transpose(0, 2, 3, 1) if kind == "CONV_2D" else kernel.transpose(1, 2, 3, 0)
