"""TFLite: float32, float16 weights, and full integer with the camera bytes as the quantised input. Builtins only."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unetkit.contract.spec import InputSpec
from unetkit.errors import VerificationError
from unetkit.export.calibration import CalibrationSet
from unetkit.export.graph import INPUT_NAME, OUTPUT_NAME, Graph
from unetkit.export.toolchain import quiet

_SCALE_TOLERANCE = 1e-6  # relative; the converter computes the scale from a float32 range, one rounding off


def float_tflite(frame_graph: Graph) -> bytes:
    """float32 weights and arithmetic, uint8 frame in, float32 scores out."""
    return _converted(_converter(frame_graph))


def half_tflite(frame_graph: Graph) -> bytes:
    """float16 weights; an engine without half arithmetic widens them when it loads the model."""
    import tensorflow as tf

    converter = _converter(frame_graph)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return _converted(converter)


def dynamic_tflite(frame_graph: Graph) -> bytes:
    """int8 weights; each layer's activations are quantised by their own range as they come, at run time."""
    import tensorflow as tf

    converter = _converter(frame_graph)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return _converted(converter)


def quantised_tflite(normalised_graph: Graph, calibration: CalibrationSet, spec: InputSpec) -> bytes:
    """Full integer: weights per channel in int8, activations int8, uint8 frame in, int8 scores out.

    Raises:
        VerificationError: the converter gave the input another scale or zero point than the spec's.
    """
    import tensorflow as tf

    def samples() -> Iterator[list[NDArray[np.float32]]]:
        for tensor in calibration.normalised(spec, full_range=True):
            yield [tensor]

    converter = _converter(normalised_graph)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.uint8
    converter.inference_output_type = tf.int8
    content = _converted(converter)
    _require_input_quantisation(content, spec)
    return content


def _converter(graph: Graph) -> Any:
    import tensorflow as tf

    with quiet():
        return tf.lite.TFLiteConverter.from_concrete_functions([graph.frozen], graph.function)


def _converted(converter: Any) -> bytes:
    with quiet():
        return _with_names(bytes(converter.convert()))


def _with_names(content: bytes) -> bytes:
    """The same model with its input and output called as in ONNX; the converter names them after its own wrappers."""
    import flatbuffers  # type: ignore[import-untyped]
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    graph = model.subgraphs[0]
    graph.tensors[graph.inputs[0]].name = INPUT_NAME
    graph.tensors[graph.outputs[0]].name = OUTPUT_NAME
    for signature in model.signatureDefs or ():
        signature.inputs[0].name = INPUT_NAME
        signature.outputs[0].name = OUTPUT_NAME
    builder = flatbuffers.Builder(len(content))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _require_input_quantisation(content: bytes, spec: InputSpec) -> None:
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        details = Interpreter(model_content=content).get_input_details()[0]
    scale, zero_point = details["quantization"]
    exact = details["dtype"] == np.uint8 and zero_point == spec.zero_point
    if not exact or abs(scale - spec.scale) > _SCALE_TOLERANCE * spec.scale:
        raise VerificationError(
            f"int8 TFLite: the input is {np.dtype(details['dtype']).name} quantised with ({scale}, {zero_point}), "
            f"the spec says uint8 ({spec.scale}, {spec.zero_point})"
        )
