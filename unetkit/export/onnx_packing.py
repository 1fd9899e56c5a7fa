"""An ONNX model without what its file can do without.

An int8 model of many small layers is a third names, and zero points that are all 0, one for each channel of weights
and again of the bias. Equal constants stand once here, tensors are numbered, and no node of another domain is declared.
"""

from typing import Any

from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME

PRODUCER = "unetkit"


def pack(model: Any) -> None:
    """Make an `onnx.ModelProto` small, in place; it computes the same, and its nodes keep their names.

    The names depend on the graph alone: the same network gives the same bytes, whatever was converted before.
    """
    _share_equal_constants(model)
    _number_tensors(model)
    used = {node.domain for node in model.graph.node}
    kept = [item for item in model.opset_import if item.domain in used]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    for field in ("metadata_props", "functions"):
        model.ClearField(field)
    model.producer_name = model.graph.name = PRODUCER
    model.graph.doc_string = model.doc_string = ""


def _share_equal_constants(model: Any) -> None:
    """But for single numbers: OpenVINO computes a layer in float whose input's zero point is another tensor's, too."""
    first: dict[tuple[int, tuple[int, ...], bytes], str] = {}
    names: dict[str, str] = {}
    for item in model.graph.initializer:
        if not item.dims:
            continue
        names[item.name] = first.setdefault((item.data_type, tuple(item.dims), _content(item)), item.name)
    for node in model.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]


def _number_tensors(model: Any) -> None:
    """In the order that the nodes read and give them; what nobody reads goes."""
    names = {"": "", INPUT_NAME: INPUT_NAME, OUTPUT_NAME: OUTPUT_NAME}
    for node in model.graph.node:
        for name in (*node.input, *node.output):
            names.setdefault(name, str(len(names) - 3))
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    constants = {names[item.name]: item for item in model.graph.initializer if item.name in names}
    kept = []
    for name in sorted(constants, key=int):
        item = type(constants[name]).FromString(constants[name].SerializeToString())
        item.name, item.doc_string = name, ""
        kept.append(item)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    del model.graph.value_info[:]


def _content(constant: Any) -> bytes:
    from onnx import numpy_helper

    values: bytes = numpy_helper.to_array(constant).tobytes()
    return values
