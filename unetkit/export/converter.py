"""One trained network, written in any format and precision; what several targets share is made once."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from unetkit.contract.learnedranges import LearnedRanges
from unetkit.contract.spec import InputSpec
from unetkit.errors import DataError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.graph import Graph, frame_graph, normalised_graph
from unetkit.export.onnx_float import float_onnx
from unetkit.export.onnx_fp16 import half_onnx
from unetkit.export.openvino_ir import write_openvino
from unetkit.export.quantisation.learned import learned_tensors
from unetkit.export.quantisation.onnx_quantiser import OnnxQuantiser
from unetkit.export.quantisation.quantiser import Quantiser
from unetkit.export.quantisation.recipe import DEFAULT_RECIPE, Recipe
from unetkit.export.quantisation.tflite_quantiser import TfliteQuantiser
from unetkit.export.saved_model import write_saved_model
from unetkit.export.target import Format, Target
from unetkit.export.tflite import dynamic_tflite, float_tflite, half_tflite


class Converter:
    """Writes artifacts of a network, without their spec.

    Args:
        network: Keras model, normalised float32 BGR (N, H, W, 3) -> scores, as `network.for_inference` gives it.
        spec: the model's input.
        calibration: needed for int8 targets only.
        learned: ranges of a quantisation-aware training, for recipes that want them.
    """

    def __init__(
        self,
        network: Any,
        spec: InputSpec,
        calibration: CalibrationSet | None,
        learned: LearnedRanges | None = None,
    ) -> None:
        self._learned = learned
        self._network = network
        self._spec = spec
        self._calibration = calibration
        self._quantisers: dict[Format, Quantiser] = {}

    def write(self, target: Target, folder: Path, recipe: Recipe | None = None) -> Path:
        """Write the target's files into a folder that has none of them; gives the one that opens it.

        Args:
            target: what to write.
            folder: where to.
            recipe: how int8 is quantised; the usual one when None.

        Raises:
            DataError: int8 without a calibration set.
            VerificationError: a quantiser did not keep the input's scale and zero point.
        """
        path = folder / target.file
        if target.format == "openvino":
            source = replace(target, format="onnx", precision="int8" if target.precision == "int8" else "fp32")
            write_openvino(self.content(source, recipe), path, half=target.precision == "fp16")
        elif target.format == "saved_model":
            write_saved_model(self._frame_graph, path)
        else:
            path.write_bytes(self.content(target, recipe))
        return path

    def content(self, target: Target, recipe: Recipe | None = None) -> bytes:
        """The bytes of a format that is one file; raises as `write`."""
        if target.precision == "int8":
            return self.quantiser(target).content(recipe or DEFAULT_RECIPE)
        if target.format == "onnx":
            return _serialised(self._float_onnx if target.precision == "fp32" else half_onnx(self._float_onnx))
        make = {"fp32": float_tflite, "fp16": half_tflite, "dynamic": dynamic_tflite}[target.precision]
        return make(self._frame_graph)

    def quantiser(self, target: Target) -> Quantiser:
        """What writes an int8 target; made once, so that the calibration frames are looked at once.

        OpenVINO's int8 is made of the ONNX model.

        Raises:
            DataError: there is no calibration set.
        """
        if self._calibration is None:
            raise DataError(f"{target.file} needs frames to calibrate on and got none; give the run's training frames")
        source: Format = "tflite" if target.format == "tflite" else "onnx"
        if source not in self._quantisers:
            learned = None
            if self._learned is not None:
                learned = learned_tensors(self._network, self._learned, self._calibration, self._spec)
            self._quantisers[source] = (
                TfliteQuantiser(self._normalised_graph, self._calibration, self._spec, learned=learned)
                if source == "tflite"
                else OnnxQuantiser(float_onnx(self._normalised_graph), self._calibration, self._spec, learned=learned)
            )
        return self._quantisers[source]

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
