"""Keras on TensorFlow behind the Backend protocol: a checkpoint before it is exported."""

import logging
from pathlib import Path
from typing import Any

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.preprocess import normalise
from unetkit.contract.spec import ModelSpec
from unetkit.errors import ArtifactError, DeviceError
from unetkit.runtime.backends.backend import Device, Precision, check_tensor
from unetkit.runtime.backends.signature import Port, check_signature
from unetkit.runtime.backends.tensorflow_import import import_tensorflow, limit_threads
from unetkit.runtime.checkpoint import load_keras_model

logger = logging.getLogger(__name__)


class KerasBackend:
    """A checkpoint in TensorFlow.

    The network takes normalised float32; `contract.normalise` and the network are compiled into one function that
    takes camera bytes, as an exported graph does. (`Model.predict` costs ten times the network for one frame.)
    """

    engine = "keras"
    precision: Precision = "fp32"

    def __init__(self, path: Path, spec: ModelSpec, *, device: Device = "auto", threads: int | None = None) -> None:
        tensorflow = import_tensorflow(f"checkpoint {path}")
        place = _place(tensorflow, device)
        limit_threads(tensorflow, threads)
        self.threads = threads
        self._input = spec.input
        with tensorflow.device(place):
            model = load_keras_model(path)
            self._function = _compiled(tensorflow, model, path, spec)
            self._tensorflow, self._place = tensorflow, place
            zeros = tensorflow.zeros((1, *spec.input.hw, 3), tensorflow.uint8)
            self.device = "CUDA" if "GPU" in self._function(zeros).device else "CPU"

    def infer(self, tensor: InputTensor) -> Scores:
        check_tensor(tensor, self._input)
        with self._tensorflow.device(self._place):
            scores: Scores = self._function(self._tensorflow.constant(tensor)).numpy()
        return scores

    def close(self) -> None:
        del self._function


def _place(tensorflow: Any, device: Device) -> str:
    gpu = bool(tensorflow.config.list_physical_devices("GPU"))
    if device == "tensorrt" or (device == "cuda" and not gpu):
        have = "CPU and CUDA" if gpu else "CPU only"
        raise DeviceError(
            f"device {device} is not there for Keras checkpoints: TensorFlow has {have}; use --device cpu"
        )
    if device == "auto":
        logger.info("device auto: %s", "CUDA, because TensorFlow lists a GPU" if gpu else "CPU, TensorFlow has no GPU")
    return "/GPU:0" if gpu and device != "cpu" else "/CPU:0"


def _compiled(tensorflow: Any, model: Any, path: Path, spec: ModelSpec) -> Any:
    """uint8 (1, H, W, 3) BGR -> float32 (H, W, C), as one TensorFlow function."""
    odd = {layer.compute_dtype for layer in model.layers} - {"float32"}
    if odd:
        raise ArtifactError(f"Keras model {path} computes in {', '.join(sorted(odd))}; save it in float32")
    check_signature(
        path,
        spec,
        inputs=[Port("uint8", (1, *item.shape[1:])) for item in model.inputs],
        outputs=[Port(item.dtype, (1, *item.shape[1:])) for item in model.outputs],
        scores=frozenset({"float32"}),
    )

    def scores_of(tensor: Any) -> Any:
        return model(normalise(tensorflow.cast(tensor, tensorflow.float32), spec.input), training=False)[0]

    return tensorflow.function(
        scores_of, input_signature=[tensorflow.TensorSpec((1, *spec.input.hw, 3), tensorflow.uint8)]
    )
