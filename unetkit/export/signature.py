"""Names, types and shapes of an artifact's input and output, read off the file by its own engine."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unetkit.contract.saved_model import GRAPH_FILE
from unetkit.contract.spec import ModelSpec
from unetkit.errors import VerificationError
from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME
from unetkit.export.target import Target
from unetkit.export.toolchain import quiet
from unetkit.runtime.backends.openvino_import import import_openvino

_OPENVINO_TYPES = {"u8": "uint8", "f32": "float32"}
_ONNX_TYPES = {"tensor(uint8)": "uint8", "tensor(float)": "float32"}


@dataclass(frozen=True, kw_only=True)
class Port:
    """One end of a model."""

    name: str
    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Both ends of a model."""

    input: Port
    output: Port

    def require(self, target: Target, spec: ModelSpec) -> None:
        """Hold the artifact to what every artifact promises; int8 TFLite gives its scores as int8.

        Raises:
            VerificationError: naming what differs.
        """
        quantised = target.format == "tflite" and target.precision == "int8"
        expected = Signature(
            input=Port(name=INPUT_NAME, dtype="uint8", shape=(1, *spec.input.hw, 3)),
            output=Port(
                name=OUTPUT_NAME, dtype="int8" if quantised else "float32", shape=(1, *spec.input.hw, spec.channels)
            ),
        )
        if self != expected:
            raise VerificationError(
                f"{target.file} has the signature {self}, expected {expected}; nothing is published"
            )


def read_signature(path: Path, target: Target) -> Signature:
    """Open an artifact and read its ends."""
    readers = {"onnx": _of_onnx, "tflite": _of_tflite, "openvino": _of_openvino, "saved_model": _of_saved_model}
    return readers[target.format](path)


def _of_onnx(path: Path) -> Signature:
    import onnxruntime

    with quiet():
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    ends = [
        Port(name=item.name, dtype=_ONNX_TYPES.get(item.type, item.type), shape=tuple(item.shape))
        for item in (*session.get_inputs(), *session.get_outputs())
    ]
    return _signature(ends, path)


def _of_tflite(path: Path) -> Signature:
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        interpreter = Interpreter(model_path=str(path))
    details: list[dict[str, Any]] = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    ends = [
        Port(name=item["name"], dtype=np.dtype(item["dtype"]).name, shape=tuple(int(side) for side in item["shape"]))
        for item in details
    ]
    return _signature(ends, path)


def _of_openvino(path: Path) -> Signature:
    openvino = import_openvino()

    graph = openvino.Core().read_model(path)
    ends = [
        Port(name=item.any_name, dtype=_OPENVINO_TYPES.get(item.element_type.get_type_name(), "?"), shape=_sides(item))
        for item in (*graph.inputs, *graph.outputs)
    ]
    return _signature(ends, path)


def _sides(port: Any) -> tuple[int, ...]:
    return tuple(int(side) for side in port.shape)


def _of_saved_model(path: Path) -> Signature:
    import tensorflow as tf
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    (meta,) = SavedModel.FromString((path / GRAPH_FILE).read_bytes()).meta_graphs
    signature = meta.signature_def[tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY]
    ends = [
        Port(
            name=name,
            dtype=tf.dtypes.as_dtype(item.dtype).name,
            shape=tuple(int(side.size) for side in item.tensor_shape.dim),
        )
        for name, item in (*signature.inputs.items(), *signature.outputs.items())
    ]
    return _signature(ends, path)


def _signature(ends: list[Port], path: Path) -> Signature:
    if len(ends) != 2:
        raise VerificationError(f"{path.name} has {len(ends)} inputs and outputs, expected one of each")
    return Signature(input=ends[0], output=ends[1])
