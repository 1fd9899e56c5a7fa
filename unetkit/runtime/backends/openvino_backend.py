"""OpenVINO behind the Backend protocol; the only runtime file that imports openvino."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.artifact import read_format
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, DeviceError, MissingDependencyError
from unetkit.processors import usable_cores
from unetkit.runtime.backends.backend import Device, Precision, check_tensor, reason_of
from unetkit.runtime.backends.openvino_import import import_openvino
from unetkit.runtime.backends.signature import Port, check_signature

logger = logging.getLogger(__name__)

_DTYPES = {"u8": "uint8", "i8": "int8", "f32": "float32", "f16": "float16"}
INSTALL = 'pip install "unetkit[openvino]"'


class OpenVinoBackend:
    """A model in OpenVINO on the processor: its own IR, and ONNX and float TFLite files too.

    What is not quantised is computed in float32. OpenVINO's own choice is bfloat16 where the processor has it, 8 bits
    for a number: masks then differ from the trained model's.
    """

    engine, device = "openvino", "CPU"

    def __init__(self, path: Path, spec: ModelSpec, *, device: Device = "auto", threads: int | None = None) -> None:
        if device not in {"auto", "cpu"}:
            raise DeviceError(f"device {device} is not for OpenVINO, which runs on the CPU here; use --engine onnx")
        if device == "auto":
            logger.info("device auto: CPU, because OpenVINO runs on nothing else here")
        try:
            openvino = import_openvino()
        except ImportError as error:
            raise MissingDependencyError(f"{path} needs OpenVINO, which does not load ({error}): {INSTALL}") from error
        self._input = spec.input
        self.threads = threads or usable_cores()
        self._shared = openvino.Tensor
        core = openvino.Core()
        try:
            graph = core.read_model(path)
            if read_format(path) == "onnx":
                _simplify(graph)
            if any(item.element_type.get_type_name() == "i8" for item in graph.outputs):
                raise ArtifactError(
                    f"{path} gives int8 scores, whose scale OpenVINO does not tell; use --engine tflite or the .xml"
                )
            check_signature(
                path,
                spec,
                inputs=[_port(item) for item in graph.inputs],
                outputs=[_port(item) for item in graph.outputs],
                scores=frozenset({"float32", "float16"}),
            )
            self.precision = _precision(graph)
            self._request: Any = core.compile_model(graph, "CPU", cpu_hints(self.threads)).create_infer_request()
        except RuntimeError as error:
            raise ArtifactError(f"OpenVINO cannot open {path}: {reason_of(error)}; export it again") from error

    def infer(self, tensor: InputTensor) -> Scores:
        check_tensor(tensor, self._input)
        try:
            self._request.set_input_tensor(self._shared(np.ascontiguousarray(tensor), shared_memory=True))
            self._request.start_async()  # and not `infer`, which spends a tenth of a small network's time on its answer
            self._request.wait()
        except RuntimeError as error:
            raise DeviceError(f"OpenVINO stopped on the CPU: {reason_of(error)}; export the model again") from error
        given = self._request.get_output_tensor(0).data
        scores: Scores = np.array(given[0], np.float32)  # a copy: OpenVINO writes its next answer over this one
        return scores

    def close(self) -> None:
        del self._request


def _simplify(graph: Any) -> None:
    """What OpenVINO's own converter does to an ONNX model; without it the layer that reads the bytes is not integer."""
    try:
        from openvino._offline_transformations import apply_moc_transformations
    except ImportError:  # it is private, and another version may have it elsewhere
        logger.warning("this OpenVINO lacks its converter's passes: of an int8 .onnx the first layer is not integer")
        return
    apply_moc_transformations(graph, cf=False, smart_reshape=True)


def cpu_hints(threads: int) -> dict[str, Any]:
    """What OpenVINO is told when it compiles a model here."""
    return {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "NUM_STREAMS": 1,
    }


def _port(port: Any) -> Port:
    name = port.element_type.get_type_name()
    shape = tuple(side.get_length() if side.is_static else None for side in port.partial_shape)
    return Port(_DTYPES.get(name, name), shape)


def _precision(graph: Any) -> Precision:
    """By the constants' types: int8 ones are quantised weights, half floats are weights of an fp16 model."""
    constants = (item for item in graph.get_ops() if item.get_type_name() == "Constant")
    types = {item.get_output_element_type(0).get_type_name() for item in constants}
    if "i8" in types:
        quantised = any(item.get_type_name() == "FakeQuantize" for item in graph.get_ops())
        return "int8" if quantised else "dynamic"
    return "fp16" if "f16" in types else "fp32"
