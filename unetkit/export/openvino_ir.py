"""OpenVINO IR, from the ONNX model of the same precision: one conversion and one quantisation for both formats.

float16 is OpenVINO's own compression: weights stored in half precision, arithmetic in what the device does best.
"""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from unetkit.export.toolchain import quiet
from unetkit.runtime.backends.openvino_import import import_openvino


def write_openvino(onnx_content: bytes, path: Path, *, half: bool) -> None:
    """Write `path`, the graph, and the weights beside it.

    Args:
        onnx_content: an ONNX model, float32 or with QuantizeLinear and DequantizeLinear.
        path: of the .xml file.
        half: store float32 weights as float16.
    """
    openvino = import_openvino()
    from openvino._offline_transformations import apply_moc_transformations, compress_quantize_weights_transformation

    with tempfile.TemporaryDirectory() as folder, quiet():
        source = Path(folder, "model.onnx")
        source.write_bytes(onnx_content)
        # What `openvino.convert_model` does, which reports each conversion to its makers.
        graph = openvino.Core().read_model(source)
        apply_moc_transformations(graph, cf=False, smart_reshape=True)
        compress_quantize_weights_transformation(graph)
        _fold_biases(graph)
        _share_equal_constants(graph)
        _name_by_position(graph)
        openvino.save_model(graph, path, compress_to_fp16=half)
    # Indentation is a fifth of the graph's file.
    path.write_text(re.sub(r">\s+<", "><", path.read_text(encoding="utf-8")), encoding="utf-8")


def _fold_biases(graph: Any) -> None:
    """Store biases as what they are worth: 32 bits either way, and their scales and four layers of text are gone."""
    from openvino import op

    folded: dict[str, Callable[..., Any]] = {
        "Convert": lambda value, _: value.astype("float32"),
        "Multiply": lambda *factors: factors[0] * factors[1],
        "Reshape": lambda value, shape: value.reshape(shape),
    }
    for item in graph.get_ordered_ops():
        kind, sources = item.get_type_name(), [each.get_source_output().get_node() for each in item.inputs()]
        if kind not in folded or any(source.get_type_name() != "Constant" for source in sources):
            continue
        types = {source.get_element_type().get_type_name() for source in sources}
        if "i8" in types or item.get_element_type().get_type_name() != "f32":
            continue  # weights stay in 8 bits
        values = [source.data for source in sources]
        constant = op.Constant(folded[kind](values[0], values[-1]))
        item.output(0).replace(constant.output(0))


def _share_equal_constants(graph: Any) -> None:
    """The four bounds of a FakeQuantize are two, and below a ReLU one of them is the same everywhere."""
    first: dict[tuple[str, tuple[int, ...], bytes], Any] = {}
    for item in graph.get_ordered_ops():
        if item.get_type_name() == "Constant":
            key = (item.get_element_type().get_type_name(), tuple(item.get_output_shape(0)), item.data.tobytes())
            kept = first.setdefault(key, item)
            if kept is not item:
                item.output(0).replace(kept.output(0))


def _name_by_position(graph: Any) -> None:
    """OpenVINO counts its constants on through the life of a process; the same model shall give the same bytes."""
    graph.set_friendly_name("unetkit")
    for position, item in enumerate(graph.get_ordered_ops()):
        if item.get_type_name() not in {"Parameter", "Result"}:
            item.set_friendly_name(f"{item.get_type_name()}_{position}")
