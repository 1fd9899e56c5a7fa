"""One trained network, written in any format and precision; what several targets share is made once."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from unetkit.contract.spec import InputSpec
from unetkit.errors import DataError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.graph import Graph, frame_graph, normalised_graph
from unetkit.export.onnx_float import float_onnx
from unetkit.export.onnx_fp16 import half_onnx
from unetkit.export.onnx_int8 import quantised_onnx
from unetkit.export.openvino_ir import write_openvino
from unetkit.export.saved_model import write_saved_model
from unetkit.export.target import Target
from unetkit.export.tflite import dynamic_tflite, float_tflite, half_tflite, quantised_tflite


class Converter:
    """Writes artifacts of a network, without their spec.

    Args:
        network: Keras model, normalised float32 BGR (N, H, W, 3) -> scores, as `network.for_inference` gives it.
        spec: the model's input.
        calibration: needed for int8 targets only.
    """

    def __init__(self, network: Any, spec: InputSpec, calibration: CalibrationSet | None) -> None:
        self._network = network
        self._spec = spec
        self._calibration = calibration
        self._int8_onnx: bytes | None = None

    def write(self, target: Target, folder: Path) -> Path:
        """Write the target's files into a folder that has none of them; gives the one that opens it.

        Raises:
            DataError: int8 without a calibration set.
            VerificationError: a quantiser did not keep the input's scale and zero point.
        """
        path = folder / target.file
        if target.format == "openvino":
            source = replace(target, format="onnx", precision="int8" if target.precision == "int8" else "fp32")
            write_openvino(self._onnx(source), path, half=target.precision == "fp16")
        elif target.format == "saved_model":
            write_saved_model(self._frame_graph, path)
        else:
            path.write_bytes(self.content(target))
        return path

    def content(self, target: Target) -> bytes:
        """The bytes of a format that is one file; raises as `write`."""
        return self._onnx(target) if target.format == "onnx" else self._tflite(target)

    def _onnx(self, target: Target) -> bytes:
        if target.precision == "int8":
            return self._quantised_onnx(self._frames_for(target))
        return _serialised(self._float_onnx if target.precision == "fp32" else half_onnx(self._float_onnx))

    def _tflite(self, target: Target) -> bytes:
        if target.precision == "int8":
            return quantised_tflite(self._normalised_graph, self._frames_for(target), self._spec)
        make = {"fp32": float_tflite, "fp16": half_tflite, "dynamic": dynamic_tflite}[target.precision]
        return make(self._frame_graph)

    def _frames_for(self, target: Target) -> CalibrationSet:
        if self._calibration is None:
            raise DataError(f"{target.file} needs frames to calibrate on and got none; give the run's training frames")
        return self._calibration

    @cached_property
    def _frame_graph(self) -> Graph:
        return frame_graph(self._network, self._spec)

    @cached_property
    def _normalised_graph(self) -> Graph:
        return normalised_graph(self._network, self._spec)

    @cached_property
    def _float_onnx(self) -> Any:
        return float_onnx(self._frame_graph)

    def _quantised_onnx(self, calibration: CalibrationSet) -> bytes:
        """Made once: the int8 IR is made of it too."""
        if self._int8_onnx is None:
            model = quantised_onnx(float_onnx(self._normalised_graph), calibration, self._spec)
            self._int8_onnx = _serialised(model)
        return self._int8_onnx


def _serialised(model: Any) -> bytes:
    content: bytes = model.SerializeToString(deterministic=True)
    return content
