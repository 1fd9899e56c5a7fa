"""OpenVINO behind the Backend protocol, for comparisons; it reads the same ONNX files."""

from pathlib import Path
from typing import Any

import numpy as np

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, MissingDependencyError
from unetkit.runtime.backend import Precision, check_tensor, reason_of


class OpenVinoBackend:
    """An ONNX model in OpenVINO on the processor, in float32 where it is not quantised (its own default is bfloat16).

    Args:
        path: of the model.
        spec: inside it.
        precision: of the file, as ONNX Runtime's backend reads it off the graph.
        threads: of inference.

    Raises:
        MissingDependencyError: OpenVINO is not installed.
        ArtifactError: it cannot read the model.
    """

    engine, device = "openvino", "CPU"

    def __init__(self, path: Path, spec: ModelSpec, precision: Precision, *, threads: int) -> None:
        try:
            import openvino
        except ImportError as error:
            raise MissingDependencyError("OpenVINO is not installed; pip install openvino") from error
        hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        try:
            self._model: Any = openvino.Core().compile_model(path, "CPU", hints)
        except RuntimeError as error:
            raise ArtifactError(f"OpenVINO cannot open {path}: {reason_of(error)}") from error
        self._input = spec.input
        self.precision, self.threads = precision, threads

    def infer(self, tensor: InputTensor) -> Scores:
        check_tensor(tensor, self._input)
        scores: Scores = np.array(self._model(tensor)[0][0], np.float32)
        return scores

    def close(self) -> None:
        del self._model
