"""Transposed convolutions of stride 2, rewritten for int8: ONNX Runtime has no integer kernel for them.

A transposed convolution of stride 2 writes `out[2i + k - pad] += in[i] * kernel[k]`, so the outputs of one parity p,
`out[2m + p]`, are an ordinary convolution: its tap at offset d, on `in[m + d]`, is `kernel[p + pad - 2d]`, 0 where
there is no such k. All four parities (rows x columns) become one convolution of four times the channels, and a
DepthToSpace puts them side by side (Shi et al. 2016, arXiv:1609.07009). The same products are summed: nothing is lost.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def rewrite_upconvolutions(model: Any) -> None:
    """Rewrite, in place, every ConvTranspose of an `onnx.ModelProto` that exactly doubles height and width."""
    from onnx import numpy_helper

    constants = {item.name: item for item in model.graph.initializer}
    nodes = []
    for node in model.graph.node:
        attributes = {item.name: list(item.ints) for item in node.attribute}
        kernel = constants.get(node.input[1]) if node.op_type == "ConvTranspose" else None
        if kernel is None or not _doubles(node, attributes):
            nodes.append(node)
            continue
        pads, sides = attributes.get("pads", [0, 0, 0, 0]), kernel.dims[2:]
        weight = numpy_helper.to_array(kernel)  # (inputs, outputs, kh, kw)
        bias = numpy_helper.to_array(constants[node.input[2]]) if len(node.input) > 2 else np.zeros(weight.shape[1])
        reach = [_reach(side, pad) for side, pad in zip(sides, pads[:2], strict=True)]
        for name, value in (("weight", _phases(weight, pads[:2], reach)), ("bias", np.tile(bias, 4))):
            tensor = numpy_helper.from_array(value.astype(np.float32), f"{node.name}_{name}")
            model.graph.initializer.append(tensor)
        nodes.extend(_replacement(node, reach))
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    for name, item in constants.items():
        if name not in used:
            model.graph.initializer.remove(item)


def _doubles(node: Any, attributes: dict[str, list[int]]) -> bool:
    """(size - 1) * 2 + kernel - pads = 2 * size, in one group and without holes."""
    group = {item.name: item.i for item in node.attribute}.get("group", 1)
    top, left, bottom, right = attributes.get("pads", [0, 0, 0, 0])
    height, width = attributes["kernel_shape"]
    return (
        group == 1
        and attributes.get("strides") == [2, 2]
        and attributes.get("dilations", [1, 1]) == [1, 1]
        and not any(attributes.get("output_padding", []))
        and "output_shape" not in attributes
        and (height - top - bottom, width - left - right) == (2, 2)
    )


def _reach(side: int, pad: int) -> tuple[int, int]:
    """Smallest and largest offset d whose k = p + pad - 2d lies in the kernel, over both parities p."""
    offsets = [(parity + pad - k) // 2 for parity in (0, 1) for k in range(side) if (parity + pad - k) % 2 == 0]
    return min(offsets), max(offsets)


def _phases(weight: NDArray[np.float32], pads: list[int], reach: list[tuple[int, int]]) -> NDArray[np.float32]:
    """(inputs, outputs, kh, kw) of the transposed convolution -> (4 * outputs, inputs, taps, taps)."""
    inputs, outputs, height, width = weight.shape
    (first_row, last_row), (first_column, last_column) = reach
    taps = np.zeros((2, 2, outputs, inputs, last_row - first_row + 1, last_column - first_column + 1), np.float32)
    for row_phase, column_phase, row, column in np.ndindex(2, 2, *taps.shape[4:]):
        i = row_phase + pads[0] - 2 * (row + first_row)
        j = column_phase + pads[1] - 2 * (column + first_column)
        if 0 <= i < height and 0 <= j < width:
            taps[row_phase, column_phase, :, :, row, column] = weight[:, :, i, j].T
    return taps.reshape(-1, inputs, *taps.shape[4:])


def _replacement(node: Any, reach: list[tuple[int, int]]) -> list[Any]:
    from onnx import helper

    name = node.name
    return [
        helper.make_node(
            "Conv",
            [node.input[0], f"{name}_weight", f"{name}_bias"],
            [f"{name}_phases"],
            name=f"{name}_conv",
            kernel_shape=[last - first + 1 for first, last in reach],
            pads=[-first for first, _ in reach] + [last for _, last in reach],
        ),
        helper.make_node(
            "DepthToSpace", [f"{name}_phases"], list(node.output), name=f"{name}_to_space", blocksize=2, mode="DCR"
        ),
    ]
