"""Backend: one artifact opened on one device, whatever engine is behind it."""

from typing import Literal, Protocol

from unetkit.contract.arrays import InputTensor, Scores
from unetkit.contract.spec import InputSpec
from unetkit.errors import DataError

Engine = Literal["auto", "onnx", "tflite", "keras", "openvino", "opencv", "tensorflow"]
Device = Literal["auto", "cpu", "cuda", "tensorrt"]
Precision = Literal["fp32", "fp16", "dynamic", "int8"]


class Backend(Protocol):
    """An opened model. Not for use by several threads at once, nor after `close`."""

    @property
    def engine(self) -> str:
        """Any of `Engine` but `auto`."""

    @property
    def device(self) -> str:
        """What really runs the model, read back from the engine: `CPU`, `CUDA` or `TensorRT`."""

    @property
    def precision(self) -> str:
        """Read off the graph: `fp32`, `fp16` or `int8`, and `dynamic` for int8 weights alone in a float graph."""

    @property
    def threads(self) -> int | None:
        """Processor threads the engine may use; None where the engine decides alone."""

    def infer(self, tensor: InputTensor) -> Scores:
        """Run the model on one frame.

        Args:
            tensor: uint8 (1, H, W, 3) BGR, as `contract.preprocess` makes it.

        Returns:
            float32 (H, W, C), the caller's own: a later call does not write into it.

        Raises:
            DataError: the tensor is not what the model's spec says.
        """

    def close(self) -> None:
        """Give the engine's memory back."""


def check_tensor(tensor: InputTensor, spec: InputSpec) -> None:
    """Engines report a wrong tensor in their own words, or read past its end: look before.

    Raises:
        DataError: the tensor is not uint8 (1, H, W, 3).
    """
    if tensor.dtype != "uint8" or tensor.shape != (1, spec.height, spec.width, 3):
        raise DataError(
            f"the model takes uint8 (1, {spec.height}, {spec.width}, 3), received {tensor.dtype} {tensor.shape}; "
            "make it with Segmenter.preprocess"
        )


def reason_of(error: Exception) -> str:
    """The first line of an engine's own error, which may go on for pages."""
    return str(error).strip().partition("\n")[0][:300]
