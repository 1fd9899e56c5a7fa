"""The peers by name, unetkit's own first: ratios are to that one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from unetkit.benchmarks.peers.peer import Peer, PeerRequest


@dataclass(frozen=True, kw_only=True)
class PeerEntry:
    """A peer that can be asked for.

    Attributes:
        what: it is, in a line.
        package: whose installation it needs, with all that this requires.
        module: of the adapter.
        opener: function in it: PeerRequest -> Peer.
    """

    what: str
    package: str
    module: str
    opener: str

    def open(self, request: PeerRequest) -> Peer:
        """Open it.

        Raises:
            PeerUnavailableError: with its reason.
        """
        from importlib import import_module

        opener: Callable[[PeerRequest], Peer] = getattr(import_module(self.module), self.opener)
        return opener(request)


_HERE = "unetkit.benchmarks.peers"


def _entry(what: str, package: str, module: str, opener: str) -> PeerEntry:
    return PeerEntry(what=what, package=package, module=f"{_HERE}.{module}", opener=opener)


PEERS: Mapping[str, PeerEntry] = {
    "unetkit-tflite": _entry("unetkit, the model in LiteRT", "unetkit", "ours", "unetkit_tflite"),
    "unetkit-onnx": _entry("unetkit, the model in ONNX Runtime", "unetkit", "ours", "unetkit_onnx"),
    "litert": _entry("the same file in bare LiteRT", "ai-edge-litert", "bare", "litert"),
    "onnxruntime": _entry("the same file in bare ONNX Runtime", "onnxruntime-gpu", "bare", "onnxruntime"),
    "openvino": _entry("the same file in bare OpenVINO", "openvino", "bare", "openvino"),
    "cv2.dnn": _entry("the same file in OpenCV's own inference", "opencv-python", "bare", "cv2_dnn"),
    "keras-predict": _entry(
        "the tutorials' way: Keras predict a frame", "tensorflow", "keras_predict", "keras_predict"
    ),
    "mediapipe-selfie": _entry("MediaPipe's selfie segmenter", "mediapipe", "selfie", "mediapipe_selfie"),
    "rembg": _entry("rembg's small model, u2netp", "rembg", "downloaded", "rembg"),
    "ultralytics": _entry("Ultralytics' smallest segment model", "ultralytics", "downloaded", "ultralytics"),
}
