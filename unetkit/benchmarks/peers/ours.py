"""unetkit itself, measured by the same clock."""

from pathlib import Path
from typing import Any

from unetkit.benchmarks.peers.peer import PeerRequest, needed
from unetkit.contract.arrays import BgrFrame, InputTensor, Labels, Scores
from unetkit.contract.preprocess import Placement
from unetkit.runtime.segmenter import Segmenter


class Ours:
    """A Segmenter."""

    def __init__(self, path: Path, threads: int) -> None:
        self._segmenter = Segmenter.open(path, device="cpu", threads=threads)

    def prepare(self, frame: BgrFrame) -> tuple[InputTensor, Placement]:
        return self._segmenter.preprocess(frame)

    def infer(self, prepared: tuple[InputTensor, Placement]) -> tuple[Scores, Placement]:
        tensor, placement = prepared
        return self._segmenter.infer(tensor), placement

    def labels(self, answer: Any, hw: tuple[int, int]) -> Labels:  # noqa: ARG002 (the placement knows it)
        return self._segmenter.postprocess(*answer).labels


def unetkit_tflite(request: PeerRequest) -> Ours:
    return Ours(needed(request.tflite, "TFLite model"), request.threads)


def unetkit_onnx(request: PeerRequest) -> Ours:
    return Ours(needed(request.onnx, "ONNX model"), request.threads)
