"""MediaPipe's selfie segmenter, from the file that its package carries, as its own graph feeds it.

Float32 RGB in 0..1, 256x256 pixels, one probability a pixel; without the graph's smoothing over frames.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from unetkit.benchmarks.peers.peer import PeerRequest, PeerUnavailableError, require_person
from unetkit.contract.arrays import AnyArray, BgrFrame, Labels
from unetkit.errors import ArtifactError

_FILE = "modules/selfie_segmentation/selfie_segmentation.tflite"
# Its model file is all that is needed, and the OpenCV that it requires would replace ours.
_INSTALL = "pip install --no-deps mediapipe==0.10.14"


class SelfieSegmenter:
    """The model in LiteRT.

    Raises:
        ArtifactError: the file is not this model.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter: Any = Interpreter(model_path=str(path), num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ArtifactError(f"{path} is not a TFLite model that opens: {str(error).splitlines()[0]}") from error
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        if self._input["dtype"] != np.float32 or len(self._input["shape"]) != 4 or self._output["shape"][-1] != 1:
            raise ArtifactError(f"{path} is not the selfie segmenter: float32 pictures to one probability a pixel")

    def prepare(self, frame: BgrFrame) -> AnyArray:
        _, height, width, _ = self._input["shape"]
        fitted = cv2.resize(frame, (int(width), int(height)))[..., ::-1]
        picture: AnyArray = fitted[np.newaxis].astype(np.float32) / np.float32(255)
        return picture

    def infer(self, prepared: AnyArray) -> AnyArray:
        self._interpreter.set_tensor(self._input["index"], prepared)
        self._interpreter.invoke()
        probability: AnyArray = self._interpreter.get_tensor(self._output["index"])[0, ..., 0]
        return probability

    def labels(self, answer: AnyArray, hw: tuple[int, int]) -> Labels:
        """1 = person."""
        return np.asarray(cv2.resize(answer, hw[::-1]) > 0.5, np.uint8)

    def predict(self, frame: BgrFrame) -> Labels:
        """All three, one after the other."""
        return self.labels(self.infer(self.prepare(frame)), (frame.shape[0], frame.shape[1]))


def mediapipe_selfie(request: PeerRequest) -> SelfieSegmenter:
    require_person(request)
    found = find_spec("mediapipe")
    if found is None or not found.submodule_search_locations:
        raise PeerUnavailableError(f"mediapipe is not installed; {_INSTALL}")
    path = Path(found.submodule_search_locations[0]) / _FILE
    if not path.exists():
        raise PeerUnavailableError(f"this mediapipe does not carry the model; {_INSTALL}")
    return SelfieSegmenter(path, request.threads)
