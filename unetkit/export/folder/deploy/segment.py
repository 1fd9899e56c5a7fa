"""Segment a picture with an exported model: OpenCV, numpy and one engine, nothing else.

    pip install opencv-python numpy onnxruntime        # for .onnx
    pip install opencv-python numpy ai-edge-litert     # for .tflite
    python segment.py model.int8.onnx picture.jpg mask.png

The mask holds the index of each pixel's class; the classes are in the model file, and are printed. Copy what you need:
`Model` is all there is to running the file on a frame.
"""

import json
import math
import sys
import zipfile
from typing import Any

import cv2
import numpy as np


class Model:
    """An exported .onnx or .tflite model, and the spec inside it."""

    def __init__(self, path: str) -> None:
        self._engine: Any = _Tflite(path) if path.endswith(".tflite") else _Onnx(path)
        self.spec: dict[str, Any] = json.loads(self._engine.spec)
        self.height, self.width = self.spec["input"]["height"], self.spec["input"]["width"]

    def segment(self, frame: np.ndarray) -> np.ndarray:
        """uint8 (H, W, 3) BGR frame -> uint8 (H, W), the index of each pixel's class."""
        top, left, height, width = self._place(frame)
        tensor = np.full((1, self.height, self.width, 3), self.spec["input"]["zero_point"], np.uint8)
        tensor[0, top : top + height, left : left + width] = _fitted(frame, height, width)
        scores = self._engine.infer(tensor)[0]
        return self._labels(scores[top : top + height, left : left + width], frame.shape[:2])

    def _place(self, frame: np.ndarray) -> tuple[int, int, int, int]:
        """Top, left, height and width of the frame in the model's input."""
        if self.spec["input"]["fit"] == "stretch":
            return 0, 0, self.height, self.width
        ratio = min(self.height / frame.shape[0], self.width / frame.shape[1])
        height, width = max(1, round(frame.shape[0] * ratio)), max(1, round(frame.shape[1] * ratio))
        return (self.height - height) // 2, (self.width - width) // 2, height, width

    def _labels(self, scores: np.ndarray, hw: tuple[int, ...]) -> np.ndarray:
        """Scores, float32 (h, w, C), enlarged to the frame; then the largest wins, or the threshold is applied."""
        planes = [cv2.resize(np.ascontiguousarray(scores[..., index]), hw[::-1]) for index in range(scores.shape[-1])]
        if self.spec["head"] == "softmax":
            labels: np.ndarray = np.argmax(planes, axis=0)
            return labels.astype(np.uint8)
        threshold = self.spec["threshold"]
        if self.spec["scores"] == "logits":
            threshold = math.log(threshold / (1 - threshold))
        wins: np.ndarray = planes[0] > threshold
        return wins.astype(np.uint8)


def _fitted(frame: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear; where that would skip pixels, four bilinear samples averaged a pixel."""
    if frame.shape[:2] == (height, width):
        return frame
    if frame.shape[0] > 2 * height or frame.shape[1] > 2 * width:
        larger = cv2.resize(frame, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
        return cv2.resize(larger, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)


class _Onnx:
    def __init__(self, path: str) -> None:
        import onnxruntime

        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self.spec = self._session.get_modelmeta().custom_metadata_map["unetkit_spec"]

    def infer(self, tensor: np.ndarray) -> np.ndarray:
        scores: np.ndarray = self._session.run(["scores"], {self._session.get_inputs()[0].name: tensor})[0]
        return scores.astype(np.float32)


class _Tflite:
    def __init__(self, path: str) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with zipfile.ZipFile(path) as archive:
            self.spec = archive.read("unetkit_spec.json").decode()
        self._interpreter = Interpreter(model_path=path)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]

    def infer(self, tensor: np.ndarray) -> np.ndarray:
        self._interpreter.set_tensor(self._input, tensor)
        self._interpreter.invoke()
        scores: np.ndarray = self._interpreter.get_tensor(self._output["index"])
        if scores.dtype == np.float32:
            return scores
        scale, zero_point = self._output["quantization"]
        scores = scores.astype(np.float32) - np.float32(zero_point)
        return scores * np.float32(scale)


def main(model_path: str, picture_path: str, mask_path: str) -> None:
    """Segment one picture, write the mask, and print each class with its share of the picture."""
    frame = cv2.imread(picture_path)
    if frame is None:
        sys.exit(f"cannot read {picture_path}")
    model = Model(model_path)
    labels = model.segment(frame)
    if not cv2.imwrite(mask_path, labels):
        sys.exit(f"cannot write {mask_path}")
    for index, item in enumerate(model.spec["classes"]):
        print(f"{index} {item['name']}: {np.mean(labels == index):.1%}")


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("usage: python segment.py MODEL PICTURE MASK")
    main(*sys.argv[1:])
