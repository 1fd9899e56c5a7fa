"""Layers that are to stay float in an int8 ONNX model, kept so.

ONNX Runtime quantises by itself, with one scale a tensor, the weights of a float convolution that stands between a
DequantizeLinear and a QuantizeLinear (its WeightBiasQuantization, at load time). It asks that the former have a single
scale; one equal scale for each channel says the same and is left alone.
"""

from typing import Any

import numpy as np


def keep_float(model: Any, layers: set[str]) -> None:
    """Give each of these layers that reads a DequantizeLinear one of its own, with a scale for each channel.

    Args:
        model: `onnx.ModelProto`, changed in place.
        layers: names of nodes; those that are no convolution are passed over.
    """
    from onnx import helper, numpy_helper

    constants = {item.name: item for item in model.graph.initializer}
    producers = {name: node for node in model.graph.node for name in node.output}
    nodes: list[Any] = []
    for node in model.graph.node:
        source = producers.get(node.input[0]) if node.op_type in {"Conv", "ConvTranspose"} else None
        if node.name in layers and source is not None and source.op_type == "DequantizeLinear":
            groups = {item.name: item.i for item in node.attribute}.get("group", 1)
            dims = constants[node.input[1]].dims
            channels = dims[1] * groups if node.op_type == "Conv" else dims[0]
            names = [f"{node.name}_scale_by_channel", f"{node.name}_zero_point_by_channel"]
            for name, single in zip(names, source.input[1:3], strict=True):
                value = np.repeat(numpy_helper.to_array(constants[single]).ravel(), channels)
                model.graph.initializer.append(numpy_helper.from_array(value, name))
            given = f"{node.name}_input"
            nodes.append(
                helper.make_node("DequantizeLinear", [source.input[0], *names], [given], f"{given}_float", axis=1)
            )
            node.input[0] = given
        nodes.append(node)
    read = {name for node in nodes for name in node.input} | {item.name for item in model.graph.output}
    kept = [
        type(node).FromString(node.SerializeToString())
        for node in nodes
        if node.op_type != "DequantizeLinear" or node.output[0] in read
    ]
    del model.graph.node[:]
    model.graph.node.extend(kept)
