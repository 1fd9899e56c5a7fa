"""ONNX in float32: tf2onnx, with names that are the same on every run."""

from typing import Any

from unetkit.export.cyclicgarbage import collected_soon
from unetkit.export.graph import Graph
from unetkit.export.onnx_packing import pack
from unetkit.export.toolchain import quiet

OPSET = 17  # the newest whose operators TensorRT 8.6, OpenVINO and OpenCV all read; tf2onnx stops at 18


def float_onnx(graph: Graph) -> Any:
    """Convert a graph.

    Returns:
        An `onnx.ModelProto`: input `frame` in the graph's own dtype and layout (NHWC), output `scores` float32 NHWC.
    """
    import tf2onnx

    with quiet(), collected_soon():
        model, _ = tf2onnx.convert.from_function(
            graph.function, input_signature=graph.function.input_signature, opset=OPSET
        )
    for position, node in enumerate(model.graph.node):  # tf2onnx counts on across conversions in one process
        node.name = f"{node.op_type}_{position}"
    _plain_nearest(model)
    pack(model)
    return model


def _plain_nearest(model: Any) -> None:
    """Nearest upsampling in the form that every engine reads: `output[i] = input[floor(i / factor)]`.

    tf2onnx writes `tf_half_pixel_for_nn`, deprecated since opset 13. For whole factors k both read the same pixel:
    `floor((i + 0.5) / k) = floor(i / k)`; networks here upsample by whole factors only.
    """
    for node in model.graph.node:
        attributes = {item.name: item for item in node.attribute}
        if node.op_type == "Resize" and attributes["mode"].s == b"nearest":
            attributes["coordinate_transformation_mode"].s = b"asymmetric"
            attributes["nearest_mode"].s = b"floor"
