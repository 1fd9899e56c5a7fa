"""unetkit's own files in bare engines: a plain bilinear resize before, argmax or threshold and a resize after.

What is left when nothing but the engine's documented few lines are used: its default session, no folding, no letterbox.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from unetkit.benchmarks.peers.peer import PeerRequest, PeerUnavailableError, needed
from unetkit.contract.arrays import AnyArray, BgrFrame, Labels
from unetkit.contract.artifact import read_spec
from unetkit.contract.postprocess import score_threshold
from unetkit.runtime.backends.openvino_import import import_openvino


class BareEngine:
    """A file of unetkit's behind a function that runs it: uint8 (1, h, w, 3) BGR -> (1, h, w, C) scores."""

    def __init__(self, path: Path, run: Callable[[AnyArray], AnyArray]) -> None:
        self._spec = read_spec(path)
        self._run = run

    def prepare(self, frame: BgrFrame) -> AnyArray:
        height, width = self._spec.input.hw
        tensor: AnyArray = cv2.resize(frame, (width, height))[np.newaxis]
        return tensor

    def infer(self, prepared: AnyArray) -> AnyArray:
        return self._run(prepared)

    def labels(self, answer: AnyArray, hw: tuple[int, int]) -> Labels:
        scores = answer[0]
        if self._spec.head == "sigmoid":
            small = (scores[..., 0] > score_threshold(self._spec)).astype(np.uint8)
        else:
            small = scores.argmax(-1).astype(np.uint8)
        enlarged = cv2.resize(small, hw[::-1], interpolation=cv2.INTER_NEAREST)
        return np.asarray(enlarged, np.uint8)


def onnxruntime(request: PeerRequest) -> BareEngine:
    """`InferenceSession` as it comes, but for the number of threads."""
    import onnxruntime

    path = needed(request.onnx, "ONNX model")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = request.threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return BareEngine(path, lambda tensor: np.asarray(session.run(None, {name: tensor})[0]))


def litert(request: PeerRequest) -> BareEngine:
    """`Interpreter` as it comes, but for the number of threads."""
    path = needed(request.tflite, "TFLite model")
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError as error:
        raise PeerUnavailableError(f"LiteRT does not load ({error}); pip install ai-edge-litert") from error
    interpreter: Any = Interpreter(model_path=str(path), num_threads=request.threads)
    interpreter.allocate_tensors()
    given, answer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero_point = answer["quantization"]

    def run(tensor: AnyArray) -> AnyArray:
        interpreter.set_tensor(given["index"], tensor)
        interpreter.invoke()
        scores: AnyArray = interpreter.get_tensor(answer["index"])
        return scores if scores.dtype == np.float32 else (scores.astype(np.float32) - zero_point) * np.float32(scale)

    return BareEngine(path, run)


def openvino(request: PeerRequest) -> BareEngine:
    """`compile_model` with the hint for latency; float32, since its default on some processors is bfloat16."""
    path = needed(request.onnx, "ONNX model")
    try:
        openvino = import_openvino()
    except ImportError as error:
        raise PeerUnavailableError('OpenVINO is not installed; pip install "unetkit[peers]"') from error
    hints = {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": request.threads,
        "INFERENCE_PRECISION_HINT": "f32",
    }
    compiled: Any = openvino.Core().compile_model(path, "CPU", hints)
    return BareEngine(path, lambda tensor: np.asarray(compiled(tensor)[0]))


def cv2_dnn(request: PeerRequest) -> BareEngine:
    """`cv2.dnn.readNetFromONNX`."""
    path = needed(request.onnx, "ONNX model")
    cv2.setNumThreads(request.threads)
    try:
        network = cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        raise PeerUnavailableError(
            f"OpenCV {cv2.__version__} does not read the model: {str(error).strip()[:200]}"
        ) from error

    def run(tensor: AnyArray) -> AnyArray:
        network.setInput(tensor)
        return np.asarray(network.forward())

    return BareEngine(path, run)
