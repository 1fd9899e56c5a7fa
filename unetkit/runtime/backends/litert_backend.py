"""LiteRT (TensorFlow Lite's runtime) behind the Backend protocol; the only file that imports ai_edge_litert."""

import logging
import struct
from pathlib import Path
from typing import Any

import numpy as np

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, DeviceError, MissingDependencyError
from unetkit.processors import usable_cores
from unetkit.runtime.backends.backend import Device, Precision, check_tensor, reason_of
from unetkit.runtime.backends.signature import Port, check_signature
from unetkit.runtime.stderr import muted_stderr

logger = logging.getLogger(__name__)


class LiteRtBackend:
    """A model in LiteRT, on the CPU through XNNPACK.

    An int8 model gives quantised scores; they are brought back by the quantiser's own formula,
    `(q - zero_point) * scale`.
    """

    engine = "tflite"
    device = "CPU"

    def __init__(self, path: Path, spec: ModelSpec, *, device: Device = "auto", threads: int | None = None) -> None:
        if device not in {"auto", "cpu"}:
            raise DeviceError(f"device {device} is not for TFLite models, which run on the CPU here; use the .onnx one")
        if device == "auto":
            logger.info("device auto: CPU, because LiteRT runs on nothing else here")
        self._input = spec.input
        self.threads = threads or usable_cores()
        self._interpreter = _interpreter(path, self.threads)
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        check_signature(
            path,
            spec,
            inputs=[_port(item) for item in inputs],
            outputs=[_port(item) for item in outputs],
            scores=frozenset({"float32", "int8", "uint8"}),
        )
        self.precision = _precision(self._interpreter)
        self._input_index: int = inputs[0]["index"]
        self._output_index: int = outputs[0]["index"]
        self._scale, self._zero_point = _quantisation(path, outputs[0])

    def infer(self, tensor: InputTensor) -> Scores:
        check_tensor(tensor, self._input)
        self._interpreter.set_tensor(self._input_index, tensor)
        try:
            self._interpreter.invoke()
        except RuntimeError as error:
            raise DeviceError(f"LiteRT stopped on the CPU: {reason_of(error)}; export the model again") from error
        given = self._interpreter.get_tensor(self._output_index)[0]
        if given.dtype == np.float32:
            single: Scores = given
            return single
        scores: Scores = np.subtract(given, self._zero_point, dtype=np.float32)
        scores *= self._scale
        return scores

    def close(self) -> None:
        del self._interpreter


def operator_types(path: Path) -> list[tuple[str, set[str]]]:
    """Each operator's kind and the element types of what it gives, as the file says.

    Raises:
        MissingDependencyError: LiteRT does not load.
        ArtifactError: the file is not whole.
    """
    try:
        from ai_edge_litert import schema_py_generated as schema
    except ImportError as error:
        raise _missing(path, error) from error
    kinds = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
    types = {value: name for name, value in vars(schema.TensorType).items() if isinstance(value, int)}
    try:
        model = schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)
        codes = [max(item.builtinCode, item.deprecatedBuiltinCode) for item in model.operatorCodes]
        (graph,) = model.subgraphs
        return [
            (
                kinds.get(codes[operator.opcodeIndex], "CUSTOM"),
                {types.get(graph.tensors[index].type, "") for index in operator.outputs},
            )
            for operator in graph.operators
        ]
    except (ValueError, TypeError, IndexError, AttributeError, struct.error) as error:
        raise ArtifactError(f"TFLite model {path} cannot be read: {reason_of(error)}; export it again") from error


def _missing(path: Path, error: ImportError) -> MissingDependencyError:
    return MissingDependencyError(
        f"{path} needs LiteRT, which does not load ({error}): pip install ai-edge-litert, or use the .onnx model"
    )


def _interpreter(path: Path, threads: int) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise _missing(path, error) from error
    try:
        with muted_stderr():  # LiteRT announces its delegate there, and has no switch for that
            interpreter = Interpreter(model_path=str(path), num_threads=threads)
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ArtifactError(f"TFLite model {path} cannot be opened: {reason_of(error)}; export it again") from error
    return interpreter


def _port(details: dict[str, Any]) -> Port:
    return Port(
        np.dtype(details["dtype"]).name,
        tuple(None if side < 0 else int(side) for side in details["shape_signature"]),
    )


def _quantisation(path: Path, details: dict[str, Any]) -> tuple[np.float32, np.float32]:
    scale, zero_point = details["quantization"]
    if details["dtype"] != np.float32 and not scale > 0:
        raise ArtifactError(f"TFLite model {path} gives {np.dtype(details['dtype'])} scores without their scale")
    return np.float32(scale), np.float32(zero_point)


def _precision(interpreter: Any) -> Precision:
    """By the tensors' types: int8 occurs where weights are quantised, float16 only where they are stored so.

    A model that was quantised all through has a scale on its input; without one, its weights alone are int8.
    """
    types = {np.dtype(details["dtype"]).name for details in interpreter.get_tensor_details()}
    if "int8" in types:
        scale, _ = interpreter.get_input_details()[0]["quantization"]
        return "int8" if scale > 0 else "dynamic"
    return "fp16" if "float16" in types else "fp32"
