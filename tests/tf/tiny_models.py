"""The tiny network of tests/tiny_models.py in every format, in the precisions that the format has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.tiny_models import BIAS, HEIGHT, SPEC, WEIGHTS, WIDTH, random_tensor, write_onnx
from unetkit.contract.artifact import Format, write_spec
from unetkit.contract.spec import ModelSpec


def write_tflite(path: Path, precision: str = "fp32", *, spec: ModelSpec | None = SPEC) -> Path:
    """Save the network; the int8 one takes uint8 and gives int8, quantised all through.

    The dynamic one has each colour 400 times, so that its weights are worth quantising.
    """
    import tensorflow as tf

    kernel = tf.constant(WEIGHTS.T[None, None])  # (1, 1, bgr, class)
    taken = tf.float32 if precision == "int8" else tf.uint8

    @tf.function(input_signature=[tf.TensorSpec((1, HEIGHT, WIDTH, 3), taken)])
    def network(tensor: Any) -> Any:
        normalised = (tf.cast(tensor, tf.float32) - 127.0) / 128.0
        if precision == "dynamic":  # the converter leaves kernels of under 1,024 weights as they are
            wide = tf.nn.conv2d(normalised, np.tile(np.eye(3, dtype=np.float32), 400)[None, None], 1, "SAME")
            return tf.nn.conv2d(wide, np.tile(WEIGHTS.T / 400, (400, 1))[None, None], 1, "SAME") + BIAS
        return tf.nn.conv2d(normalised, kernel, 1, "SAME") + BIAS

    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])
    if precision != "fp32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if precision == "fp16":
        converter.target_spec.supported_types = [tf.float16]
    if precision == "int8":
        converter.representative_dataset = lambda: ([random_tensor(seed).astype(np.float32)] for seed in range(20))
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type, converter.inference_output_type = tf.uint8, tf.int8
    path.write_bytes(converter.convert())
    if spec is not None:
        write_spec(path, spec)
    return path


def write_keras(path: Path, precision: str = "fp32", *, spec: ModelSpec = SPEC, dtype: str = "float32") -> Path:
    """Save the network as the trainer does: it takes normalised float32 in the spec's colour order."""
    import keras

    weights = WEIGHTS if spec.input.color_order == "bgr" else WEIGHTS[:, ::-1]
    convolution = keras.layers.Conv2D(len(BIAS), 1, dtype=dtype)
    model = keras.Sequential([keras.Input((HEIGHT, WIDTH, 3)), convolution])
    convolution.set_weights([weights.T[None, None], BIAS])
    model.save(path)
    write_spec(path, spec)
    return path


def write_openvino(path: Path, precision: str = "fp32") -> Path:
    """Save the network as the exporter does: from its ONNX model."""
    from unetkit.export import openvino_ir

    source = write_onnx(path.with_suffix(".onnx"), "int8" if precision == "int8" else "fp32", spec=None)
    openvino_ir.write_openvino(source.read_bytes(), path, half=precision == "fp16")
    source.unlink()
    write_spec(path, SPEC)
    return path


def write_saved_model(path: Path, precision: str = "fp32") -> Path:
    """Save the network as the exporter does."""
    from unetkit.export import saved_model
    from unetkit.export.graph import frame_graph

    kernel = WEIGHTS.T[None, None]

    def network(normalised: Any, *, training: bool) -> Any:
        import tensorflow as tf

        return tf.nn.conv2d(normalised, tf.constant(kernel), 1, "SAME") + BIAS

    saved_model.write_saved_model(frame_graph(network, SPEC.input), path)
    write_spec(path, SPEC)
    return path


WRITERS: dict[Format, Callable[[Path, str], Path]] = {
    "keras": write_keras,
    "onnx": write_onnx,
    "tflite": write_tflite,
    "openvino": write_openvino,
    "saved_model": write_saved_model,
}
