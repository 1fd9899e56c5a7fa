"""Peers whose packages carry no weights: measured where the weights lie already, for nothing is downloaded here."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Never

import cv2
import numpy as np

from unetkit.benchmarks.peers.peer import PeerRequest, PeerUnavailableError, require_person
from unetkit.contract.arrays import AnyArray, BgrFrame, Labels

_MEAN, _DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
_SIDE = 320


class U2Net:
    """rembg's small model, u2netp, as rembg feeds it: RGB by its largest value, ImageNet's mean and deviation."""

    def __init__(self, path: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session: Any = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self._name = self._session.get_inputs()[0].name

    def prepare(self, frame: BgrFrame) -> AnyArray:
        rgb = cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), (_SIDE, _SIDE), interpolation=cv2.INTER_LANCZOS4)
        scaled = (rgb / np.float32(max(int(rgb.max()), 1)) - _MEAN) / _DEVIATION
        picture: AnyArray = np.ascontiguousarray(scaled.transpose(2, 0, 1)[np.newaxis], np.float32)
        return picture

    def infer(self, prepared: AnyArray) -> AnyArray:
        answer: AnyArray = self._session.run(None, {self._name: prepared})[0][0, 0]
        return answer

    def labels(self, answer: AnyArray, hw: tuple[int, int]) -> Labels:
        low, high = answer.min(), answer.max()
        mask = cv2.resize((answer - low) / max(high - low, 1e-6), hw[::-1], interpolation=cv2.INTER_LANCZOS4)
        return np.asarray(mask > 0.5, np.uint8)


def rembg(request: PeerRequest) -> U2Net:
    require_person(request)  # it finds what stands out; on pictures of people that is the person
    file = Path(".u2net", "u2netp.onnx")
    path = Path.home() / file
    if not path.exists():
        package = "is installed, but its" if find_spec("rembg") else "is not installed, and its"
        raise PeerUnavailableError(f"rembg {package} package carries no weights: ~/{file} is downloaded at first use")
    return U2Net(path, request.threads)


def ultralytics(request: PeerRequest) -> Never:
    require_person(request)
    package = "is installed, but its" if find_spec("ultralytics") else "is not installed (AGPL-3.0), and its"
    raise PeerUnavailableError(
        f"ultralytics {package} package carries no weights: they are downloaded at the first use"
    )
