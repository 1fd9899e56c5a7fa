"""One trained network, written in any format and precision; what several targets share is made once."""

from functools import cached_property
from typing import Any

from unetkit.contract.spec import InputSpec
from unetkit.errors import DataError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.graph import Graph, frame_graph, normalised_graph
from unetkit.export.onnx_float import float_onnx
from unetkit.export.onnx_fp16 import half_onnx
from unetkit.export.onnx_int8 import quantised_onnx
from unetkit.export.target import Target
from unetkit.export.tflite import float_tflite, half_tflite, quantised_tflite


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

    def content(self, target: Target) -> bytes:
        """The model file's bytes.

        Raises:
            DataError: int8 without a calibration set.
            VerificationError: a quantiser did not keep the input's scale and zero point.
        """
        if target.precision == "int8":
            return self._quantised(target)
        if target.format == "tflite":
            return (float_tflite if target.precision == "fp32" else half_tflite)(self._frame_graph)
        model = self._float_onnx if target.precision == "fp32" else half_onnx(self._float_onnx)
        return _serialised(model)

    def _quantised(self, target: Target) -> bytes:
        if self._calibration is None:
            raise DataError(f"{target.file} needs frames to calibrate on and got none; give the run's training frames")
        if target.format == "tflite":
            return quantised_tflite(self._normalised_graph, self._calibration, self._spec)
        return _serialised(quantised_onnx(float_onnx(self._normalised_graph), self._calibration, self._spec))

    @cached_property
    def _frame_graph(self) -> Graph:
        return frame_graph(self._network, self._spec)

    @cached_property
    def _normalised_graph(self) -> Graph:
        return normalised_graph(self._network, self._spec)

    @cached_property
    def _float_onnx(self) -> Any:
        return float_onnx(self._frame_graph)


def _serialised(model: Any) -> bytes:
    content: bytes = model.SerializeToString(deterministic=True)
    return content
