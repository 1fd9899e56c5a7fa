"""ONNX in float32: tf2onnx, with names that are the same on every run."""

from typing import Any

from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME, Graph
from unetkit.export.toolchain import quiet

OPSET = 17  # the newest whose operators TensorRT 8.6, OpenVINO and OpenCV all read; tf2onnx stops at 18
PRODUCER = "unetkit"


def float_onnx(graph: Graph) -> Any:
    """Convert a graph.

    Returns:
        An `onnx.ModelProto`: input `frame` in the graph's own dtype and layout (NHWC), output `scores` float32 NHWC.
    """
    import tf2onnx

    with quiet():
        model, _ = tf2onnx.convert.from_function(
            graph.function, input_signature=graph.function.input_signature, opset=OPSET
        )
    _name_by_position(model)
    _plain_nearest(model)
    model.producer_name = PRODUCER
    model.graph.name = PRODUCER
    model.graph.doc_string = ""
    model.doc_string = ""
    return model


def _name_by_position(model: Any) -> None:
    """Name nodes and tensors by what they are and where: tf2onnx counts on across conversions in one process."""
    names = {INPUT_NAME: INPUT_NAME, OUTPUT_NAME: OUTPUT_NAME}
    initialisers = {item.name: item for item in model.graph.initializer}
    ordered = []
    for position, node in enumerate(model.graph.node):
        node.name = f"{node.op_type}_{position}"
        for index, name in enumerate(node.input):
            if name in initialisers and name not in names:
                names[name] = f"{node.name}_constant_{index}"
                ordered.append(initialisers[name])
        for index, name in enumerate(node.output):
            names.setdefault(name, f"{node.name}_output_{index}" if index else f"{node.name}_output")
    for node in model.graph.node:
        node.input[:] = [names[name] if name else "" for name in node.input]
        node.output[:] = [names[name] if name else "" for name in node.output]
    kept = []
    for item in ordered:
        item.name = names[item.name]
        kept.append(type(item).FromString(item.SerializeToString()))
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    del model.graph.value_info[:]


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
