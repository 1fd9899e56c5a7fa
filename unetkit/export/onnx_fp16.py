"""ONNX in float16: weights and arithmetic in half precision, bytes in, float32 scores out."""

from typing import Any

from unetkit.export.onnx_packing import pack
from unetkit.export.toolchain import quiet


def half_onnx(model: Any) -> Any:
    """Convert a float32 model that takes uint8; the given one is left as it is.

    Every byte value and every `byte - zero_point` is exact in float16, so only the network itself loses digits.
    """
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    with quiet():
        half = convert_float_to_float16(copy, keep_io_types=True)
    pack(half)
    return half
