"""Cross-layer equalisation of an ONNX network, to measure what it is worth (docs/quantisation.md).

Between two convolutions with a ReLU in between, a channel may be divided by any s > 0 in the first and multiplied by it
in the second: `relu(x / s) * s = relu(x)`. With `s = sqrt(r1 / r2)`, r1 and r2 the channel's largest weight in each,
both layers' channels become alike (Nagel et al. 2019, arXiv:1906.04721). A ReLU6 is no such function: it is left alone.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np


def equalise(model: Any, *, sweeps: int = 3) -> int:
    """Equalise, in place, every pair of convolutions that allows it; gives how many pairs there are.

    Args:
        model: float32 `onnx.ModelProto`, weights as constants.
        sweeps: how often all pairs are gone through: a layer in the middle belongs to two.
    """
    from onnx import numpy_helper

    constants = {item.name: item for item in model.graph.initializer}
    values = {name: numpy_helper.to_array(item).copy() for name, item in constants.items()}
    pairs = list(_pairs(model))
    for first, second in pairs * sweeps:
        before, after = values[first.input[1]], values[second.input[1]]
        depthwise = after.shape[1] == 1 and len(after) == len(before)
        following = after if depthwise else after.transpose(1, 0, 2, 3)
        largest = [np.abs(kernel.reshape(len(kernel), -1)).max(axis=1) for kernel in (before, following)]
        alive = (largest[0] > 0) & (largest[1] > 0)
        scale = np.where(alive, np.sqrt(largest[0] / np.where(alive, largest[1], 1)), 1).astype(np.float32)
        before /= scale.reshape(-1, 1, 1, 1)
        values[first.input[2]] /= scale
        after *= scale.reshape((-1, 1, 1, 1) if depthwise else (1, -1, 1, 1))
    for name, item in constants.items():
        item.CopyFrom(numpy_helper.from_array(values[name], name))
    return len(pairs)


def _pairs(model: Any) -> Iterator[tuple[Any, Any]]:
    """(first, second) convolutions where nothing but a ReLU, or nothing at all, stands and reads in between."""
    readers: dict[str, list[Any]] = {}
    for node in model.graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    outputs_of = {item.name: item.dims[0] for item in model.graph.initializer if item.dims}
    outputs = {item.name for item in model.graph.output}
    for first in model.graph.node:
        if first.op_type != "Conv" or len(first.input) < 3:
            continue
        name = first.output[0]
        following = readers.get(name, [])
        if len(following) == 1 and following[0].op_type == "Relu":
            name = following[0].output[0]
            following = readers.get(name, [])
        if len(following) == 1 and following[0].op_type == "Conv" and name not in outputs:
            groups = {item.name: item.i for item in following[0].attribute}.get("group", 1)
            if groups in {1, outputs_of[first.input[1]]}:
                yield first, following[0]
