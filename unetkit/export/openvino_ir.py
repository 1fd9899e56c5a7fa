"""OpenVINO IR, from the ONNX model of the same precision: one conversion and one quantisation for both formats.

float16 is OpenVINO's own compression: weights stored in half precision, arithmetic in what the device does best.
"""

import tempfile
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
        _name_by_position(graph)
        openvino.save_model(graph, path, compress_to_fp16=half)


def _name_by_position(graph: Any) -> None:
    """OpenVINO counts its constants on through the life of a process; the same model shall give the same bytes."""
    graph.set_friendly_name("unetkit")
    for position, item in enumerate(graph.get_ordered_ops()):
        if item.get_type_name() not in {"Parameter", "Result"}:
            item.set_friendly_name(f"{item.get_type_name()}_{position}")
