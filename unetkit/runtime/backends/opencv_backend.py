"""OpenCV's own inference, cv2.dnn, behind the Backend protocol: for devices that have no other engine."""

import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.onnx_wire import declared_ends, weight_precision
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, DeviceError
from unetkit.processors import usable_cores
from unetkit.runtime.backends.backend import Device, check_tensor, reason_of
from unetkit.runtime.backends.signature import Port, check_signature
from unetkit.runtime.stderr import muted_stderr

logger = logging.getLogger(__name__)


class OpenCvBackend:
    """An ONNX model in cv2.dnn on the processor.

    It computes in float32, an int8 model's quantised steps included. Its threads are one number for all that OpenCV
    does in the process.
    """

    engine, device = "opencv", "CPU"

    def __init__(self, path: Path, spec: ModelSpec, *, device: Device = "auto", threads: int | None = None) -> None:
        if device not in {"auto", "cpu"}:
            raise DeviceError(f"device {device} is not for cv2.dnn, which runs on the CPU here; use --engine onnx")
        if device == "auto":
            logger.info("device auto: CPU, because cv2.dnn runs on nothing else here")
        cv2.setNumThreads(threads or usable_cores())
        self.threads = cv2.getNumThreads()
        self.precision = weight_precision(path)
        inputs, outputs = declared_ends(path)  # cv2.dnn itself takes a tensor of any shape
        check_signature(
            path,
            spec,
            inputs=[Port(*item) for item in inputs],
            outputs=[Port(*item) for item in outputs],
            scores=frozenset({"float32", "float16"}),
        )
        self._input = spec.input
        zeros = np.zeros((1, *spec.input.hw, 3), np.uint8)
        try:
            with muted_stderr():  # it logs its errors there, and raises them too
                self._network: Any = cv2.dnn.readNetFromONNX(str(path))
                self._network.setInput(zeros)
                self._network.forward()  # what it cannot compute shows here
        except cv2.error as error:
            raise ArtifactError(f"cv2.dnn cannot open {path}: {_reason(error)}; use --engine onnx") from error

    def infer(self, tensor: InputTensor) -> Scores:
        check_tensor(tensor, self._input)
        try:
            self._network.setInput(np.ascontiguousarray(tensor))
            scores: Scores = np.array(self._network.forward()[0], np.float32)
        except cv2.error as error:
            raise DeviceError(f"cv2.dnn stopped on the CPU: {_reason(error)}; use --engine onnx") from error
        return scores

    def close(self) -> None:
        del self._network


def _reason(error: cv2.error) -> str:
    """OpenCV's message without the place in its sources that it begins with."""
    return reason_of(error).rpartition("error: ")[2]
