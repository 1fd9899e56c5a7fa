"""The weights of an int8 TFLite model on another grid than the converter's.

A network that was trained rounded is what it is on the grid it was trained on: its weights are written on that one.
The converter's own is `unetkit.deployment.weights.plain_scales`, which is finer where large weights are neighbours.
"""

from typing import Any

import numpy as np

from unetkit.deployment.weights import LARGEST, unsaturated_scales
from unetkit.export.quantisation.tflite_file import as_kernel, convolutions, floats, from_kernel, kind_of, unpacked
from unetkit.export.tflite_packing import packed


def on_trained_grid(quantised: bytes, floating: bytes, *, per_channel: bool) -> bytes:
    """The same int8 model, its kernels rounded by `unsaturated_scales`, and its biases by what follows from them.

    Args:
        quantised: as the converter wrote it; layers that it left in float stay as they are.
        floating: the model it was made of.
        per_channel: a scale for each output channel; else one a layer.
    """
    from tensorflow.lite.python import schema_py_generated as schema

    model, source = unpacked(quantised), unpacked(floating)
    tensors, originals = model.subgraphs[0].tensors, source.subgraphs[0].tensors
    for operator, original in zip(convolutions(model), convolutions(source), strict=True):
        given, weight, bias = (tensors[index] for index in operator.inputs[:3])
        if weight.type != schema.TensorType.INT8:
            continue
        kind = kind_of(model, operator)
        kernel = as_kernel(floats(source, originals[original.inputs[1]]), kind)
        scales = unsaturated_scales(kernel, len(kernel) if kind == "DEPTHWISE_CONV_2D" else 1)
        if not per_channel:
            scales = np.full_like(scales, scales.max())
        steps = np.clip(np.round(kernel / scales.reshape(-1, 1, 1, 1)), -LARGEST, LARGEST)
        _hold(model, weight, from_kernel(steps, kind).astype(np.int8), scales if per_channel else scales[:1])
        bias_scales = np.float32(given.quantization.scale[0]) * scales
        exact = floats(source, originals[original.inputs[2]]) / bias_scales.astype(np.float64)
        _hold(model, bias, np.round(exact).astype(np.int32), bias_scales if per_channel else bias_scales[:1])
    return packed(model)


def _hold(model: Any, tensor: Any, values: Any, scales: Any) -> None:
    """Give a constant other values, in a buffer of its own: equal ones may share the old."""
    from tensorflow.lite.python import schema_py_generated as schema

    buffer = schema.BufferT()
    buffer.data = np.frombuffer(values.tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.buffer = len(model.buffers) - 1
    tensor.quantization.scale = np.asarray(scales, np.float32)
