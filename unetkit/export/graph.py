"""The TensorFlow graph that every converter starts from: fixed batch 1, fixed size, constants for weights."""

from dataclasses import dataclass, replace
from typing import Any

from unetkit.contract.preprocess import normalise
from unetkit.contract.spec import InputSpec

INPUT_NAME = "frame"
OUTPUT_NAME = "scores"


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A traced function of one input and one output.

    Attributes:
        function: the `tf.function`, with its signature; gives `{"scores": float32 (1, H, W, C)}`.
        frozen: the same as a concrete function whose variables are constants. TFLite's converter fed with an unfrozen
            one writes a model of random weights and says nothing.
    """

    function: Any
    frozen: Any


def frame_graph(network: Any, spec: InputSpec) -> Graph:
    """uint8 BGR frame (1, H, W, 3) -> scores; the scaling of `contract.normalise` is inside."""
    import tensorflow as tf

    bgr = replace(spec, color_order="bgr")  # the network's kernels took the colour order over

    def scores(frame: Any) -> Any:
        return {OUTPUT_NAME: network(normalise(tf.cast(frame, tf.float32), bgr), training=False)}

    return _traced(scores, spec, tf.uint8)


def normalised_graph(network: Any, spec: InputSpec) -> Graph:
    """Normalised float32 BGR (1, H, W, 3) -> scores: what the int8 quantisers take, to put the bytes in its place."""
    import tensorflow as tf

    def scores(frame: Any) -> Any:
        return {OUTPUT_NAME: network(frame, training=False)}

    return _traced(scores, spec, tf.float32)


def _traced(scores: Any, spec: InputSpec, dtype: Any) -> Graph:
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    signature = [tf.TensorSpec((1, *spec.hw, 3), dtype, name=INPUT_NAME)]
    function = tf.function(scores, input_signature=signature)
    return Graph(function=function, frozen=convert_variables_to_constants_v2(function.get_concrete_function()))
