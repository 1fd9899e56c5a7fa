"""A TFLite model as a file, without what the file can do without.

An int8 model of many small layers is a third names and zero points: the converter names a tensor after all that was
fused into it, and each channel's zero point, always 0, takes eight bytes, once for the weights and once for the bias.
"""

import hashlib
from functools import cache
from typing import Any

from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME

_BUFFER_ALIGNMENT = 16  # `force_align` of the schema's `Buffer.data`, which the schema's Python code passes over


def packed(model: Any) -> bytes:
    """A `ModelT` as a file in which equal vectors stand once, and constants at multiples of 16 bytes."""
    builder = _sharing_builder()(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def renamed(content: bytes) -> bytes:
    """The same model with short names: input and output as in ONNX, a layer's output as the layer, constants numbered.

    No name occurs twice: OpenVINO knows tensors by them.
    """
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    outputs = {int(index) for operator in graph.operators for index in operator.outputs}
    taken = {INPUT_NAME, OUTPUT_NAME}
    for index, tensor in enumerate(graph.tensors):
        name = layer_name(tensor.name.decode()) if index in outputs else str(index)
        tensor.name = name if name not in taken else f"{name}_{index}"
        taken.add(tensor.name)
    graph.tensors[graph.inputs[0]].name = INPUT_NAME
    graph.tensors[graph.outputs[0]].name = OUTPUT_NAME
    for signature in model.signatureDefs or ():
        signature.inputs[0].name = INPUT_NAME
        signature.outputs[0].name = OUTPUT_NAME
    return packed(model)


def layer_name(tensor: str) -> str:
    """`network_1/down0_relu_1/Relu;...` -> `down0_relu_1`."""
    parts = tensor.partition(";")[0].split("/")
    return parts[1] if len(parts) > 1 else parts[0]


@cache
def _sharing_builder() -> type[Any]:
    import flatbuffers  # type: ignore[import-untyped]
    import numpy as np

    class SharingBuilder(flatbuffers.Builder):  # type: ignore[misc]
        """Writes a vector that it has written before as a reference to that one, as the format allows."""

        def __init__(self, size: int) -> None:
            super().__init__(size)
            self._written: dict[tuple[str, bytes], int] = {}

        def CreateNumpyVector(self, x: Any) -> int:  # noqa: N802 (flatbuffers' name)
            key = (x.dtype.str, hashlib.sha256(x.tobytes()).digest())
            if key not in self._written:
                if x.dtype == np.uint8:
                    self.Prep(_BUFFER_ALIGNMENT, x.nbytes)
                self._written[key] = super().CreateNumpyVector(x)
            return self._written[key]

    return SharingBuilder
