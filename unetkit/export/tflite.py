"""TFLite in float: float32, float16 weights, and int8 weights alone. Builtins only."""

from typing import Any

from unetkit.export.graph import Graph
from unetkit.export.tflite_packing import renamed
from unetkit.export.toolchain import quiet


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


def _converter(graph: Graph) -> Any:
    import tensorflow as tf

    with quiet():
        return tf.lite.TFLiteConverter.from_concrete_functions([graph.frozen], graph.function)


def _converted(converter: Any) -> bytes:
    with quiet():
        return renamed(bytes(converter.convert()))
