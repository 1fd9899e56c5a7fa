"""The work of a network, read from its file: multiply-adds and bytes of each layer that has weights.

Nothing is assumed of the network: the engine tells the shapes of every operator of the graph as it is stored.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unetkit.benchmarks.onnx_profile import profiled_nodes
from unetkit.contract.artifact import read_format

_BYTES = {"fp32": (4, 4), "fp16": (2, 2), "dynamic": (1, 4), "int8": (1, 1)}  # of a weight, of an activation


@dataclass(frozen=True, kw_only=True)
class LayerWork:
    """One convolution, or another operator with weights.

    Attributes:
        name: as the graph calls it.
        kind: its operator.
        multiply_adds: of one frame: each weight once at each place that the kernel visits, a pixel of the output, or
            of the input where the convolution is transposed.
        weight_bytes: stored in the artifact's precision.
        moved_bytes: weights, input and output, each once.
    """

    name: str
    kind: str
    multiply_adds: int
    weight_bytes: int
    moved_bytes: int


def work_of(path: Path, precision: str) -> tuple[LayerWork, ...]:
    """The layers of an artifact that have weights; none for a Keras file, or where the engine does not tell.

    Args:
        path: an artifact that opens.
        precision: of its weights.
    """
    size = _BYTES[precision]
    kind = read_format(path)
    if kind == "onnx":
        return tuple(_onnx_layers(path, size))
    return tuple(_tflite_layers(path, size)) if kind == "tflite" else ()


def _onnx_layers(path: Path, size: tuple[int, int]) -> Iterator[LayerWork]:
    """(N, C, H, W) tensors, (O, I / groups, h, w) kernels."""
    for node in profiled_nodes(path, threads=1, optimised=False, runs=1):
        if node.operator in {"Conv", "ConvTranspose"} and len(node.input_shapes) > 1:
            data, kernel = node.input_shapes[:2]
            places = (data if node.operator == "ConvTranspose" else node.output_shapes[0])[2:]
        elif node.operator in {"Gemm", "MatMul"} and len(node.input_shapes) > 1:
            data, kernel = node.input_shapes[:2]
            places = data[:-1]
        else:
            continue
        yield _layer(node.name, node.operator, places, kernel, (data, node.output_shapes[0]), size)


def _tflite_layers(path: Path, size: tuple[int, int]) -> Iterator[LayerWork]:
    """(N, H, W, C) tensors, (O, h, w, I) kernels."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    without_delegates = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter: Any = Interpreter(model_path=str(path), experimental_op_resolver_type=without_delegates)
    if not hasattr(interpreter, "_get_ops_details"):  # not among what LiteRT promises to keep
        return
    shapes = {item["index"]: tuple(map(int, item["shape"])) for item in interpreter.get_tensor_details()}
    names = {item["index"]: str(item["name"]) for item in interpreter.get_tensor_details()}
    for operator in interpreter._get_ops_details():
        inputs, output = [int(index) for index in operator["inputs"]], int(operator["outputs"][0])
        kind = str(operator["op_name"])
        if kind in {"CONV_2D", "DEPTHWISE_CONV_2D"}:
            data, kernel, places = shapes[inputs[0]], shapes[inputs[1]], shapes[output][1:3]
        elif kind == "TRANSPOSE_CONV":
            data, kernel = shapes[inputs[2]], shapes[inputs[1]]
            places = data[1:3]
        elif kind == "FULLY_CONNECTED":
            data, kernel = shapes[inputs[0]], shapes[inputs[1]]
            places = data[:-1]
        else:
            continue
        yield _layer(names[output], kind, places, kernel, (data, shapes[output]), size)


def _layer(
    name: str,
    kind: str,
    places: Sequence[int],
    kernel: Sequence[int],
    tensors: Sequence[Sequence[int]],
    size: tuple[int, int],
) -> LayerWork:
    weights = math.prod(kernel)
    return LayerWork(
        name=name,
        kind=kind,
        multiply_adds=math.prod(places) * weights,
        weight_bytes=weights * size[0],
        moved_bytes=weights * size[0] + sum(map(math.prod, tensors)) * size[1],
    )
